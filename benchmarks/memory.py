"""Peak memory of `cliply clip`, which must not grow with the length of the source."""

import sys
import tempfile

from benchmarks.media import talk
from benchmarks.timing import Row, peak_memory_mb

LIMIT_MB = 800.0


def measure() -> list[Row]:
    """10 minutes against 1 hour of the same talk at 360 lines, then 10 minutes at 1080."""
    short, long = (_clip(talk(seconds, 360)) for seconds in (600, 3600))
    large = _clip(talk(600, 1080))
    return [
        Row("peak memory, 1 h 360p", long, short, "M", "10 min of the same", 1, 1.10),
        Row("peak memory, 1 h 360p", long, LIMIT_MB, "M", "what is allowed", 1, 1.0),
        Row("peak memory, 10 min 1080p", large, LIMIT_MB, "M", "what is allowed", 1, 1.0),
    ]


def _clip(path: object) -> float:
    with tempfile.TemporaryDirectory() as out:
        command = [sys.executable, "-m", "cli", "clip", str(path), "--force", "--out", out]
        return peak_memory_mb(command)
