"""Every caption style at four moments of one cue."""

from cliply.domain.captions import CaptionSettings, CaptionStyle
from cliply.domain.editing import Edit
from showcase.exhibits import PREVIEW, Exhibit, Plan, Row

MOMENTS_MS = (150, 450, 900, 1450)


def plan() -> Plan:
    styles = [style for style in CaptionStyle if style is not CaptionStyle.none]
    return Plan(
        name="captions-styles",
        heading="Caption styles",
        rows=tuple(Row(style.value, (_exhibit(style),)) for style in styles),
        cell_px=300,
        width_px=1480,
    )


def _exhibit(style: CaptionStyle) -> Exhibit:
    edit = Edit(captions=CaptionSettings(style=style), export=PREVIEW)
    return Exhibit(edit, length_ms=1900, moments_ms=MOMENTS_MS)
