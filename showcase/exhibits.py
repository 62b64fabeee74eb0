"""What a sheet shows: edits of composed footage, and the moments of the clips to look at."""

from dataclasses import dataclass
from enum import StrEnum

from cliply.domain.captions import CaptionSettings, CaptionStyle
from cliply.domain.editing import Edit
from cliply.domain.export import ExportSettings, Quality

PREVIEW = ExportSettings(quality=Quality.preview, poster_ms=0)
"""A given poster costs no search for the best one."""

UNCAPTIONED = CaptionSettings(style=CaptionStyle.none)


class Subject(StrEnum):
    """What composed footage shows."""

    talk = "talk"
    """Two people, each alone in a shot of 3 s."""
    pair = "pair"
    three = "three"
    screen = "screen"
    game = "game"
    green = "green"
    voice = "voice"
    """No picture."""


SHOT_MS = 3000
"""Length of a shot."""


class Prop(StrEnum):
    """Files that edits name."""

    logo = "logo"
    hills = "hills"
    """A video of 2 s."""
    office = "office"
    """A picture."""


@dataclass(frozen=True)
class Exhibit:
    """One clip and the moments of it that are shown."""

    edit: Edit
    subject: Subject = Subject.talk
    start_ms: int = 0
    length_ms: int = 400
    moments_ms: tuple[int, ...] = (200,)
    label: str = ""
    """Under its pictures; the time is added when there are several."""
    title: str = "Say the best thing first"
    draws_safe_area: bool = False
    is_poster: bool = False
    """Shows the poster instead of moments."""


@dataclass(frozen=True)
class Row:
    """Exhibits that belong together."""

    label: str
    exhibits: tuple[Exhibit, ...]


@dataclass(frozen=True)
class Plan:
    """A sheet before anything is rendered."""

    name: str
    """Of its file, without `.jpg`."""
    heading: str
    rows: tuple[Row, ...]
    cell_px: int = 300
    """Height of its pictures."""
    width_px: int = 1400

    @property
    def exhibits(self) -> tuple[Exhibit, ...]:
        return tuple(exhibit for row in self.rows for exhibit in row.exhibits)
