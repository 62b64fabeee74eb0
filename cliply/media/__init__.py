"""Pictures and sound: the only package that decodes media or starts FFmpeg."""
