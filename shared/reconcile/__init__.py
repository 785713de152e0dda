"""Does the ledger agree with what the package really holds? Found out page by page, reported, never mended by itself.

`runs` is how far a comparison is, `books` reads our side of it, `compare` is pure and decides what does not agree.
"""
