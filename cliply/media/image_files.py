"""Uploaded pictures: whether they are what they should be, and how large they are."""

from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import NamedTuple

from PIL import ExifTags, Image, UnidentifiedImageError

from cliply.errors import ErrorCode, InvalidInput

FORMATS = {"PNG": "png", "JPEG": "jpeg", "MPO": "jpeg", "WEBP": "webp"}
"""What Pillow calls them, and we. Phones add a depth map to a JPEG, which makes it an MPO."""

LYING = (5, 6, 7, 8)
"""Exif orientations that a viewer turns by a quarter (Exif 2.32, tag 0x0112)."""

HEAD_BYTES = 4096


class FoundImage(NamedTuple):
    """A picture as a viewer shows it."""

    container: str
    width_px: int
    height_px: int
    has_alpha: bool


def describe_image(path: Path, max_side_px: int) -> FoundImage:
    """A PNG, JPEG or WebP that decodes to its last row; raises InvalidInput."""
    with _faults(path, max_side_px), Image.open(path, formats=("PNG", "JPEG", "WEBP")) as image:
        if max(image.size) > max_side_px:
            raise _too_large(path, max_side_px)
        if image.format != "MPO" and getattr(image, "is_animated", False):
            raise InvalidInput(
                ErrorCode.attachment_unsupported,
                f"{path.name} is an animated picture: give a still one, or a video.",
            )
        if image.mode == "CMYK":
            raise InvalidInput(
                ErrorCode.attachment_unsupported,
                f"{path.name} has the colours of print (CMYK): save it as RGB.",
            )
        image.load()
        return _found(image)


def _found(image: Image.Image) -> FoundImage:
    width, height = image.size
    if image.getexif().get(ExifTags.Base.Orientation) in LYING:
        width, height = height, width
    return FoundImage(FORMATS[image.format or ""], width, height, image.has_transparency_data)


@contextmanager
def _faults(path: Path, max_side_px: int) -> Iterator[None]:
    """Says in our words why Pillow can not read a file.

    Of pictures above 89 million pixels it warns by what the header says, before anything is
    decoded, and above 179 it refuses. Both are longer than 8192 on a side.
    """
    try:
        yield
    except (Image.DecompressionBombError, Image.DecompressionBombWarning):
        raise _too_large(path, max_side_px) from None
    except UnidentifiedImageError:
        raise _not_an_image(path) from None
    except (OSError, SyntaxError, ValueError, EOFError) as error:
        raise InvalidInput(
            ErrorCode.attachment_damaged,
            f"{path.name} is damaged or cut short, it can not be decoded: export it again.",
        ) from error


def _too_large(path: Path, max_side_px: int) -> InvalidInput:
    return InvalidInput(
        ErrorCode.attachment_too_large,
        f"{path.name} has sides longer than {max_side_px} pixels: export it smaller.",
    )


def _not_an_image(path: Path) -> InvalidInput:
    with path.open("rb") as file:
        head = file.read(HEAD_BYTES).lower()
    if b"<svg" in head:
        return InvalidInput(
            ErrorCode.attachment_not_image,
            f"{path.name} is an SVG, which may load and run other things: export it as PNG.",
        )
    return InvalidInput(
        ErrorCode.attachment_not_image,
        f"{path.name} is not a picture that Cliply reads: give a PNG, JPEG or WebP.",
    )
