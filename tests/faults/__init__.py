"""Proof by fault injection: whatever dies, and whenever, each document is in the books exactly once."""
