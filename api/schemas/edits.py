"""Edits as parts of a request and of an answer."""

import math
from typing import Annotated, Any

from pydantic import AfterValidator, BeforeValidator, Field, JsonValue, PlainSerializer

from api.schemas.wishes import all_clean
from cliply.domain.brand import BrandKit
from cliply.domain.editing import Edit
from cliply.domain.written import as_written

MOST_NESTED = 20
"""Levels; an edit has seven."""

LARGEST = 2**31 - 1
"""24 days in milliseconds."""


def bounded(wish: Any) -> Any:
    """The same JSON, with texts and numbers that every part can hold. Raises ValueError."""
    all_clean(wish)
    level = [wish]
    for _ in range(MOST_NESTED):
        parts = [one for part in level for one in _inner(part)]
        if any(_is_beyond(part) for part in level):
            raise ValueError(f"numbers are finite and between -{LARGEST} and {LARGEST}")
        level = parts
    if level:
        raise ValueError(f"at most {MOST_NESTED} levels are taken")
    return wish


def _inner(part: Any) -> list[Any]:
    if isinstance(part, dict):
        return list(part.values())
    return part if isinstance(part, list) else []


def _is_beyond(part: Any) -> bool:
    is_number = isinstance(part, int | float) and not isinstance(part, bool)
    return is_number and not (math.isfinite(part) and abs(part) <= LARGEST)


EditWish = Annotated[Edit, BeforeValidator(bounded)]
"""A whole edit; what it does not name is as usual."""

KitWish = Annotated[BrandKit, BeforeValidator(bounded)]

WrittenEdit = Annotated[Edit, PlainSerializer(as_written, return_type=dict[str, Any])]
"""As it was given: only named fields, so that giving it back changes nothing."""

WrittenKit = Annotated[BrandKit, PlainSerializer(as_written, return_type=dict[str, Any])]

FieldPath = Annotated[
    str, Field(pattern=r"^[a-z0-9_]{1,60}(\.[a-z0-9_]{1,60}){0,9}$", max_length=200)
]
"""Where something is in an edit: `captions.accent_colour`, `effects.progress_bar.colour`."""

FieldValue = Annotated[JsonValue, AfterValidator(bounded)]
