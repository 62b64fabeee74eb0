"""Clips on the wire."""

import json
import re
from collections.abc import Callable, Mapping
from datetime import datetime
from typing import Annotated, Any, Literal, Self
from uuid import UUID

from pydantic import AfterValidator, Field

from api.schemas.base import Name, Schema, Text, clean
from api.schemas.edits import EditWish, FieldPath, FieldValue, WrittenEdit
from cliply.db.models import Clip, Render
from cliply.db.renders import Shown
from cliply.domain.candidates import ScoreParts
from cliply.domain.captions import CueWord
from cliply.domain.clips import ClipStatus, Cut
from cliply.domain.framing import FramedSpan
from cliply.domain.quality import QualityReport
from cliply.domain.rendering import Measured
from cliply.domain.timing import TimeRange
from cliply.services.clip_changes import ClipChanges

INT4 = 2**31 - 1
TAG = re.compile(r"\w{1,100}")


def one_tag(text: str) -> str:
    """A tag without its `#`. Raises ValueError for anything but letters, digits and `_`."""
    tag = clean(text).strip().removeprefix("#")
    if not TAG.fullmatch(tag):
        raise ValueError("a hashtag has letters, digits and underscores only")
    return tag


Tag = Annotated[str, Field(max_length=110), AfterValidator(one_tag)]


class FileLinks(Schema):
    """Links to the files of one version: whoever has one may read that file for an hour."""

    video: str = Field(examples=["https://clips.example.com/api/files/…/1/video?expires=…"])
    srt: str
    vtt: str
    poster: str


Linker = Callable[[Clip, int], FileLinks]
"""Signs links to a version of a clip."""


class ClipFacts(Schema):
    """A clip, as far as lists tell it."""

    id: UUID
    job_id: UUID
    slot: int = Field(description="Its place in the job; 0 was the best when it was planned.")
    status: ClipStatus
    version: int | None = Field(description="The render that it stands for; null before one.")
    title: str
    description: str
    hashtags: list[str] = Field(description="Without `#`.", examples=[["bees", "maps"]])
    span: TimeRange = Field(description="The moment of the source that was selected.")
    duration_ms: int | None = Field(description="Of its present render.")
    score: float = Field(ge=0, le=1)
    virality: float | None
    coherence: float | None
    attention: list[str] = Field(description="What a person should look at, each a sentence.")
    created_at: datetime


COLUMNS = tuple(set(ClipFacts.model_fields) - {"span", "duration_ms", "attention"})


class ClipSummary(ClipFacts):
    """A clip in a list."""

    files: FileLinks | None = Field(description="Of the present version.")

    @classmethod
    def of(cls, clip: Clip, shown: Shown | None, link: Linker) -> Self:
        return cls(**_facts(clip, shown), files=_links(clip, link))


class ClipState(ClipFacts):
    """What the `ETag` of a clip stands for."""

    width_px: int | None
    height_px: int | None
    parts: ScoreParts = Field(description="Its signals, 0 to 1 each; null where there was none.")
    reason: str = Field(description="Why it was chosen.", examples=["It is loud."])
    edit: WrittenEdit | None = Field(description="Its own edit; null takes that of its job.")

    @classmethod
    def of(cls, clip: Clip, shown: Shown | None) -> Self:
        measured = shown.measured if shown else None
        return cls(
            **_facts(clip, shown),
            width_px=measured.width if measured else None,
            height_px=measured.height if measured else None,
            parts=clip.parts,
            reason=clip.reason,
            edit=clip.edit,
        )


class ClipAnswer(ClipState):
    """One clip."""

    files: FileLinks | None = Field(description="Of the present version.")
    words: list[CueWord] | None = Field(None, description="In clip time; with `include=words`.")
    crop_path: list[FramedSpan] | None = Field(
        None,
        description="What the frame shows of the source, in source time; with "
        "`include=crop_path`. The window's centre moves linearly between points and jumps at "
        "`jumps_ms`.",
    )
    cuts: list[Cut] | None = Field(
        None, description="Which stretches of the source play when; with `include=cuts`."
    )

    @classmethod
    def with_files(cls, state: ClipState, clip: Clip, link: Linker, **contents: Any) -> Self:
        return cls(**dict(state), files=_links(clip, link), **contents)


def _facts(clip: Clip, shown: Shown | None) -> Mapping[str, object]:
    """Columns by the names of `ClipFacts`, and what the present render has."""
    failed = shown.report.failed if shown and shown.report else ()
    return {
        **{name: getattr(clip, name) for name in COLUMNS},
        "span": TimeRange(start_ms=clip.start_ms, end_ms=clip.end_ms),
        "duration_ms": shown.measured.duration_ms if shown else None,
        "attention": [finding.message for finding in failed],
    }


def _links(clip: Clip, link: Linker) -> FileLinks | None:
    return None if clip.version is None else link(clip, clip.version)


class ClipChange(Schema):
    """What is to be different; what is left out, or null, stays."""

    title: Name | None = None
    description: Text | None = Field(None, max_length=5000)
    hashtags: list[Tag] | None = Field(None, max_length=30, examples=[["bees"]])
    status: Literal[ClipStatus.approved, ClipStatus.rejected] | None = None
    edit: EditWish | None = Field(
        None,
        description="The clip's own edit as a whole, which asks for its render; null, when it is "
        "given, goes back to the job's.",
        examples=[{"captions": {"style": "karaoke"}}],
    )

    @property
    def asks_for_render(self) -> bool:
        return "edit" in self.model_fields_set

    @property
    def as_changes(self) -> ClipChanges:
        given = {name: getattr(self, name) for name in ("title", "description", "hashtags")}
        texts = {name: one for name, one in given.items() if one is not None}
        return ClipChanges(texts, self.status, self.asks_for_render, self.edit)


class EditChanges(Schema):
    """Fields of the edit that holds for the clip, and what to set them to."""

    changes: dict[FieldPath, FieldValue] = Field(
        min_length=1,
        max_length=100,
        description="Effects go by their kind, as in `effects.progress_bar.colour`; null takes "
        "one out.",
        examples=[{"captions.accent_colour": "#FF0000", "base_cut.speed": 1.25}],
    )

    @property
    def as_texts(self) -> dict[str, str]:
        """Each value as its JSON."""
        return {path: json.dumps(value) for path, value in self.changes.items()}


class PosterChoice(Schema):
    """Which frame stands for the clip."""

    at_ms: int = Field(ge=0, le=INT4, description="In clip time.", examples=[2500])


class ClipsToDelete(Schema):
    """All of them or none."""

    clip_ids: list[UUID] = Field(min_length=1, max_length=100)


class DeletedClips(Schema):
    """What is no more."""

    deleted: list[UUID]


class VersionAnswer(Schema):
    """One render of a clip."""

    version: int = Field(ge=1)
    is_present: bool = Field(description="Whether the clip stands for it.")
    created_at: datetime
    measured: Measured
    report: QualityReport | None
    spec_digest: str = Field(description="The same for the same bytes.")
    files: FileLinks

    @classmethod
    def of(cls, render: Render, clip: Clip, link: Linker) -> Self:
        return cls(
            version=render.version,
            is_present=render.version == clip.version,
            created_at=render.created_at,
            measured=render.measured,
            report=render.report,
            spec_digest=render.spec_digest,
            files=link(clip, render.version),
        )
