"""Posters with and without a title."""

from cliply.domain.editing import Edit
from cliply.domain.export import ExportSettings, Quality
from cliply.domain.framing import AspectRatio, ReframeSettings
from showcase.exhibits import UNCAPTIONED, Exhibit, Plan, Row, Subject

TITLES = {
    "long": "Why the first three seconds decide whether anybody watches the rest",
    "right to left": "لماذا تقرر الثواني الثلاث الأولى كل شيء",
    "Devanagari": "पहले तीन सेकंड क्यों सब कुछ तय करते हैं",
}


def plan() -> Plan:
    return Plan(
        name="posters",
        heading="Posters",
        rows=(
            Row("chosen frame", tuple(_exhibit(aspect, titled=False) for aspect in AspectRatio)),
            Row("with the title", tuple(_exhibit(aspect, titled=True) for aspect in AspectRatio)),
            Row("other titles", tuple(_titled(name, title) for name, title in TITLES.items())),
            Row("two faces", (_exhibit(AspectRatio.square, titled=True, subject=Subject.pair),)),
        ),
        cell_px=330,
        width_px=1440,
    )


def _exhibit(aspect: AspectRatio, *, titled: bool, subject: Subject = Subject.talk) -> Exhibit:
    return Exhibit(
        _edit(aspect, titled), subject, length_ms=1500, label=aspect.value, is_poster=True
    )


def _titled(name: str, title: str) -> Exhibit:
    edit = _edit(AspectRatio.portrait, titled=True)
    return Exhibit(edit, length_ms=1500, label=name, title=title, is_poster=True)


def _edit(aspect: AspectRatio, titled: bool) -> Edit:
    return Edit(
        reframe=ReframeSettings(aspect_ratio=aspect),
        captions=UNCAPTIONED,
        export=ExportSettings(quality=Quality.preview, poster_title=titled),
    )
