"""How long work tells that it is alive, and is told to stop."""

from collections.abc import Callable

OnProgress = Callable[[float], None]
"""Called with the finished fraction (0…1) at least twice a second while work goes on.

It may raise `Cancelled` (or be interrupted); the work then stops its child processes,
removes what it has half written and lets the exception pass.
"""


def unwatched(_fraction: float) -> None:
    """Progress that nobody looks at."""


def part_of(on_progress: OnProgress, start: float, end: float) -> OnProgress:
    """Progress of one phase as a part of the whole: 0…1 becomes `start`…`end`."""

    def report(fraction: float) -> None:
        on_progress(start + (end - start) * fraction)

    return report
