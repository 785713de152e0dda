"""What the user chooses for a connection, and its mappings."""
