"""Connecting a package, choosing and changing its administration, disconnecting."""
