"""The `cliply` command: the composition root for one machine."""
