"""Why a moment was chosen, in a person's words."""

from collections import Counter
from collections.abc import Iterator, Sequence
from itertools import islice

from cliply.domain.audio import HOP_MS, SoundEvent, SoundKind
from cliply.domain.candidates import ScoreParts
from cliply.domain.timing import TimeRange, clock
from cliply.selection.edges import Flaw
from cliply.selection.energy import Loudness
from cliply.selection.keywords import Trigger, TriggerKind

LIVELY_ENERGY, LOUD_ENERGY = 0.4, 0.65
BUSY_PICTURE = 0.4
MOOD_TURN = 0.7
"""Parts of a score from which on they are worth a mention."""

NUMERALS = ("no", "one", "two", "three", "four", "five", "six", "seven", "eight", "nine")

REACTION_NAMES = {
    SoundKind.laughter: "laughter",
    SoundKind.applause: "applause",
    SoundKind.shout: "a shout",
}

FLAWS = {
    Flaw.continuation: "begins with a word that leans on what came before",
    Flaw.mid_sentence: "is cut at a pause inside a sentence",
    Flaw.unanswered: "ends on a question",
    Flaw.dead_air: "has a quiet stretch at its edge",
    Flaw.no_pause: "is cut where nobody pauses",
    Flaw.before_reaction: "ends before the audience answers",
}


def explain(
    span: TimeRange,
    parts: ScoreParts,
    triggers: Sequence[Trigger],
    cuts: int,
    loudness: Loudness | None,
    flaws: Sequence[Flaw],
    sounds: Sequence[SoundEvent] = (),
) -> str:
    """One sentence: what speaks for the span, then what was taken off for its edges.

    `triggers`, `cuts` and `sounds` are those inside the span. Empty when nothing stands out.
    """
    praise = [
        *_reactions(sounds),
        *_sound(span, parts, loudness),
        *_words(triggers),
        *_picture(parts, cuts),
        *_mood(parts),
    ]
    blame = [FLAWS[flaw] for flaw in dict.fromkeys(flaws) if flaw in FLAWS]
    marked_down = f"marked down as it {' and '.join(blame)}" if blame else ""
    text = "; ".join(filter(None, [", ".join(praise), marked_down]))
    return f"{text[0].upper()}{text[1:]}." if text else ""


def _reactions(sounds: Sequence[SoundEvent]) -> Iterator[str]:
    """Each kind with its surest moment."""
    for kind in dict.fromkeys(event.kind for event in sounds):
        surest = max((e for e in sounds if e.kind is kind), key=lambda event: event.likelihood)
        yield f"{REACTION_NAMES[kind]} at {clock(surest.span.start_ms)}"


def _sound(span: TimeRange, parts: ScoreParts, loudness: Loudness | None) -> Iterator[str]:
    if loudness is None or parts.energy is None or parts.energy < LIVELY_ENERGY:
        return
    first = span.start_ms // HOP_MS
    if loudness.excess[first : -(-span.end_ms // HOP_MS)].max(initial=0) < LIVELY_ENERGY:
        return
    excess = loudness.excess[first : -(-span.end_ms // HOP_MS)]
    at = clock((first + int(excess.argmax())) * HOP_MS)
    yield f"very loud at {at}" if parts.energy >= LOUD_ENERGY else f"lively sound, loudest at {at}"


def _words(triggers: Sequence[Trigger]) -> Iterator[str]:
    kinds = Counter(trigger.kind for trigger in triggers)
    if count := kinds[TriggerKind.question]:
        yield _counted(count, "question")
    if count := kinds[TriggerKind.number]:
        yield _counted(count, "number")
    words = strong_words(triggers)
    if words:
        yield "strong words (" + ", ".join(islice(words, 3)) + ")"


def strong_words(triggers: Sequence[Trigger]) -> list[str]:
    """Strong words and phrases, each once, strongest first."""
    strong = [trigger for trigger in triggers if trigger.kind is TriggerKind.strong]
    return list(dict.fromkeys(t.text for t in sorted(strong, key=lambda t: -t.weight)))


def _picture(parts: ScoreParts, cuts: int) -> Iterator[str]:
    if parts.scene_density is not None and parts.scene_density >= BUSY_PICTURE:
        yield f"busy picture with {_counted(cuts, 'cut')}"


def _mood(parts: ScoreParts) -> Iterator[str]:
    if parts.sentiment_change is not None and parts.sentiment_change >= MOOD_TURN:
        yield "the mood turns"


def _counted(count: int, noun: str) -> str:
    number = NUMERALS[count] if count < len(NUMERALS) else str(count)
    return f"{number} {noun}" if count == 1 else f"{number} {noun}s"
