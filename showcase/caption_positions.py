"""Where captions stand in each shape, with the safe area drawn."""

from cliply.domain.captions import CaptionPosition, CaptionSettings
from cliply.domain.editing import Edit
from cliply.domain.export import Platform
from cliply.domain.framing import AspectRatio, ReframeSettings
from showcase.exhibits import PREVIEW, Exhibit, Plan, Row

MOMENT_MS = 900


def plan() -> Plan:
    return Plan(
        name="captions-positions",
        heading="Caption positions; the line is the edge of the safe area",
        rows=(
            *(_row(position) for position in CaptionPosition),
            Row("9:16 for one platform", tuple(map(_on_platform, Platform))),
        ),
        cell_px=330,
        width_px=1440,
    )


def _row(position: CaptionPosition) -> Row:
    return Row(position.value, tuple(_exhibit(position, aspect) for aspect in AspectRatio))


def _exhibit(position: CaptionPosition, aspect: AspectRatio) -> Exhibit:
    edit = Edit(
        reframe=ReframeSettings(aspect_ratio=aspect),
        captions=CaptionSettings(position=position),
        export=PREVIEW,
    )
    return _framed(edit, aspect.value)


def _on_platform(platform: Platform) -> Exhibit:
    export = PREVIEW.model_copy(update={"platform": platform})
    return _framed(Edit(export=export), platform.value)


def _framed(edit: Edit, label: str) -> Exhibit:
    return Exhibit(edit, length_ms=1200, moments_ms=(MOMENT_MS,), label=label, draws_safe_area=True)
