"""FFmpeg and how many of it run at once."""

from pathlib import Path

import dagster as dg

from cliply.media.ffmpeg import find_ffmpeg


class Rendering(dg.ConfigurableResource[None]):
    """One render takes one core."""

    workers: int
    ffmpeg_binary: str | None = None

    def ffmpeg(self) -> Path:
        return find_ffmpeg(Path(self.ffmpeg_binary) if self.ffmpeg_binary else None)
