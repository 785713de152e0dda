"""`make bench`: how fast the parts are, against the barest loop that does the same. See docs/speed.md."""
