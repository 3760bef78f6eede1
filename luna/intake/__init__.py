"""The consultation: what people tell before a first visit, what it means, and what is decided."""
