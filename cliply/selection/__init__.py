"""Which moments are worth watching, and why."""
