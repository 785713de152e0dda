"""The console: settings, log and control of every connection, as pages and as a JSON API."""
