"""Asking for a person: open, climb the ladder, acknowledge, hand over, close."""
