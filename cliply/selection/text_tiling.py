"""Where the subject of a talk changes.

After Hearst, "TextTiling: Segmenting Text into Multi-paragraph Subtopic Passages",
Computational Linguistics 23(1), 1997: the words before and after a gap are compared, and a gap
where they differ more than at the gaps around it is a change of subject.
"""

from collections.abc import Sequence
from math import log

import numpy as np

from cliply.domain.transcript import Transcript
from cliply.selection.keywords import SHORTEST_TERM
from cliply.selection.lexicon import Lexicon, normalise, stem
from cliply.selection.series import Floats, Ints

BLOCK_WORDS = 150
"""Words compared on each side, about a minute of speech."""
MOST_TERMS = 400
"""The terms that set most parts of a talk apart; more cost time and tell little."""


def subject_shifts(transcript: Transcript, lexicon: Lexicon, gaps: Sequence[int]) -> Floats:
    """How deep the likeness of the words falls at each gap, 0…1; 0 for too little text.

    `gaps` are indices of words, in order: a gap lies before its word.
    """
    words, last = np.asarray(gaps, dtype=np.int64), len(transcript.words)
    sums = np.cumsum(_counts(transcript, lexicon, words), axis=0)
    if not sums.size or not len(words):
        return np.zeros(len(words))
    here = np.arange(len(words))
    first = np.searchsorted(words, words - BLOCK_WORDS)
    end = np.searchsorted(words, words + BLOCK_WORDS)
    before = sums[here] - np.where((first > 0)[:, None], sums[first - 1], 0)
    after = sums[np.minimum(end, len(words))] - sums[here]
    return _depths(_likeness(before, after), words, last)


def _counts(transcript: Transcript, lexicon: Lexicon, gaps: Ints) -> np.ndarray:
    """A row for the words before each gap and for those after the last, a column for each term,
    weighted."""
    known = {text: _term(text, lexicon) for text in {word.text for word in transcript.words}}
    terms = [known[word.text] for word in transcript.words]
    weights = _weights(terms)
    columns = {term: column for column, term in enumerate(weights)}
    rows = np.searchsorted(gaps, np.arange(len(terms)), side="right")
    counts = np.zeros((len(gaps) + 1, len(columns)), dtype=np.float32)
    for row, term in zip(rows, terms, strict=True):
        if term in columns:
            counts[row, columns[term]] += weights[term]
    return counts


def _term(text: str, lexicon: Lexicon) -> str:
    word = normalise(text)
    is_term = len(word) >= SHORTEST_TERM and word not in lexicon.stopwords
    return stem(word, lexicon) if is_term else ""


def _weights(terms: Sequence[str]) -> dict[str, float]:
    """Inverse frequency over blocks of the terms that are said again, the most frequent ones."""
    blocks: dict[str, set[int]] = {}
    often: dict[str, int] = {}
    for index, term in enumerate(terms):
        if term:
            blocks.setdefault(term, set()).add(index // BLOCK_WORDS)
            often[term] = often.get(term, 0) + 1
    total = len(terms) // BLOCK_WORDS + 1
    weights = {
        term: log((total + 1) / len(where)) for term, where in blocks.items() if often[term] > 1
    }
    strongest = sorted(weights, key=lambda term: -weights[term] * often[term])[:MOST_TERMS]
    return {term: weights[term] for term in strongest}


def _likeness(before: np.ndarray, after: np.ndarray) -> Floats:
    """Cosine of the angle between the weighted counts, 0…1."""
    sizes = np.linalg.norm(before, axis=1) * np.linalg.norm(after, axis=1)
    likeness: Floats = (before * after).sum(axis=1) / np.maximum(sizes, 1e-9)
    return likeness


def _depths(likeness: Floats, words: Ints, last: int) -> Floats:
    """How far the likeness lies below the highest ones within a block to the left and right.

    Near the ends too little is compared: there the depth shrinks with what is there.
    """
    first = np.searchsorted(words, words - BLOCK_WORDS)
    end = np.searchsorted(words, words + BLOCK_WORDS, side="right")
    depths = np.array(
        [
            likeness[a : i + 1].max() + likeness[i:b].max() - 2 * likeness[i]
            for i, (a, b) in enumerate(zip(first, end, strict=True))
        ]
    )
    room = np.minimum(np.minimum(words, last - words) / BLOCK_WORDS, 1)
    return np.clip(depths * room / 2, 0, 1)
