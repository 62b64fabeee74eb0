"""Every layout in every shape."""

from cliply.domain.editing import Edit
from cliply.domain.framing import AspectRatio, Layout, ReframeSettings
from showcase.exhibits import PREVIEW, Exhibit, Plan, Row, Subject

SEEN = {
    Layout.single: Subject.talk,
    Layout.split: Subject.pair,
    Layout.three: Subject.three,
    Layout.screen_face: Subject.screen,
    Layout.gameplay_facecam: Subject.game,
    Layout.fit: Subject.pair,
    Layout.waveform: Subject.voice,
}
"""What suits each layout."""

MOMENT_MS = 1500


def plan() -> Plan:
    return Plan(
        name="layouts",
        heading="Layouts",
        rows=tuple(
            Row(layout.value, tuple(_exhibit(layout, aspect) for aspect in AspectRatio))
            for layout in Layout
        ),
        cell_px=280,
        width_px=1230,
    )


def _exhibit(layout: Layout, aspect: AspectRatio) -> Exhibit:
    edit = Edit(reframe=ReframeSettings(aspect_ratio=aspect, layout=layout), export=PREVIEW)
    return Exhibit(edit, SEEN[layout], length_ms=1900, moments_ms=(MOMENT_MS,), label=aspect.value)
