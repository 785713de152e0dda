"""The ledger: what must end as exactly one document in the books, and every write that was ever sent for it.

`states` is pure: which state may follow which. `entries` are documents (what a user sees), `steps` are single writes
to a package (what makes "exactly one" true). The protocol is told in docs/exactly-once.md.
"""
