"""What was killed when, and how long its job took to come to its end."""

from collections.abc import Callable, Iterable
from dataclasses import astuple, dataclass
from typing import Any

NAME = "trial"
Record = Callable[[str, object], None]


@dataclass(frozen=True)
class Trial:
    """One kill."""

    place: str
    killed: str
    moment: str
    recovered_s: float
    found: str
    """What was going on when the signal was sent."""

    def tell(self, record: Record) -> None:
        """Hand it to the process that prints the table."""
        record(NAME, astuple(self))


def lines(reports: Iterable[Any]) -> list[str]:
    """The table, a line for each kill."""
    trials = [
        Trial(*value)
        for report in reports
        for name, value in getattr(report, "user_properties", ())
        if name == NAME
    ]
    places, killed = (
        max((len(word) for word in words), default=0)
        for words in ([one.place for one in trials], [one.killed for one in trials])
    )
    return [
        f"{one.place:{places}}  {one.killed:{killed}}  {one.moment:9}  {one.recovered_s:6.1f} s"
        f"  {one.found}"
        for one in sorted(trials, key=lambda one: (one.place, one.killed))
    ]
