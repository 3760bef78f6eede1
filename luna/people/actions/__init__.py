"""Writes about people: one function, one transaction, one audit line."""
