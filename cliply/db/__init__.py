"""Rows: models, the tenant door, and every query."""
