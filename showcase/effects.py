"""Every effect and every drawn part of a brand kit at telling moments."""

from cliply.domain.brand import BrandKit
from cliply.domain.editing import Edit
from cliply.domain.effects import (
    BRoll,
    BRollSpan,
    Corner,
    Effect,
    GreenScreen,
    HookTitle,
    Logo,
    LowerThird,
    MagicZoom,
    ProgressBar,
    ZoomAt,
    ZoomStyle,
)
from cliply.domain.timing import TimeRange
from showcase.exhibits import PREVIEW, UNCAPTIONED, Exhibit, Plan, Prop, Row, Subject


def plan() -> Plan:
    return Plan(
        name="effects",
        heading="Effects and brand",
        rows=(
            *(Row(f"zoom, {style.value}", (_zoom(style),)) for style in ZoomStyle),
            Row("hook title", (_hook_title(),)),
            Row("progress bar", (_progress_bar(),)),
            Row("lower third", (_lower_third(),)),
            Row("logo", tuple(map(_logo, Corner))),
            Row("B-roll with crossfades", (_b_roll(),)),
            Row("green screen", _green_screens()),
        ),
        cell_px=300,
        width_px=1530,
    )


def _edit(*effects: Effect, **nodes: object) -> Edit:
    return Edit(**{"effects": effects, "captions": UNCAPTIONED, "export": PREVIEW, **nodes})


def _zoom(style: ZoomStyle) -> Exhibit:
    at = ZoomAt(span=TimeRange(start_ms=300, end_ms=1700), style=style)
    zoom = MagicZoom(strength=1.5, at=(at,))
    return Exhibit(_edit(zoom), length_ms=2000, moments_ms=(200, 450, 600, 1600))


def _hook_title() -> Exhibit:
    edit = Edit(effects=(HookTitle(text="Why half of your viewers leave"),), export=PREVIEW)
    return Exhibit(edit, length_ms=3400, moments_ms=(100, 1000, 3200), start_ms=0)


def _progress_bar() -> Exhibit:
    bar = ProgressBar(height=0.012)
    return Exhibit(_edit(bar), length_ms=2000, moments_ms=(0, 1000, 2400))


def _lower_third() -> Exhibit:
    name = LowerThird(title="Mara Lind", subtitle="Film editor", start_ms=300, duration_ms=1600)
    edit = Edit(brand=BrandKit(lower_third=name), export=PREVIEW)
    return Exhibit(edit, length_ms=2200, moments_ms=(400, 1100, 1800))


def _logo(corner: Corner) -> Exhibit:
    kit = BrandKit(logo=Logo(attachment=Prop.logo, corner=corner))
    return Exhibit(_edit(brand=kit), label=corner.value.replace("_", " "))


def _b_roll() -> Exhibit:
    span = BRollSpan(span=TimeRange(start_ms=500, end_ms=1700), attachment=Prop.hills)
    return Exhibit(_edit(BRoll(spans=(span,))), length_ms=2200, moments_ms=(400, 650, 1100, 1550))


def _green_screens() -> tuple[Exhibit, ...]:
    backgrounds = {"source": None, "colour": "#7C3AED", "picture": Prop.office, "video": Prop.hills}
    return tuple(
        Exhibit(
            _edit(green_screen=_keyed(background) if background else None),
            Subject.green,
            label=label,
        )
        for label, background in backgrounds.items()
    )


def _keyed(background: str) -> GreenScreen:
    return GreenScreen(colour="#00B140", background=background)
