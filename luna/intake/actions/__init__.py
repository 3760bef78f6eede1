"""Writes of the consultation: one function, one transaction, one audit line."""
