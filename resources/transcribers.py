"""The transcribers of this installation, in the order in which they are asked."""

from collections.abc import Sequence
from dataclasses import dataclass

from cliply.speech.engines import Engines
from cliply.speech.transcriber import Transcriber


@dataclass(frozen=True)
class Transcribers:
    """Given words first, then speech recognition; no Dagster configuration, as that shows keys."""

    engines: Engines

    def signature(self, *, with_sidecar: bool) -> list[list[str]]:
        """Changes whenever another transcript could come out."""
        return self.engines.signature(sidecar=with_sidecar)

    def chain(self, *, with_sidecar: bool) -> Sequence[Transcriber]:
        return self.engines.chain(sidecar=with_sidecar)
