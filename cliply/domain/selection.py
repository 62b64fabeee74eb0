"""Which moments of a source a tenant asks for (SEL-5)."""

from enum import StrEnum
from typing import Annotated, Self

from pydantic import Field, StringConstraints, model_validator

from cliply.domain.timing import TimeRange
from cliply.domain.value import Value

PROMPT_LENGTH = 500
TOPIC_LENGTH = 80
SHORTEST_SPAN_MS = 3_000
"""A shorter stretch makes no clip."""

Topic = Annotated[str, StringConstraints(min_length=1, max_length=TOPIC_LENGTH, pattern=r"\w")]
RelevantSpan = tuple[TimeRange, float]
"""How well a stretch answers a prompt, 0…1."""


class SelectionMode(StrEnum):
    auto = "auto"
    """The best moments, whatever they are about."""
    prompt = "prompt"
    """What the prompt describes, found by search."""
    topics = "topics"
    """What any of the given words or phrases is said in."""
    spans = "spans"
    """The tenant's own stretches, as they are."""
    chapters = "chapters"
    """The whole source in chapters."""

    @property
    def is_given_order(self) -> bool:
        """Whether candidates stand in the order of time, all wanted, rather than best first."""
        return self in (SelectionMode.spans, SelectionMode.chapters)


class SelectionSettings(Value):
    """A mode and what belongs to it; what belongs to another mode is refused."""

    mode: SelectionMode = SelectionMode.auto
    prompt: str | None = Field(default=None, min_length=2, max_length=PROMPT_LENGTH)
    topics: tuple[Topic, ...] = Field(default=(), max_length=20)
    spans: tuple[TimeRange, ...] = Field(default=(), max_length=20)

    @model_validator(mode="after")
    def _check_mode(self) -> Self:
        given = {
            SelectionMode.prompt: self.prompt is not None,
            SelectionMode.topics: bool(self.topics),
            SelectionMode.spans: bool(self.spans),
        }
        for mode, is_given in given.items():
            if is_given and mode is not self.mode:
                raise ValueError(f"{mode.value} goes with mode {mode.value}, not {self.mode.value}")
            if mode is self.mode and not is_given:
                raise ValueError(f"mode {mode.value} needs {mode.value}")
        return self
