"""The visual analysis of a stored source."""

from dataclasses import dataclass
from pathlib import Path

import polars as pl

from cliply.domain.faces import FaceTrackList
from cliply.domain.frames import ScanSettings
from cliply.domain.progress import OnProgress, part_of
from cliply.domain.scenes import SceneList
from cliply.domain.sources import SourceVideo
from cliply.media.faces import FaceDetector
from cliply.media.frame_table import FrameTable
from cliply.media.identities import FaceRecogniser
from cliply.media.pictures import contact_sheet
from cliply.media.scan import scan
from cliply.storage.objects import ObjectStore


@dataclass(frozen=True)
class Seen:
    """What one decode of the video found."""

    scenes: SceneList
    faces: FaceTrackList
    looks: pl.DataFrame
    """Motion, stillness and screen content; columns as in `LOOK_COLUMNS`."""
    frames: Path
    """Table of the frames to embed, as `read_frames` reads it."""
    contact_sheet: bytes
    """JPEG with one picture for each of the first scenes; empty without video."""
    warnings: tuple[str, ...] = ()


def scan_source(
    store: ObjectStore,
    source: SourceVideo,
    detector: FaceDetector,
    settings: ScanSettings,
    frames: Path,
    on_progress: OnProgress,
    *,
    recogniser: FaceRecogniser | None = None,
) -> Seen:
    """Scan the source's video and write the frames to embed to the file `frames`.

    A source without video has no scenes, no faces and no frames.
    """
    fetched = part_of(on_progress, 0.0, 0.0)
    with (
        store.open_path(source.object_key, on_progress=fetched) as path,
        FrameTable(frames) as table,
    ):
        found = scan(
            path,
            source.media,
            detector=detector if source.media.video else None,
            settings=settings,
            recogniser=recogniser,
            frames=table,
            on_progress=on_progress,
        )
    sheet = contact_sheet(found.thumbnails)
    return Seen(found.scenes, found.faces, found.looks, frames, sheet, found.warnings)
