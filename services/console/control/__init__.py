"""Sync now, pause, and sending what was collected."""
