"""What was killed when, and how long its job took to come to its end."""

from dataclasses import dataclass


@dataclass(frozen=True)
class Trial:
    """One kill."""

    killed: str
    moment: str
    found: str
    """What was going on when the signal was sent."""
    recovered_s: float


TRIALS: list[Trial] = []


def lines() -> list[str]:
    """The table, a line for each kill."""
    wide = max((len(trial.killed) for trial in TRIALS), default=0)
    return [
        f"{trial.killed:{wide}}  {trial.moment:9}  {trial.recovered_s:6.1f} s  {trial.found}"
        for trial in TRIALS
    ]
