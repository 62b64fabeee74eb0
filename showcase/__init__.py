"""Contact sheets of what the render engine makes, from media that it composes itself."""
