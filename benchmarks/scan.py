"""The one decode, against a bare decode, separate passes and PySceneDetect's cuts."""

import subprocess
import tempfile
from collections.abc import Callable
from pathlib import Path

import cv2
import numpy as np
from scenedetect import AdaptiveDetector, ContentDetector, SceneDetector, detect

from benchmarks.media import talk
from benchmarks.mixed import mixed
from benchmarks.timing import Row, alternate, cost_of, rows
from cliply.domain.frames import ScanMode, ScanSettings
from cliply.domain.media import SourceMedia
from cliply.domain.scenes import CutRule
from cliply.media.faces import FaceDetector, FoundFace, make_detector
from cliply.media.ffmpeg import find_ffmpeg
from cliply.media.frame_table import FrameTable
from cliply.media.frames import Picture
from cliply.media.probe import probe
from cliply.media.scan import scan

RUNS = 5
EXACT_TARGET = 1.25
FAST_TARGET = 0.9
PASSES_TARGET = 0.25
MS_APART = 2


class NoFaces:
    """Takes the pictures that a detector would get; what a network does with them is its own."""

    name = "none"

    def detect(self, _grey: Picture) -> list[FoundFace]:
        return []


def measure() -> list[Row]:
    """120 s of 1080p30: exact, fast, with faces, against passes; then 10 min of cuts."""
    path = talk(120)
    source = probe(path)
    exact, decoded = alternate(_scan(path, source, NoFaces()), _bare_decode(path), RUNS)
    fast_work = _scan(path, source, NoFaces(), ScanMode.fast)
    fast, decoded_again = alternate(fast_work, _bare_decode(path), RUNS)
    with_faces = [cost_of(_scan(path, source, make_detector(None)))]
    separate = [cost_of(_separate_passes(path))]
    name, limit = "120 s 1080p30", "bare decode"
    return [
        *rows(f"exact scan {name}", exact, decoded, against=limit, target=EXACT_TARGET),
        *rows(f"fast scan {name}", fast, decoded_again, against=limit, target=FAST_TARGET),
        *rows(f"scan with faces {name}", with_faces, decoded[:1], against=limit),
        *rows(
            f"exact scan {name}",
            exact[:1],
            separate,
            against="passes for cuts, faces, frames",
            target=PASSES_TARGET,
        ),
        *_cuts(mixed()),
    ]


def _scan(
    path: Path, source: SourceMedia, detector: FaceDetector, mode: ScanMode = ScanMode.exact
) -> Callable[[], None]:
    def work() -> None:
        with (
            tempfile.TemporaryDirectory() as folder,
            FrameTable(Path(folder) / "frames.parquet") as frames,
        ):
            settings = ScanSettings(mode=mode)
            scan(path, source, detector=detector, settings=settings, frames=frames)

    return work


def _bare_decode(path: Path) -> Callable[[], None]:
    command = [str(find_ffmpeg(None)), "-v", "error", "-nostdin", "-i", str(path)]

    def work() -> None:
        subprocess.run([*command, "-map", "0:v:0", "-f", "null", "-"], check=True)

    return work


def _separate_passes(path: Path) -> Callable[[], None]:
    def work() -> None:
        detect(str(path), ContentDetector())
        for every, size in ((15, (640, 360)), (30, (398, 224))):
            capture = cv2.VideoCapture(str(path))
            for number in range(120 * 30):
                _, frame = capture.read()
                if number % every == 0:
                    cv2.resize(frame, size, interpolation=cv2.INTER_AREA)

    return work


def _cuts(path: Path) -> list[Row]:
    """How many cuts are in only one of the lists, beside how many there are."""
    source = probe(path)
    found: list[Row] = []
    rules: list[tuple[CutRule, SceneDetector]] = [
        (CutRule.content, ContentDetector()),
        (CutRule.adaptive, AdaptiveDetector()),
    ]
    for rule, detector in rules:
        theirs = np.array([1000 * start.seconds for start, _ in detect(str(path), detector)[1:]])
        for mode in ScanMode:
            settings = ScanSettings(mode=mode, cuts=rule)
            ours = scan(path, source, detector=None, settings=settings).scenes.cuts_ms
            name = f"other {rule.value} cuts, 10 min mixed, {mode.value}"
            unlike = _unlike(np.array(ours), theirs)
            found.append(Row(name, unlike, len(theirs), "c", "PySceneDetect's list", 1, 0.0))
    return found


def _unlike(ours: np.ndarray, theirs: np.ndarray) -> int:
    apart = np.abs(ours[:, None] - theirs[None, :]) <= MS_APART
    return int((~apart.any(axis=0)).sum() + (~apart.any(axis=1)).sum())
