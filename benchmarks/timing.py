"""Time two works in alternation and compare medians."""

import os
import resource
import statistics
import time
from collections.abc import Callable, Sequence
from dataclasses import asdict, dataclass
from pathlib import Path


@dataclass(frozen=True)
class Row:
    """One line of the table."""

    name: str
    ours: float
    limit: float
    unit: str
    against: str
    runs: int
    target: float | None = None
    """The ratio that is asked for."""

    @property
    def ratio(self) -> float:
        return self.ours / self.limit

    def as_json(self) -> dict[str, object]:
        return asdict(self) | {"ratio": round(self.ratio, 3)}


@dataclass(frozen=True)
class Cost:
    """What one run of a work took."""

    wall_s: float
    cpu_s: float


def cost_of(work: Callable[[], object]) -> Cost:
    """Wall and CPU seconds of a call, with those of the children it waited for."""
    wall, cpu = time.perf_counter(), _cpu_s()
    work()
    return Cost(time.perf_counter() - wall, _cpu_s() - cpu)


def alternate(
    ours: Callable[[], object], limit: Callable[[], object], runs: int
) -> tuple[list[Cost], list[Cost]]:
    """Run both `runs` times in turn, so that a drifting machine drifts for both."""
    pairs = [(cost_of(ours), cost_of(limit)) for _ in range(runs)]
    return [pair[0] for pair in pairs], [pair[1] for pair in pairs]


def rows(
    name: str,
    ours: Sequence[Cost],
    limit: Sequence[Cost],
    *,
    against: str,
    target: float | None = None,
) -> list[Row]:
    """Medians of wall and CPU seconds; the target is for wall time."""
    return [
        Row(
            f"{name}, {kind}",
            _median(ours, key),
            _median(limit, key),
            "s",
            against,
            len(ours),
            goal,
        )
        for kind, key, goal in (("wall", "wall_s", target), ("cpu", "cpu_s", None))
    ]


def table(measured: Sequence[Row]) -> str:
    """The rows as aligned text."""
    head = f"{'name':<46}{'ours':>10}{'limit':>10}{'ratio':>8}{'asked':>8}{'runs':>6}  against"
    lines = [
        f"{row.name:<46}{row.ours:>8.2f} {row.unit:<1}{row.limit:>8.2f} {row.unit:<1}"
        f"{row.ratio:>8.2f}{'' if row.target is None else f'{row.target:.2f}':>8}"
        f"{row.runs:>6}  {row.against}"
        for row in measured
    ]
    return "\n".join([head, "-" * len(head), *lines])


def peak_mb() -> float:
    """Largest resident size of this process so far, MiB.

    Not `ru_maxrss`: a process takes that over from the one that started it.
    """
    return _status_mb("VmHWM")


def shared_mb() -> float:
    """How much of the resident size is files: the code of libraries, which processes share."""
    return _status_mb("RssFile")


def load_average() -> float:
    """How busy the machine was while measuring."""
    return os.getloadavg()[0]


def _status_mb(name: str) -> float:
    status = Path("/proc/self/status").read_text()
    return int(status.partition(f"{name}:")[2].split()[0]) / 1024


def _median(costs: Sequence[Cost], key: str) -> float:
    return float(statistics.median(getattr(cost, key) for cost in costs))


def _cpu_s() -> float:
    used = (resource.getrusage(who) for who in (resource.RUSAGE_SELF, resource.RUSAGE_CHILDREN))
    return sum(usage.ru_utime + usage.ru_stime for usage in used)
