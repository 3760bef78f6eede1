"""Pages about people: one page, one question, one action."""
