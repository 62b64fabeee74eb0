"""Which windows say again what another one says: repeats, jingles, read advertisements."""

from collections.abc import Sequence

import numpy as np
from numpy.typing import NDArray

from cliply.selection.lexicon import normalise
from cliply.selection.series import RangeSum
from cliply.selection.windows import Windows

RUN_WORDS = 4
"""So many words in a row are said again by chance only in set phrases."""
ECHO = 0.5
"""Share of its runs of words from which on a window is an echo of another."""


class Echoes:
    """Finds the windows that repeat one of them."""

    def __init__(self, words: Sequence[str], windows: Windows) -> None:
        terms = [normalise(word) for word in words]
        known: dict[tuple[str, ...], int] = {}
        runs = zip(*(terms[offset:] for offset in range(RUN_WORDS)), strict=False)
        self._runs = np.array([known.setdefault(run, len(known)) for run in runs], dtype=np.int64)
        self._first = windows.first_word
        self._end = np.maximum(windows.end_word - RUN_WORDS + 1, windows.first_word)

    def of(self, index: int) -> NDArray[np.bool_]:
        """For each window whether most of it, or most of the one of this index, is said in both."""
        said = self._runs[self._first[index] : self._end[index]]
        again = RangeSum(np.isin(self._runs, said).astype(np.float64))
        length = np.clip(self._end - self._first, 1, max(len(said), 1))
        echoes: NDArray[np.bool_] = again.over(self._first, self._end) / length >= ECHO
        return echoes
