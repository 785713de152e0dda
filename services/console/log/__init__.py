"""What happened on a connection, and what can be done about one document."""
