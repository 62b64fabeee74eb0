"""How fast the work is, against its limit and against the obvious alternative."""
