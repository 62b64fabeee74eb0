"""Words become cues: what stands on screen together, and for how long."""

from collections.abc import Sequence
from itertools import pairwise

from cliply.domain.captions import Cue, CueWord
from cliply.domain.framing import AspectRatio
from cliply.domain.timing import TimeRange
from cliply.domain.transcript import Word

PAUSE_MS = 400
"""A pause this long ends a cue."""

LINGER_MS = 300
"""How long a cue stays after its last word."""

MIN_CUE_MS = 700
"""A cue stays this long when the next one leaves it the time."""

SENTENCE_END = (".", "!", "?", "…", "。", "！", "？", "؟", "।")
CLAUSE_END = (",", ";", ":", "–", "—")
CLOSING = "\"'”’»)]}"

BREAK_COST = 30.0
"""Ending a cue inside a clause costs as much as leaving 55 % of its characters unused."""


def cue_limits(aspect: AspectRatio) -> tuple[int, int]:
    """Most words and most characters of a cue: two lines of large type in this shape."""
    return {
        AspectRatio.portrait: (5, 26),
        AspectRatio.tall: (5, 26),
        AspectRatio.square: (7, 34),
        AspectRatio.landscape: (12, 64),
    }[aspect]


def make_cues(
    words: Sequence[Word], span: TimeRange, *, max_words: int = 5, max_chars: int = 26
) -> tuple[Cue, ...]:
    """The cues of a clip, in clip time, in order, none overlapping, all inside the clip.

    A cue ends with a sentence and at a pause; longer stretches are cut into cues of even
    length, at commas where that costs little. Inside a cue a word lasts until the next one
    begins. Words that lie less than half in the span are left out.
    """
    heard = [_in_clip(word, span) for word in words if _mostly_in(word, span)]
    groups = [
        group
        for stretch in _stretches([word for word in heard if word.text])
        for group in _even_groups(stretch, max_words, max_chars)
    ]
    return tuple(
        _cue(group, after[0].span.start_ms if after else span.duration_ms)
        for group, after in pairwise([*groups, []])
    )


def _mostly_in(word: Word, span: TimeRange) -> bool:
    shared = word.span.overlap_ms(span)
    return shared > 0 and 2 * shared >= word.span.duration_ms


def _in_clip(word: Word, span: TimeRange) -> CueWord:
    start = max(0, word.span.start_ms - span.start_ms)
    end = min(word.span.end_ms, span.end_ms) - span.start_ms
    return CueWord(
        text=" ".join(word.text.split()), span=TimeRange(start_ms=start, end_ms=max(end, start + 1))
    )


def _stretches(words: Sequence[CueWord]) -> list[list[CueWord]]:
    """Words between two breaks that no cue may bridge."""
    stretches: list[list[CueWord]] = []
    for word in words:
        last = stretches[-1][-1] if stretches else None
        if last is None or _ends(last, SENTENCE_END) or _pause_ms(last, word) >= PAUSE_MS:
            stretches.append([])
        stretches[-1].append(word)
    return stretches


def _pause_ms(before: CueWord, after: CueWord) -> int:
    return after.span.start_ms - before.span.end_ms


def _ends(word: CueWord, marks: tuple[str, ...]) -> bool:
    return word.text.rstrip(CLOSING).endswith(marks)


def _even_groups(
    stretch: Sequence[CueWord], max_words: int, max_chars: int
) -> list[Sequence[CueWord]]:
    """The cheapest way to cut a stretch, by dynamic programming over its last cut.

    A single word longer than `max_chars` is a cue of its own.
    """
    cost = [0.0] + [float("inf")] * len(stretch)
    cut_before = [0] * (len(stretch) + 1)
    for end in range(1, len(stretch) + 1):
        for start in range(end - 1, max(-1, end - 1 - max_words), -1):
            chars = _chars(stretch[start:end])
            if chars > max_chars and end - start > 1:
                break
            total = cost[start] + _unevenness(chars, max_chars) + _break_cost(stretch, end)
            if total < cost[end]:
                cost[end], cut_before[end] = total, start
    return _groups(stretch, cut_before)


def _groups(stretch: Sequence[CueWord], cut_before: Sequence[int]) -> list[Sequence[CueWord]]:
    groups: list[Sequence[CueWord]] = []
    end = len(stretch)
    while end:
        groups.append(stretch[cut_before[end] : end])
        end = cut_before[end]
    return groups[::-1]


def _chars(words: Sequence[CueWord]) -> int:
    return sum(len(word.text) + 1 for word in words) - 1


def _unevenness(chars: int, max_chars: int) -> float:
    return 100 * (1 - min(1.0, chars / max_chars)) ** 2


def _break_cost(stretch: Sequence[CueWord], end: int) -> float:
    inside = end < len(stretch) and not _ends(stretch[end - 1], CLAUSE_END)
    return BREAK_COST if inside else 0.0


def _cue(words: Sequence[CueWord], limit_ms: int) -> Cue:
    """One cue that ends at `limit_ms`, where the next one begins, at the latest."""
    start, said = words[0].span.start_ms, words[-1].span.end_ms
    end = max(said + LINGER_MS, start + MIN_CUE_MS)
    if limit_ms - end < LINGER_MS:
        end = limit_ms  # the next cue is so near that a gap would only flicker
    shown = [_lasting_until(word, after.span.start_ms) for word, after in pairwise(words)]
    last = _lasting_until(words[-1], min(said, end))
    return Cue(span=TimeRange(start_ms=start, end_ms=max(end, start + 1)), words=(*shown, last))


def _lasting_until(word: CueWord, end_ms: int) -> CueWord:
    start = word.span.start_ms
    return CueWord(text=word.text, span=TimeRange(start_ms=start, end_ms=max(end_ms, start + 1)))
