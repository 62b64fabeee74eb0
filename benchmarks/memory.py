"""Peak memory of listening, of the scan and of `cliply clip`, none of which grows with length."""

import os
import subprocess
import sys
import tempfile
from pathlib import Path

from benchmarks.media import captions, talk
from benchmarks.timing import Row
from cliply.media.probe import probe

LIMIT_MB = 800.0

LONGEST_S = 14_400
SHORT_S = 600

MEASURE = (
    "import resource, subprocess, sys; code = subprocess.call(sys.argv[1:], stderr=-3); "
    "print(resource.getrusage(resource.RUSAGE_CHILDREN).ru_maxrss); sys.exit(code)"
)

LISTEN = (
    "from cliply.media.audio_features import measure_audio; "
    "measure_audio(path, SourceMedia.model_validate_json(sys.argv[2]))"
)

SCAN = (
    "import tempfile; from cliply.media.scan import scan; "
    "from cliply.media.frame_table import FrameTable; "
    "from cliply.media.faces import make_detector; "
    "folder = tempfile.TemporaryDirectory(); "
    "frames = FrameTable(Path(folder.name) / 'frames.parquet').__enter__(); "
    "source = SourceMedia.model_validate_json(sys.argv[2]); "
    "scan(path, source, detector=make_detector(None), frames=frames)"
)

ALONE = (
    "import sys; from pathlib import Path; path = Path(sys.argv[1]); "
    "from benchmarks.timing import peak_mb; "
    "from cliply.domain.media import SourceMedia; {}; "
    "print(peak_mb())"
)


def measure() -> list[Row]:
    """10 minutes against 4 hours of the same talk at 360 lines, then 10 minutes at 1080: 45 min."""
    short, long = (_peak_mb(seconds, 360) for seconds in (SHORT_S, LONGEST_S))
    large = _peak_mb(SHORT_S, 1080)
    return [
        _step_row("listening", LISTEN),
        _step_row("scan", SCAN),
        Row("peak memory, 4 h 360p", long, short, "M", "10 min of the same", 1, 1.10),
        Row("peak memory, 4 h 360p", long, LIMIT_MB, "M", "what is allowed", 1, 1.0),
        Row("peak memory, 10 min 1080p", large, LIMIT_MB, "M", "what is allowed", 1, 1.0),
    ]


def _step_row(name: str, code: str) -> Row:
    """A step alone in its process over 4 hours, against the same over 10 minutes."""
    short, long = (_step_mb(seconds, code) for seconds in (SHORT_S, LONGEST_S))
    return Row(f"peak memory of {name}, 4 h 360p", long, short, "M", "10 min of it", 1, 1.10)


def _step_mb(seconds: int, code: str) -> float:
    path = talk(seconds, 360)
    source = probe(path).model_dump_json()
    command = [sys.executable, "-c", ALONE.format(code), str(path), source]
    done = subprocess.run(command, check=True, capture_output=True, text=True)
    return float(done.stdout.split()[-1])


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
