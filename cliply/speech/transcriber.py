"""What every transcriber is asked, and how it answers or declines."""

from dataclasses import dataclass
from pathlib import Path
from typing import Protocol

from cliply.domain.media import SourceMedia
from cliply.domain.progress import OnProgress, unwatched
from cliply.domain.timing import TimeRange
from cliply.domain.transcript import Transcript

NOT_INSTALLED = "not installed"
"""The refusal of a transcriber whose package is not there."""

NO_KEY = "no key"
"""The refusal of a service that nobody has an account with."""

FAILED = "failed: "
"""How the refusal of one begins that broke down; it may do better another time."""


@dataclass(frozen=True)
class SpeechRequest:
    """One source to write down."""

    path: Path
    source: SourceMedia
    speech: tuple[TimeRange, ...] | None = None
    """Stretches with voice in them, in order; None when nobody looked, `()` when none."""
    language: str | None = None
    """BCP 47 hint of the language that is spoken."""
    sidecar: Path | None = None
    """A transcript that came with the source."""
    hotwords: tuple[str, ...] = ()
    """Names and terms of the workspace that recognition should expect (ANA-10)."""
    on_progress: OnProgress = unwatched


class Refused(Exception):
    """A transcriber can not do this source here; the next one is asked."""

    def __init__(self, reason: str) -> None:
        super().__init__(reason)
        self.reason = reason


class NothingSaid(Refused):
    """There are no words to hear in the source, so nobody else needs to be asked."""


class Transcriber(Protocol):
    """One way to get from a source to its words."""

    @property
    def name(self) -> str:
        """Stable name, as it stands in `Transcript.engine`."""
        ...

    def transcribe(self, request: SpeechRequest) -> Transcript:
        """The words of the source; none when nothing was said.

        Raises Refused when this transcriber can not do it, and whatever
        `request.on_progress` raises. What is wrong with the caller's own files is
        an InvalidInput.
        """
        ...
