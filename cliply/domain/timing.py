"""Spans of source time, in integer milliseconds.

Time zero of a source is the start of its container's timeline: the time at which a
player begins. A stream that starts later keeps its offset.
"""

import re
from typing import Self

from pydantic import NonNegativeInt, PositiveInt, model_validator

from cliply.domain.value import small_value


@small_value
class TimeRange:
    """A half-open span of source time: `start_ms` is in it, `end_ms` is not."""

    start_ms: NonNegativeInt
    end_ms: PositiveInt

    @model_validator(mode="after")
    def _check_order(self) -> Self:
        if self.end_ms <= self.start_ms:
            raise ValueError("end_ms must come after start_ms")
        return self

    @property
    def duration_ms(self) -> int:
        return self.end_ms - self.start_ms

    def overlaps(self, other: "TimeRange") -> bool:
        return self.start_ms < other.end_ms and other.start_ms < self.end_ms

    def contains(self, time_ms: int) -> bool:
        return self.start_ms <= time_ms < self.end_ms

    def overlap_ms(self, other: "TimeRange") -> int:
        """Milliseconds that both spans share; 0 when they do not touch."""
        return max(0, min(self.end_ms, other.end_ms) - max(self.start_ms, other.start_ms))


def clock(time_ms: int, *, tenths: bool = False) -> str:
    """Time for a person: `1:23`, from an hour on `1:02:03`; with `tenths` `1:23.4`."""
    minutes, seconds = divmod(time_ms // 1000, 60)
    hours, minutes = divmod(minutes, 60)
    text = f"{hours}:{minutes:02d}:{seconds:02d}" if hours else f"{minutes}:{seconds:02d}"
    return f"{text}.{time_ms // 100 % 10}" if tenths else text


def parse_clock(text: str) -> int:
    """Milliseconds of a time as a person writes it: `83`, `1:23`, `1:02:03.5`.

    Raises ValueError for anything else.
    """
    found = re.fullmatch(r"(?:(?:(\d+):)?([0-5]?\d):)?(\d{1,6}(?:\.\d{1,3})?)", text.strip())
    if found is None or (found[2] and float(found[3]) >= 60):
        raise ValueError(f"{text!r} is no time; write it as 83, 1:23 or 1:02:03.5")
    hours, minutes, seconds = found.groups()
    return round(1000 * (int(hours or 0) * 3600 + int(minutes or 0) * 60 + float(seconds)))
