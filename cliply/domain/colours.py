"""Colours as a person writes them."""

from typing import Annotated

from pydantic import AfterValidator, StringConstraints

Colour = Annotated[str, StringConstraints(pattern=r"^#[0-9A-Fa-f]{6}$"), AfterValidator(str.upper)]
"""Red, green and blue as `#RRGGBB`."""
