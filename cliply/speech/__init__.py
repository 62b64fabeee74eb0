"""Speech to text, behind one protocol, and text to speech."""
