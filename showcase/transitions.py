"""Every transition from its beginning to its end."""

from cliply.domain.editing import CutSettings, Edit, TransitionSettings
from cliply.domain.timeline import TransitionKind
from cliply.domain.timing import TimeRange
from showcase.exhibits import PREVIEW, UNCAPTIONED, Exhibit, Plan, Row

LENGTH_MS = 600

SPANS = (TimeRange(start_ms=950, end_ms=2110), TimeRange(start_ms=4140, end_ms=5300))
"""Between words of one speaker and of the other."""

MOMENTS_MS = (800, 950, 1170, 1350, 1500)
"""The transition lasts from 0.87 s to 1.47 s."""


def plan() -> Plan:
    return Plan(
        name="transitions",
        heading="Transitions of 0.6 s",
        rows=tuple(Row(kind.value, (_exhibit(kind),)) for kind in TransitionKind),
        cell_px=300,
        width_px=1850,
    )


def _exhibit(kind: TransitionKind) -> Exhibit:
    settings = TransitionSettings(kind=kind, duration_ms=LENGTH_MS)
    cut = CutSettings(keep=SPANS, transition=settings)
    edit = Edit(base_cut=cut, captions=UNCAPTIONED, export=PREVIEW)
    return Exhibit(edit, moments_ms=MOMENTS_MS)
