"""The console in a real Chromium, against running services and the pretend packages."""
