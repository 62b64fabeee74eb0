"""Footage that others give away, for B-roll."""
