"""What people type about themselves and each other, made into clean values."""
