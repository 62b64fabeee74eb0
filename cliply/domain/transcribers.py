"""The transcribers that exist, and the order in which they are asked."""

from enum import StrEnum
from typing import Final


class TranscriberName(StrEnum):
    """Every transcriber by the name that stands in `Transcript.engine`."""

    sidecar = "sidecar"
    """A transcript that came with the source."""
    embedded = "embedded"
    """A text subtitle stream inside it."""
    whisperx = "whisperx"
    faster_whisper = "faster-whisper"
    deepgram = "deepgram"
    pocketsphinx = "pocketsphinx"


STANDARD_ORDER: Final = tuple(TranscriberName)
"""Written words before heard ones, this machine before a service, the weakest last."""


def order_of(names: str) -> tuple[TranscriberName, ...]:
    """The order that a list such as `whisperx, deepgram` names; who is left out is not asked.

    Raises ValueError when a name is unknown or given twice, or there is none.
    """
    given = [name.strip().lower() for name in names.split(",") if name.strip()]
    unknown = sorted(set(given) - set(TranscriberName))
    if unknown:
        raise ValueError(f"there is no transcriber {', '.join(unknown)}; {_choice()}")
    if not given or len(set(given)) < len(given):
        raise ValueError(f"name each transcriber once, and at least one; {_choice()}")
    return tuple(TranscriberName(name) for name in given)


def _choice() -> str:
    return f"choose from {', '.join(TranscriberName)}"
