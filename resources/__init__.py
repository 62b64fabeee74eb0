"""The outside world, as assets see it."""
