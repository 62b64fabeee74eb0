"""What is asked of the effects, and what there is to make them from."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import TypeVar

from cliply.domain.attachments import Attachment, AttachmentKind
from cliply.domain.colours import Colour
from cliply.domain.editing import Edit
from cliply.domain.effects import EffectsSpec
from cliply.domain.timeline import Timeline
from cliply.domain.timing import TimeRange, clock
from cliply.domain.transcript import Word
from cliply.errors import ErrorCode, InvalidInput

PICTURES = (AttachmentKind.image, AttachmentKind.video)

TOUCHING_MS = 2
"""Rounding may part by this much what plays in one go."""

Settings = TypeVar("Settings")


@dataclass(frozen=True)
class Request:
    """An edit, and the facts about its clip that placing its effects takes."""

    edit: Edit
    title: str
    timeline: Timeline
    words: Sequence[Word]
    """Of the source, in source time."""
    attachments: Mapping[str, Attachment]
    """By the name that the edit uses."""
    size_px: tuple[int, int]
    backdrop: Colour | None = None
    """What was measured, for a green screen without a colour of its own."""

    def find(self, kind: type[Settings]) -> tuple[str, Settings] | None:
        """The field and the settings of one kind of effect; None when it is not asked for."""
        for number, effect in enumerate(self.edit.effects):
            if isinstance(effect, kind):
                return f"effects.{number}", effect
        return None

    def attachment(
        self, name: str, field: str, kinds: Sequence[AttachmentKind] = PICTURES
    ) -> Attachment:
        """What a field of the edit names; raises InvalidInput when it is not there or of no use."""
        found = self.attachments.get(name)
        if found is None:
            raise InvalidInput(
                ErrorCode.attachment_missing,
                f"{field} names {name!r}, which is not attached: attach it or take it out.",
            )
        if found.kind not in kinds:
            wanted = " or ".join(kind.value for kind in kinds)
            raise refused(field, f"{name!r} is of kind {found.kind.value}: attach {wanted}.")
        return found

    def plays(self, span: TimeRange) -> tuple[TimeRange, ...]:
        """Where a span of the source plays, in clip time.

        What goes on across a cut is one span; what plays again after its end is another.
        """
        shared = [kept for kept in self.timeline.source_spans if kept.overlaps(span)]
        joined: list[TimeRange] = []
        for number, part in enumerate(self.timeline.in_clip(span)):
            goes_on = number > 0 and shared[number].start_ms >= shared[number - 1].end_ms
            if goes_on and part.start_ms <= joined[-1].end_ms + TOUCHING_MS:
                joined[-1] = TimeRange(start_ms=joined[-1].start_ms, end_ms=part.end_ms)
            else:
                joined.append(part)
        return tuple(joined)

    @property
    def body(self) -> TimeRange:
        """Between intro and outro, in clip time."""
        timeline = self.timeline
        return TimeRange(
            start_ms=timeline.clip_ms(timeline.intro_frames),
            end_ms=timeline.clip_ms(timeline.body_end_frame),
        )


def refused(field: str, reason: str, code: ErrorCode = ErrorCode.edit_invalid) -> InvalidInput:
    """The error for a setting that can not be followed."""
    return InvalidInput(code, f"{field}: {reason}")


def noted(spec: EffectsSpec, *notes: str) -> EffectsSpec:
    """With more notes."""
    return spec.model_copy(update={"notes": (*spec.notes, *notes)})


def told(span: TimeRange) -> str:
    """A span for a person."""
    return f"{clock(span.start_ms, tenths=True)}-{clock(span.end_ms, tenths=True)}"
