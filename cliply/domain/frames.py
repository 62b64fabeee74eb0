"""How the pictures of a source are looked at, and the series that come of it."""

from enum import StrEnum

from cliply.domain.scenes import CutRule
from cliply.domain.value import Value

LOOK_MS = 500
"""Length of one row of the series of looks."""


class ScanMode(StrEnum):
    """How thoroughly the pictures are decoded."""

    exact = "exact"
    """Every frame."""
    fast = "fast"
    """Without frames that no other depends on; doubtful cuts are looked at again in full."""


class ScanSettings(Value):
    """What decides the result of a scan, besides the source and the face detector."""

    mode: ScanMode = ScanMode.exact
    cuts: CutRule = CutRule.content
    """Content by default: on the real samples it finds all four cuts and nothing else, where
    adaptive adds two false ones at fades. On composed old film (grain, flicker) adaptive
    finds 49 of 75 cuts with 23 false, content 23 with 36; in the dark content finds 18 of
    19, adaptive 5."""


LOOK_COLUMNS = ("time_ms", "motion", "still", "screen")
"""Columns of the series of looks, one row for each `LOOK_MS` in which a frame is shown.

`time_ms` Int64, start of the row; `motion` Float32, mean difference of neighbouring frames
in HSV levels; `still` Float32, share of it in which nothing moves; `screen` Float32, 0…1, how
much the picture looks like slides, code or a desktop.
"""
