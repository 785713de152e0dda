"""Which packages there are, and how each of them does."""
