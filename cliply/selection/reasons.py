"""Why a moment was chosen, in a person's words."""

from collections import Counter
from collections.abc import Iterator, Sequence
from itertools import islice

from cliply.domain.audio import HOP_MS
from cliply.domain.candidates import ScoreParts
from cliply.domain.timing import TimeRange, clock
from cliply.selection.edges import Flaw
from cliply.selection.keywords import Trigger, TriggerKind
from cliply.selection.signals import Loudness

LIVELY_ENERGY, LOUD_ENERGY = 0.4, 0.65
BUSY_PICTURE = 0.4
MOOD_TURN = 0.7
"""Parts of a score from which on they are worth a mention."""

NUMERALS = ("no", "one", "two", "three", "four", "five", "six", "seven", "eight", "nine")

FLAWS = {
    Flaw.continuation: "begins with a word that leans on what came before",
    Flaw.mid_sentence: "is cut at a pause inside a sentence",
    Flaw.unanswered: "ends on a question",
    Flaw.dead_air: "has a quiet stretch at its edge",
    Flaw.no_pause: "is cut where nobody pauses",
}


def explain(
    span: TimeRange,
    parts: ScoreParts,
    triggers: Sequence[Trigger],
    cuts: int,
    loudness: Loudness | None,
    flaws: Sequence[Flaw],
) -> str:
    """One sentence: what speaks for the span, then what was taken off for its edges.

    `triggers` and `cuts` are those inside the span.
    """
    praise = [
        *_sound(span, parts, loudness),
        *_words(triggers),
        *_picture(parts, cuts),
        *_mood(parts),
    ]
    blame = [FLAWS[flaw] for flaw in dict.fromkeys(flaws) if flaw in FLAWS]
    text = ", ".join(praise) or "the best of a source in which little stands out"
    if blame:
        text += f"; marked down as it {' and '.join(blame)}"
    return f"{text[0].upper()}{text[1:]}."


def _sound(span: TimeRange, parts: ScoreParts, loudness: Loudness | None) -> Iterator[str]:
    if loudness is None or parts.energy is None or parts.energy < LIVELY_ENERGY:
        return
    first = span.start_ms // HOP_MS
    excess = loudness.excess[first : -(-span.end_ms // HOP_MS)]
    at = clock((first + int(excess.argmax())) * HOP_MS)
    yield f"very loud at {at}" if parts.energy >= LOUD_ENERGY else f"lively sound, loudest at {at}"


def _words(triggers: Sequence[Trigger]) -> Iterator[str]:
    kinds = Counter(trigger.kind for trigger in triggers)
    if count := kinds[TriggerKind.question]:
        yield _counted(count, "question")
    if count := kinds[TriggerKind.number]:
        yield _counted(count, "number")
    strong = sorted(
        (trigger for trigger in triggers if trigger.kind is TriggerKind.strong),
        key=lambda trigger: -trigger.weight,
    )
    words = dict.fromkeys(trigger.text for trigger in strong)
    if words:
        yield "strong words (" + ", ".join(islice(words, 3)) + ")"


def _picture(parts: ScoreParts, cuts: int) -> Iterator[str]:
    if parts.scene_density is not None and parts.scene_density >= BUSY_PICTURE:
        yield f"busy picture with {_counted(cuts, 'cut')}"


def _mood(parts: ScoreParts) -> Iterator[str]:
    if parts.sentiment_change is not None and parts.sentiment_change >= MOOD_TURN:
        yield "the mood turns"


def _counted(count: int, noun: str) -> str:
    number = NUMERALS[count] if count < len(NUMERALS) else str(count)
    return f"{number} {noun}" if count == 1 else f"{number} {noun}s"
