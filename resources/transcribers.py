"""The transcribers of this installation, in the order in which they are asked."""

from collections.abc import Sequence
from pathlib import Path
from typing import Literal

import dagster as dg

from cliply.speech.chain import build_chain
from cliply.speech.transcriber import Transcriber


class Transcribers(dg.ConfigurableResource[None]):
    """A transcript that was given, else embedded subtitles, else speech recognition."""

    whisper_model: str
    models_dir: str
    model_hub: Literal["auto", "never"]
    workers: int

    @property
    def signature(self) -> str:
        """Changes whenever another transcript could come out."""
        return f"{self.whisper_model}@{self.models_dir}+{self.model_hub}"

    def chain(self, *, with_sidecar: bool) -> Sequence[Transcriber]:
        return build_chain(
            whisper_model=self.whisper_model,
            models_dir=Path(self.models_dir),
            hub=self.model_hub,
            sidecar=with_sidecar,
            workers=self.workers,
        )
