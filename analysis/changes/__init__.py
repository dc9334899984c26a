"""What differs between two editions, and whether it matters."""
