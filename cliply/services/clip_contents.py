"""What is in a clip, for other editing programs: words, window, cuts and cut lists."""

from collections.abc import Iterator
from enum import StrEnum
from urllib.parse import quote

from pydantic import ValidationError
from sqlalchemy.orm import Session

from cliply.db import word_corrections
from cliply.db.jobs import get_job
from cliply.db.models import Clip, Render
from cliply.db.renders import get_render
from cliply.db.sources import get_source_of
from cliply.domain.captions import CueWord
from cliply.domain.clips import Cut
from cliply.domain.rendering import RenderSpec
from cliply.domain.timeline import Timeline
from cliply.domain.timing import TimeRange
from cliply.errors import Conflict, NotFound
from cliply.media.retiming import words_in_clip
from cliply.services.results import read_transcript
from cliply.speech.corrections import corrected
from cliply.storage.objects import ObjectStore


class CutListFormat(StrEnum):
    """What editing programs read a cut list in."""

    otio = "otio"
    """OpenTimelineIO."""
    fcpxml = "fcpxml"
    """Final Cut Pro."""
    premiere = "premiere"
    """Premiere Pro: the XML of Final Cut Pro 7."""
    edl = "edl"
    """CMX 3600."""


SUFFIXES = {
    CutListFormat.otio: ".otio",
    CutListFormat.fcpxml: ".fcpxml",
    CutListFormat.premiere: ".xml",
    CutListFormat.edl: ".edl",
}


def read_spec(session: Session, clip: Clip) -> RenderSpec:
    """That of the present render. Raises NotFound before there is one, Conflict for an old one."""
    return _parsed(clip, get_render(session, clip))


def _parsed(clip: Clip, render: Render) -> RenderSpec:
    try:
        return RenderSpec.model_validate(render.spec)
    except ValidationError:
        raise Conflict(
            f"Version {render.version} of clip {clip.id} was made by an older Cliply; have the "
            "clip rendered again first."
        ) from None


def read_clip_words(
    session: Session, store: ObjectStore, clip: Clip, spec: RenderSpec
) -> tuple[CueWord, ...]:
    """Words in clip time, as they are corrected now.

    When the job's analysis is not kept any more, those of the render's captions.
    """
    job = get_job(session, clip.job_id)
    try:
        heard = read_transcript(store, job.ref)
    except NotFound:
        return tuple(word for cue in spec.cues for word in cue.words)
    source = get_source_of(session, job)
    rows = word_corrections.list_corrections(session, source.content_hash)
    words = corrected(heard, [row.value for row in rows]).words
    shown = [word for word in words if word.span.overlaps(spec.span)]
    return words_in_clip(shown, spec.timeline)


def cuts_of(timeline: Timeline) -> tuple[Cut, ...]:
    """The kept spans in playing order, each with its place in the clip."""
    return tuple(_cuts(timeline))


def _cuts(timeline: Timeline) -> Iterator[Cut]:
    after = (*timeline.transitions, *[None] * len(timeline.spans))
    for (span, at_frame), source, transition in zip(
        timeline.placed, timeline.source_spans, after, strict=False
    ):
        start_ms = timeline.clip_ms(at_frame)
        end_ms = max(start_ms + 1, timeline.clip_ms(at_frame + span.frames))
        yield Cut(
            source=source,
            clip=TimeRange(start_ms=start_ms, end_ms=end_ms),
            speed=float(span.speed),
            transition=transition.kind if transition else None,
            transition_ms=timeline.clip_ms(transition.frames) if transition else 0,
        )


def cut_list_of(session: Session, clip: Clip, wanted: CutListFormat) -> str:
    """The present render's cuts as a document; it calls the source by its file's name.

    Raises NotFound before the first render, and Conflict where the format can not hold it.
    """
    from cliply.media.interchange import interchange_files  # OpenTimelineIO, for few requests

    spec = read_spec(session, clip)
    name = get_source_of(session, get_job(session, clip.job_id)).file_name
    files = interchange_files(spec, source_name=name, source_url=quote(name))
    found = files.get(SUFFIXES[wanted])
    if found is None:
        raise Conflict(
            f"At {float(spec.timeline.frame_rate):.5g} frames a second there is no timecode, "
            f"which {wanted} needs; take otio or fcpxml."
        )
    return found
