"""What has to be measured in a source before a green screen can be keyed."""

from pathlib import Path

from cliply.domain.colours import Colour
from cliply.domain.editing import Edit
from cliply.domain.effects import Keying
from cliply.domain.media import SourceMedia
from cliply.domain.timing import TimeRange
from cliply.media.effects.backdrop import backdrop_colour

LOOKS = (1, 3, 5)
"""Sixths of the clip at which the backdrop is looked at, until one shows it."""


def backdrop_of(edit: Edit, path: Path, source: SourceMedia, moment: TimeRange) -> Colour | None:
    """The colour behind the person, where an edit keys it without naming it; else None.

    Raises InvalidInput when the picture's edges have no one strong colour.
    """
    key = edit.green_screen
    if key is None or key.keying is not Keying.chroma or key.colour or source.video is None:
        return None
    times = [moment.start_ms + moment.duration_ms * look // 6 for look in LOOKS]
    return backdrop_colour(path, source.video, times)
