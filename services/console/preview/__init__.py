"""What would be sent, before anything is."""
