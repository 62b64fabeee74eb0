"""Which candidates become clips, in which order and under which words (SEL-3, SEL-4)."""
