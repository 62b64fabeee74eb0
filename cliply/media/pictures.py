"""Pictures for people: a contact sheet of the shots of a source."""

from collections.abc import Sequence

import cv2
import numpy as np

from cliply.domain.timing import clock
from cliply.media.frames import Picture

COLUMNS = 5
GAP_PX = 6
LABEL_PX = 20
BACKGROUND = (24, 24, 24)
TEXT_COLOUR = (235, 235, 235)
JPEG_QUALITY = 85


def contact_sheet(thumbnails: Sequence[tuple[int, Picture]], columns: int = COLUMNS) -> bytes:
    """A JPEG of all thumbnails (time_ms, RGB, all of one size) in rows, times under them.

    Empty bytes for no thumbnails.
    """
    if not thumbnails:
        return b""
    height, width = thumbnails[0][1].shape[:2]
    columns = min(columns, len(thumbnails))
    rows = -(-len(thumbnails) // columns)
    cell = (width + GAP_PX, height + LABEL_PX + GAP_PX)
    sheet = np.full((rows * cell[1] + GAP_PX, columns * cell[0] + GAP_PX, 3), BACKGROUND, np.uint8)
    for index, (time_ms, picture) in enumerate(thumbnails):
        row, column = divmod(index, columns)
        left, top = GAP_PX + column * cell[0], GAP_PX + row * cell[1]
        sheet[top : top + height, left : left + width] = picture
        _write(sheet, clock(time_ms, tenths=True), (left + 2, top + height + LABEL_PX - 5))
    return jpeg(sheet)


def jpeg(picture: Picture) -> bytes:
    """An RGB picture [height, width, 3] as JPEG."""
    bgr = cv2.cvtColor(picture, cv2.COLOR_RGB2BGR)
    _, encoded = cv2.imencode(".jpg", bgr, [cv2.IMWRITE_JPEG_QUALITY, JPEG_QUALITY])
    return bytes(encoded)


def smaller(picture: bytes, width_px: int) -> bytes:
    """A JPEG at another width, for showing it inline."""
    full = cv2.imdecode(np.frombuffer(picture, np.uint8), cv2.IMREAD_COLOR)
    assert full is not None, "we wrote this picture ourselves"
    height_px = round(full.shape[0] * width_px / full.shape[1])
    small = cv2.resize(full, (width_px, height_px), interpolation=cv2.INTER_AREA)
    _, encoded = cv2.imencode(".jpg", small, [cv2.IMWRITE_JPEG_QUALITY, JPEG_QUALITY])
    return bytes(encoded)


def _write(sheet: Picture, text: str, at: tuple[int, int]) -> None:
    cv2.putText(sheet, text, at, cv2.FONT_HERSHEY_SIMPLEX, 0.45, TEXT_COLOUR, 1, cv2.LINE_AA)
