"""Search over what was said and shown: chunks, vectors and their tables."""
