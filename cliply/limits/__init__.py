"""How often somebody may ask: rules, and counters that all processes share."""
