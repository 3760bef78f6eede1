"""Pages about messages, and the addresses at which providers say what became of them."""
