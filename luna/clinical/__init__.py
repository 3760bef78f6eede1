"""The clinical rules: pure functions over values; no Django, clock, file or database."""
