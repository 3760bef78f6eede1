"""The clinical rules: pure functions from values to values. No Django, clock, file or database."""
