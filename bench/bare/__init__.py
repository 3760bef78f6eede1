"""A Django that does next to nothing: what Luna's pages are measured beside."""
