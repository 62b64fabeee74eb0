"""The whole command against its two costly parts alone."""

import json
import os
import subprocess
import sys
import tempfile
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

from benchmarks.media import captions, talk
from benchmarks.timing import Cost, Row, cost_of, rows
from cliply.domain.rendering import RenderSpec
from cliply.media.faces import make_detector
from cliply.media.ffmpeg import find_ffmpeg
from cliply.media.fonts import FontShelf
from cliply.media.probe import probe
from cliply.media.render import render
from cliply.media.scan import scan

SECONDS = 600


def measure() -> list[Row]:
    """`cliply clip` on 10 min of 1080p with a transcript and 5 clips."""
    path, said = talk(SECONDS), captions(SECONDS)
    with tempfile.TemporaryDirectory() as folder:
        out = Path(folder) / "out"
        whole = cost_of(lambda: clip(path, out, Path(folder) / "home", "--transcript", str(said)))
        listed = json.loads((out / "clips.json").read_text())["clips"]
        specs = [RenderSpec.model_validate(clip["render_spec"]) for clip in listed]
        parts = cost_of(lambda: _parts(path, specs, Path(folder)))
    return rows(
        f"clip 10 min 1080p, {len(specs)} clips",
        [whole],
        [Cost(parts.wall_s, parts.cpu_s)],
        against="scan + renders alone",
        target=1.30,
    )


def clip(path: Path, out: Path, home: Path, *options: str) -> None:
    """The command, in a home of its own, so that nothing is reused."""
    command = [sys.executable, "-m", "cli", "clip", str(path), "--out", str(out), *options]
    environment = {**os.environ, "CLIPLY_HOME": str(home), "MODEL_HUB": "never"}  # noqa: TID251
    subprocess.run(command, check=True, env=environment, stderr=subprocess.DEVNULL)


def _parts(path: Path, specs: list[RenderSpec], folder: Path) -> None:
    scan(path, probe(path), detector=make_detector(None))

    def make(numbered: tuple[int, RenderSpec]) -> None:
        number, spec = numbered
        render(spec, path, folder / str(number), ffmpeg=find_ffmpeg(None), shelf=FontShelf())

    with ThreadPoolExecutor(max_workers=len(os.sched_getaffinity(0))) as pool:
        list(pool.map(make, enumerate(specs)))
