"""What was told before a first infusion, and what it means."""
