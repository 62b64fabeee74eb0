"""The files of a clip's versions: their names, links and answers."""

from enum import StrEnum

from sqlalchemy.orm import Session

from api.backend import Backend
from api.byte_ranges import Download
from api.schemas.clips import FileLinks, Linker
from cliply.db.clips import get_clip
from cliply.db.models import Clip
from cliply.db.renders import get_render
from cliply.domain.ids import ClipId
from cliply.services.links import sign_link


class ClipFile(StrEnum):
    """A file of a render."""

    video = "video"
    srt = "srt"
    vtt = "vtt"
    poster = "poster"


SUFFIXES = {
    ClipFile.video: ".mp4",
    ClipFile.srt: ".srt",
    ClipFile.vtt: ".vtt",
    ClipFile.poster: ".jpg",
}
CONTENT_TYPES = {
    ClipFile.video: "video/mp4",
    ClipFile.srt: "application/x-subrip; charset=utf-8",
    ClipFile.vtt: "text/vtt; charset=utf-8",
    ClipFile.poster: "image/jpeg",
}

FOR_GOOD = "private, max-age=3600, immutable"
"""A version's files never change; links to them end after an hour."""

FOR_NOW = "private, no-cache"
"""The present version may be another one the next time."""


def file_path(clip_id: ClipId, version: int, file: ClipFile) -> str:
    """The route that a signed link opens."""
    return f"/api/files/{clip_id}/{version}/{file}"


def linker(backend: Backend) -> Linker:
    """Signs links to the files of clips, good for an hour (SEC-3)."""

    def link(clip: Clip, version: int) -> FileLinks:
        workspace = clip.workspace_id.hex
        links = {
            file.value: backend.base_url
            + sign_link(backend.secret, file_path(clip.id, version, file), workspace=workspace)
            for file in ClipFile
        }
        return FileLinks(**links)

    return link


def find_download(
    session: Session, clip_id: ClipId, file: ClipFile, version: int | None
) -> Download:
    """Raises NotFound for no such clip or version, or before the first."""
    clip = get_clip(session, clip_id)
    render = get_render(session, clip, version)
    return Download(
        key=getattr(render, f"{file}_key"),
        file_name=name_of(clip, SUFFIXES[file]),
        content_type=CONTENT_TYPES[file],
        etag=f'"{clip_id.hex}-{render.version}-{file}"',
        cache_control=FOR_NOW if version is None else FOR_GOOD,
    )


def name_of(clip: Clip, suffix: str) -> str:
    """What a person's computer calls it: the title, without what file systems refuse."""
    kept = "".join(char for char in clip.title if char.isprintable() and char not in '\\/:*?"<>|')
    plain = " ".join(kept.split()).strip(". ")[:100].strip(". ")
    return f"{plain or f'clip {clip.slot + 1}'}{suffix}"
