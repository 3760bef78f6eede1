"""Base pages, shared parts, static files and the app shell."""
