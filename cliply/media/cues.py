"""Words become cues: what stands on screen together, and for how long."""

from collections.abc import Iterator, Sequence
from itertools import accumulate, pairwise

from cliply.domain.captions import CaptionSettings, Cue, CueWord
from cliply.domain.framing import AspectRatio
from cliply.domain.scripts import columns, is_mark, is_spaced, is_unspaced
from cliply.domain.timing import TimeRange

PAUSE_MS = 400
"""A pause this long ends a cue."""

LINGER_MS = 300
"""How long a cue stays after its last word."""

MIN_CUE_MS = 700
"""A cue stays this long when the next one leaves it the time."""

MAX_CPS = 20.0
"""Columns per second that can be read; wide letters are two columns."""

SENTENCE_END = (".", "!", "?", "…", "。", "！", "？", "؟", "।")
CLAUSE_END = (",", ";", ":", "–", "—", "،", "؛", "、", "，", "；", "：")
CLOSING = "\"'”’»)]}」』）】》〉"
OPENING = "「『（【《〈"

BREAK_COST = 30.0
"""Ending a cue inside a clause costs as much as leaving 55 % of its characters unused."""

BRIDGE_COST = 140.0
"""Having a sentence end inside a cue costs more than leaving two cues three parts empty."""

HURRY_COST, HURRIED_COLUMN_COST = 100.0, 3.0
"""For a cue that is shown too briefly to be read, and for every square column of it that is
too many: a sentence is rather shown with the next one than too fast."""

WORD_COLUMNS = 5
"""Scripts without spaces: this many columns count as a word."""

LONG_COLUMNS = 8
"""Scripts without spaces: what is longer is not a word but a phrase, and may be cut."""


def cue_limits(aspect: AspectRatio, settings: CaptionSettings) -> tuple[int, int]:
    """Most words and most columns of a cue: two lines of large type in this shape.

    With up to three words per line, one line. Larger type and capitals leave room for less.
    """
    words, chars = {
        AspectRatio.portrait: (5, 26),
        AspectRatio.tall: (5, 26),
        AspectRatio.square: (7, 30),
        AspectRatio.landscape: (12, 64),
    }[aspect]
    if settings.words_per_line:
        words = settings.words_per_line * (1 if settings.words_per_line <= 3 else 2)
    widening = max(1.0, settings.size) * (1.15 if settings.uppercase else 1.0)
    return words, max(6, round(chars / widening))


def cps(cue: Cue) -> float:
    """Columns per second that a cue asks a reader to read."""
    return _columns(cue.words) * 1000 / cue.span.duration_ms


def make_cues(
    words: Sequence[CueWord],
    duration_ms: int,
    *,
    max_words: int,
    max_chars: int,
    breaks_ms: Sequence[int] = (),
) -> tuple[Cue, ...]:
    """The cues of a clip, in order, none overlapping, all inside it, in clip time.

    `words` are in clip time in playing order; all are shown. No cue bridges a pause or a
    time in `breaks_ms`. A cue ends with a sentence unless it could not be read in the time
    that is left before the next; longer sentences are cut into cues of even length, at
    commas where that costs little. Inside a cue a word lasts until the next one begins. A
    cue lingers into silence. Where the speech itself is faster than `MAX_CPS` so is its cue.
    """
    breaks = sorted(breaks_ms)
    shown = [_inside(word, duration_ms) for word in _pieces(_glued(words))]
    stretches = _stretches(shown, breaks)
    groups: list[Sequence[CueWord]] = []
    for stretch, after in pairwise([*stretches, []]):
        limit = _limit_ms(stretch, after, duration_ms, breaks)
        groups += _Cutting(stretch, limit, max_words, max_chars).groups()
    return tuple(
        _cue(group, _limit_ms(group, after, duration_ms, breaks))
        for group, after in pairwise([*groups, []])
    )


