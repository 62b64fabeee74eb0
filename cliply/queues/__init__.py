"""The broker as operators see it: what waits, and who takes it."""
