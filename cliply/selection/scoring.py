"""One score for each window, with the parts it is made of."""

from collections.abc import Mapping
from dataclasses import dataclass

import numpy as np

from cliply.domain.candidates import WEIGHTS, ScoreParts
from cliply.selection.edges import PENALTIES
from cliply.selection.energy import Energy
from cliply.selection.series import Floats
from cliply.selection.windows import Windows

RELEVANCE_SHARE = 0.7
"""Whoever asks for a subject wants its best treatment first, then the liveliest one."""


@dataclass(frozen=True)
class Scores:
    """What each window of a list is worth; arrays have one value for each window."""

    signals: Mapping[str, Floats | None]
    """By the names of `ScoreParts`, 0…1; None when the source can not have the signal."""
    completeness: Floats
    """1 for a window that begins and ends well, less by each flaw."""
    liveliness: Floats
    """Share of the window in which something goes on."""
    energy: Energy | None = None
    """What the signal of that name is made of."""
    relevance: Floats | None = None
    """How well each window answers what was asked for, 0…1; None when nothing was."""

    @property
    def total(self) -> Floats:
        """Weighted mean of the signals that are there, as in `ScoreParts.total`."""
        there = {name: values for name, values in self.signals.items() if values is not None}
        if not there:
            return np.zeros(len(self.completeness))
        weights = [WEIGHTS[name] for name in there]
        mean: Floats = np.average(list(there.values()), axis=0, weights=weights)
        return mean

    @property
    def final(self) -> Floats:
        """Total times completeness: the score of a candidate, 0…1.

        Where something was asked for, its relevance is `RELEVANCE_SHARE` of the total.
        """
        if self.relevance is None:
            return self.total * self.completeness
        asked = RELEVANCE_SHARE * self.relevance + (1 - RELEVANCE_SHARE) * self.total
        return asked * self.completeness

    def parts(self, index: int) -> ScoreParts:
        """The signals of one window, to four digits."""
        return ScoreParts(
            **{
                name: None if values is None else round(float(values[index]), 4)
                for name, values in self.signals.items()
            }
        )


def completeness(windows: Windows) -> Floats:
    """1 less the penalties of beginning and end (`PENALTIES`)."""
    left: Floats = 1 - PENALTIES[windows.opening] - PENALTIES[windows.ending]
    return left