def _glued(words: Sequence[CueWord]) -> list[CueWord]:
    """Words without white; one that begins with a mark belongs to the word before it.

    Recognisers cut scripts without spaces into tokens that may part a vowel sign from its
    consonant.
    """
    glued: list[CueWord] = []
    for word in words:
        text = " ".join(word.text.split())
        if not text:
            continue
        if glued and is_mark(text[0]):
            before = glued.pop()
            start = before.span.start_ms
            end = max(before.span.end_ms, word.span.end_ms)
            text, span = before.text + text, TimeRange(start_ms=start, end_ms=end)
        else:
            span = word.span
        glued.append(CueWord(text=text, span=span))
    return glued


def _pieces(words: Sequence[CueWord]) -> Iterator[CueWord]:
    """Words, and the letters of phrases in scripts without spaces, each with its time."""
    for word in words:
        if not _is_phrase(word.text):
            yield word
            continue
        whole, at = columns(word.text), 0
        for part in _letters(word.text):
            ends = at + columns(part)
            yield CueWord(text=part, span=_share(word.span, at / whole, ends / whole))
            at = ends


def _is_phrase(text: str) -> bool:
    return columns(text) > LONG_COLUMNS and any(map(is_unspaced, text))


def _letters(phrase: str) -> list[str]:
    """Letters that a line may end after; runs of other scripts stay whole.

    Closing punctuation stays with the letter before, opening with the one after.
    """
    parts: list[str] = []
    for letter in phrase:
        if parts and (_stays(parts[-1], letter) or parts[-1][-1] in OPENING):
            parts[-1] += letter
        else:
            parts.append(letter)
    return parts


def _stays(before: str, letter: str) -> bool:
    closing = letter in CLOSING or letter in SENTENCE_END or letter in CLAUSE_END
    return closing or is_mark(letter) or not (is_unspaced(letter) or is_unspaced(before[-1]))


def _share(span: TimeRange, start: float, end: float) -> TimeRange:
    first = span.start_ms + round(start * span.duration_ms)
    return TimeRange(
        start_ms=first, end_ms=max(first + 1, span.start_ms + round(end * span.duration_ms))
    )


def _inside(word: CueWord, duration_ms: int) -> CueWord:
    start = min(word.span.start_ms, duration_ms - 1)
    end = max(start + 1, min(word.span.end_ms, duration_ms))
    return CueWord(text=word.text, span=TimeRange(start_ms=start, end_ms=end))


def _stretches(words: Sequence[CueWord], breaks: Sequence[int]) -> list[list[CueWord]]:
    """Words between two breaks that no cue may bridge."""
    stretches: list[list[CueWord]] = []
    for word in words:
        last = stretches[-1][-1] if stretches else None
        if last is None or _parted(last, word, breaks):
            stretches.append([])
        stretches[-1].append(word)
    return stretches


def _parted(before: CueWord, after: CueWord, breaks: Sequence[int]) -> bool:
    if after.span.start_ms - before.span.end_ms >= PAUSE_MS:
        return True
    return any(before.span.start_ms < at <= after.span.start_ms for at in breaks)


def _limit_ms(
    words: Sequence[CueWord], after: Sequence[CueWord], duration_ms: int, breaks: Sequence[int]
) -> int:
    """When the last of some words has to be gone: at the next cue or the next break."""
    limit = after[0].span.start_ms if after else duration_ms
    said = words[-1].span.end_ms
    return max(said if not after else 0, min([limit, *(at for at in breaks if at >= said)]))


def _ends(word: CueWord, marks: tuple[str, ...]) -> bool:
    return word.text.rstrip(CLOSING).endswith(marks)


