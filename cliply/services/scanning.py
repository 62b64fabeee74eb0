"""The visual analysis of a stored source."""

from dataclasses import dataclass

from cliply.domain.faces import FaceTrackList
from cliply.domain.progress import OnProgress
from cliply.domain.scenes import SceneList
from cliply.domain.sources import SourceVideo
from cliply.media.faces import FaceDetector
from cliply.media.pictures import contact_sheet
from cliply.media.scan import scan
from cliply.storage.objects import ObjectStore


@dataclass(frozen=True)
class Seen:
    """What one decode of the video found."""

    scenes: SceneList
    faces: FaceTrackList
    contact_sheet: bytes
    """JPEG with one picture for each of the first scenes; empty without video."""


def scan_source(
    store: ObjectStore, source: SourceVideo, detector: FaceDetector, on_progress: OnProgress
) -> Seen:
    """Scan the source's video; a source without video has no scenes and no faces."""
    if source.media.video is None:
        faces = FaceTrackList(detector="none", sample_interval_ms=0)
        return Seen(SceneList(detector="none"), faces, b"")
    with store.open_path(source.object_key) as path:
        found = scan(path, source.media, detector=detector, on_progress=on_progress)
    return Seen(found.scenes, found.faces, contact_sheet(found.thumbnails))
