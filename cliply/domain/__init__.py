"""The vocabulary: frozen values without identity, behaviour without I/O."""
