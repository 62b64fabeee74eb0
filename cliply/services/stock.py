"""Stock footage: found, fetched and kept as a file that edits may name."""

from pathlib import Path
from tempfile import TemporaryDirectory

from sqlalchemy import Engine

from cliply.domain.attachments import AttachmentKind
from cliply.domain.ids import WorkspaceId
from cliply.domain.progress import OnProgress, part_of, unwatched
from cliply.errors import NotFound
from cliply.footage.pexels import Pexels
from cliply.footage.videos import Credit, Orientation
from cliply.services.brand_files import add_file
from cliply.storage.objects import ObjectStore

LONGEST_MS = 60_000
"""Footage lies over a few seconds; attachments may not be longer."""


def keep_footage(
    engine: Engine,
    store: ObjectStore,
    workspace_id: WorkspaceId,
    name: str,
    query: str,
    source: Pexels,
    *,
    orientation: Orientation = Orientation.portrait,
    on_progress: OnProgress = unwatched,
) -> Credit:
    """Keep the first video that a search finds; whom to credit for it.

    Raises NotFound when nothing fits, and what the search, the download and the check of the
    file raise; nothing is kept then.
    """
    found = source.search(query, orientation=orientation, max_duration_ms=LONGEST_MS)
    for video in found.videos:
        file = video.best_file()
        if file is None:
            continue
        with TemporaryDirectory(prefix="cliply-footage-") as folder:
            path, _ = source.download(
                file, Path(folder), on_progress=part_of(on_progress, 0.0, 0.9)
            )
            add_file(engine, store, workspace_id, name, path, AttachmentKind.video)
        on_progress(1.0)
        return video.credit
    raise NotFound(f"There is no footage of up to a minute for {query!r}. Search for other words.")