class _Cutting:
    """The cheapest way to cut a stretch, by dynamic programming over its last cut.

    A single word longer than `max_chars` is a cue of its own.
    """

    def __init__(
        self, words: Sequence[CueWord], limit_ms: int, max_words: int, max_chars: int
    ) -> None:
        self._words = words
        self._starts = [*(word.span.start_ms for word in words), limit_ms]
        # Sums from the first word on: those of any stretch are the difference of two.
        self._ends_at = list(accumulate(_advances(words)))
        self._weights = [0, *accumulate(map(_weight, words))]
        self._sentences = [0, *accumulate(_ends(word, SENTENCE_END) for word in words)]
        self._own_columns = [columns(word.text) for word in words]
        self._breaks = [_ends(word, SENTENCE_END + CLAUSE_END) for word in words]
        self._max_words = max_words
        self._max_chars = max_chars

    def groups(self) -> list[Sequence[CueWord]]:
        count = len(self._words)
        cost = [0.0] + [float("inf")] * count
        cut_before = [0] * (count + 1)
        for end in range(1, count + 1):
            for start in range(end - 1, -1, -1):
                if start < end - 1 and not self._fits(start, end):
                    break
                total = cost[start] + self._cost(start, end)
                if total < cost[end]:
                    cost[end], cut_before[end] = total, start
        return self._cut(cut_before)

    def _cut(self, cut_before: Sequence[int]) -> list[Sequence[CueWord]]:
        groups: list[Sequence[CueWord]] = []
        end = len(self._words)
        while end:
            groups.append(self._words[cut_before[end] : end])
            end = cut_before[end]
        return groups[::-1]

    def _fits(self, start: int, end: int) -> bool:
        if self._columns(start, end) > self._max_chars:
            return False
        return self._weights[end] - self._weights[start] <= self._max_words * WORD_COLUMNS

    def _cost(self, start: int, end: int) -> float:
        wide = self._columns(start, end)
        time_s = (self._starts[end] - self._starts[start]) / 1000
        hurry = max(0.0, wide - MAX_CPS * time_s)
        bridged = self._sentences[end - 1] - self._sentences[start]
        uneven = 100 * (1 - min(1.0, wide / self._max_chars)) ** 2
        hurry_cost = HURRY_COST * (hurry > 0) + HURRIED_COLUMN_COST * hurry**2
        return uneven + self._break_cost(end) + BRIDGE_COST * bridged + hurry_cost

    def _columns(self, start: int, end: int) -> int:
        """Width of some words, without the space before the first."""
        return self._ends_at[end - 1] - self._ends_at[start] + self._own_columns[start]

    def _break_cost(self, end: int) -> float:
        inside = end < len(self._words) and not self._breaks[end - 1]
        return BREAK_COST if inside else 0.0


def _advances(words: Sequence[CueWord]) -> Iterator[int]:
    """What each word adds to the width of a line: itself, and the space before it if any."""
    before = ""
    for word in words:
        yield columns(word.text) + is_spaced(before, word.text)
        before = word.text


def _columns(words: Sequence[CueWord]) -> int:
    spaces = sum(is_spaced(before.text, after.text) for before, after in pairwise(words))
    return sum(columns(word.text) for word in words) + spaces


def _weight(word: CueWord) -> int:
    """How much of `WORD_COLUMNS` a word counts for; in scripts without spaces by its width."""
    return columns(word.text) if is_unspaced(word.text[0]) else WORD_COLUMNS


def _cue(words: Sequence[CueWord], limit_ms: int) -> Cue:
    """One cue that ends at `limit_ms`, where the next one begins, at the latest."""
    start, said = words[0].span.start_ms, words[-1].span.end_ms
    readable = start + round(_columns(words) * 1000 / MAX_CPS)
    end = min(limit_ms, max(said + LINGER_MS, start + MIN_CUE_MS, readable))
    if limit_ms - end < LINGER_MS:
        end = limit_ms  # the next cue is so near that a gap would only flicker
    end = max(end, start + 1)
    shown = [_lasting_until(word, after.span.start_ms) for word, after in pairwise(words)]
    last = _lasting_until(words[-1], min(said, end))
    return Cue(span=TimeRange(start_ms=start, end_ms=end), words=(*shown, last))


def _lasting_until(word: CueWord, end_ms: int) -> CueWord:
    start = word.span.start_ms
    return CueWord(text=word.text, span=TimeRange(start_ms=start, end_ms=max(end_ms, start + 1)))
