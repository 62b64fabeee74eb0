"""What to tell when nothing qualifies (SEL-7)."""

from collections.abc import Sequence

import numpy as np

from cliply.domain.candidates import NearMiss
from cliply.domain.jobs import ClipDuration
from cliply.domain.timing import TimeRange, clock
from cliply.selection.scoring import Scores
from cliply.selection.series import Floats
from cliply.selection.windows import Windows

SHOWN = 3
"""Nearest misses that are shown, apart from each other."""
LOOKED_AT = 2_000
"""Misses among which those are looked for, nearest first."""


def explain_stillness(duration_ms: int) -> str:
    """One sentence for the tenant: what is missing, and what to do about it."""
    return (
        f"Nothing is said, nothing can be heard and hardly anything moves for long enough in "
        f"these {clock(duration_ms)}; choose a source with speech, sound or movement."
    )


def explain_emptiness(lengths: ClipDuration) -> str:
    """The same for a source in which no stretch has the right length."""
    return (
        f"No stretch of {lengths.min:g} to {lengths.max:g} s begins and ends at a pause; "
        f"allow a wider range of clip lengths."
    )


def too_still(windows: Windows, scores: Scores) -> tuple[NearMiss, ...]:
    """The liveliest of windows in which too little goes on."""
    order = np.argsort(-scores.liveliness, kind="stable")[:LOOKED_AT]
    reasons = [f"Nothing goes on in {1 - share:.0%} of it." for share in scores.liveliness[order]]
    return _apart(windows.take(order), scores.final[order], reasons)


def off_subject(windows: Windows, scores: Scores) -> tuple[NearMiss, ...]:
    """The best of windows that are about something else."""
    order = np.argsort(-scores.final, kind="stable")[:LOOKED_AT]
    reasons = ["Among the best of this source, but about something else."] * len(order)
    return _apart(windows.take(order), scores.final[order], reasons)


def wrong_length(windows: Windows, scores: Scores, lengths: ClipDuration) -> tuple[NearMiss, ...]:
    """Windows between pauses whose length misses the allowed ones, in the order given."""
    reasons = [
        f"It lasts {seconds:.1f} s, {lengths.min - seconds:.1f} s too short."
        if seconds < lengths.min
        else f"It lasts {seconds:.1f} s, {seconds - lengths.max:.1f} s too long."
        for seconds in windows.duration_ms / 1000
    ]
    return _apart(windows, scores.final, reasons)


def _apart(windows: Windows, final: Floats, reasons: Sequence[str]) -> tuple[NearMiss, ...]:
    """The first `SHOWN` windows that do not overlap an earlier one."""
    shown: list[NearMiss] = []
    for start, end, score, why in zip(
        windows.start_ms, windows.end_ms, final, reasons, strict=True
    ):
        span = TimeRange(start_ms=int(start), end_ms=int(end))
        if len(shown) < SHOWN and not any(span.overlaps(other.span) for other in shown):
            shown.append(NearMiss(span=span, score=round(float(score), 4), why_not=why))
    return tuple(shown)
