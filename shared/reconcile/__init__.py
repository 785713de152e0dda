"""Does the ledger agree with what the package really holds? Found out page by page, reported, never mended by itself.

`runs` is how far a comparison is, `books` reads our side of it, `platform` what was published; `compare` and `findings`
are pure: what does not agree, and what somebody should do about it.
"""
