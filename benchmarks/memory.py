"""Peak memory of `cliply clip`, which must not grow with the length of the source."""

import os
import subprocess
import sys
import tempfile
from pathlib import Path

from benchmarks.media import captions, talk
from benchmarks.timing import Row

LIMIT_MB = 800.0

MEASURE = (
    "import resource, subprocess, sys; code = subprocess.call(sys.argv[1:], stderr=-3); "
    "print(resource.getrusage(resource.RUSAGE_CHILDREN).ru_maxrss); sys.exit(code)"
)


def measure() -> list[Row]:
    """10 minutes against 1 hour of the same talk at 360 lines, then 10 minutes at 1080."""
    short, long = (_peak_mb(seconds, 360) for seconds in (600, 3600))
    large = _peak_mb(600, 1080)
    return [
        Row("peak memory, 1 h 360p", long, short, "M", "10 min of the same", 1, 1.10),
        Row("peak memory, 1 h 360p", long, LIMIT_MB, "M", "what is allowed", 1, 1.0),
        Row("peak memory, 10 min 1080p", large, LIMIT_MB, "M", "what is allowed", 1, 1.0),
    ]


def _peak_mb(seconds: int, height: int) -> float:
    """Largest resident size in MB of the command's own process or of one of its children."""
    path, said = talk(seconds, height), captions(seconds)
    with tempfile.TemporaryDirectory() as folder:
        out = str(Path(folder) / "out")
        clip = [sys.executable, "-m", "cli", "clip", str(path), "--transcript", str(said)]
        home = str(Path(folder) / "home")
        environment = {**os.environ, "CLIPLY_HOME": home, "MODEL_HUB": "never"}  # noqa: TID251
        command = [sys.executable, "-c", MEASURE, *clip, "--clips", "2", "--out", out]
        done = subprocess.run(command, check=True, capture_output=True, text=True, env=environment)
    return int(done.stdout.split()[-1]) / 1024
