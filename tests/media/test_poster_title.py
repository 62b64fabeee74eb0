"""Titles on posters: readable, in the safe area, off the faces, in every packaged script."""

import numpy as np
import pytest
from PIL import Image

from cliply.domain.faces import Box
from cliply.media.poster_title import missing_letters, write_title

TITLES = {
    "latin": "Why do bees never get lost?",
    "cyrillic": "Почему пчёлы никогда не теряются",
    "arabic": "لماذا لا يضيع النحل أبدا",
    "hebrew": "למה דבורים לעולם לא הולכות לאיבוד",
    "devanagari": "मधुमक्खियाँ कभी रास्ता क्यों नहीं भूलतीं",
    "thai": "ทำไมผึ้งถึงไม่เคยหลงทางเลยแม้แต่ครั้งเดียวในชีวิตของมัน",
    "long": "word " * 60,
    "one word": "Donaudampfschifffahrtsgesellschaftskapitän" * 3,
}
SIZES = [(540, 960), (540, 540), (540, 676), (960, 540)]
GREY = 128


def titled(title: str, size: tuple[int, int] = (540, 960), *faces: Box) -> np.ndarray:
    blank = Image.new("RGB", size, (GREY, GREY, GREY))
    return np.asarray(write_title(blank, title, faces)).astype(int)


def drawn(picture: np.ndarray) -> tuple[int, int, int, int]:
    """Left, top, right and bottom of what was drawn."""
    changed = np.abs(picture - GREY).max(axis=2) > 8
    rows, columns = np.flatnonzero(changed.any(axis=1)), np.flatnonzero(changed.any(axis=0))
    return columns[0], rows[0], columns[-1] + 1, rows[-1] + 1


@pytest.mark.parametrize("size", SIZES)
@pytest.mark.parametrize("title", TITLES.values(), ids=TITLES.keys())
def test_a_title_lies_in_the_safe_area(title: str, size: tuple[int, int]) -> None:
    left, top, right, bottom = drawn(titled(title, size))
    width, height = size
    assert left >= 0.04 * width
    assert right <= 0.96 * width
    assert top >= 0.12 * height
    assert bottom <= (0.78 if height > 1.5 * width else 0.93) * height


@pytest.mark.parametrize("title", TITLES.values(), ids=TITLES.keys())
def test_a_title_is_white_on_its_box_in_every_script(title: str) -> None:
    picture = titled(title)
    left, top, right, bottom = drawn(picture)
    inside = picture[top:bottom, left:right]
    assert (inside.min(axis=2) > 240).mean() > 0.03
    assert (inside.max(axis=2) < 70).mean() > 0.3
    assert missing_letters(title) == ""


def test_no_text_touches_the_edge_of_its_box() -> None:
    for title in TITLES.values():
        picture = titled(title)
        left, top, right, bottom = drawn(picture)
        white = picture.min(axis=2) > 200
        assert not white[top : top + 3].any()
        assert not white[bottom - 3 : bottom].any()
        assert not white[:, left : left + 3].any()
        assert not white[:, right - 3 : right].any()


def test_a_title_keeps_off_faces() -> None:
    low = Box(x=0.3, y=0.5, width=0.4, height=0.3)
    high = Box(x=0.3, y=0.1, width=0.4, height=0.3)
    assert drawn(titled("Bees", (540, 960), low))[3] < 0.5 * 960
    assert drawn(titled("Bees", (540, 960), high))[1] > 0.4 * 960


def test_a_face_that_fills_the_frame_keeps_its_eyes() -> None:
    face = Box(x=0.1, y=0.2, width=0.8, height=0.8)
    top = drawn(titled("How the bees find home again every day", (540, 540), face))[1]
    assert top > (0.2 + 0.4 * 0.8) * 540


def test_a_long_title_is_set_smaller() -> None:
    def letter_height(title: str) -> int:
        white = (titled(title).min(axis=2) > 240).any(axis=1)
        rows = np.flatnonzero(white)
        breaks = np.flatnonzero(np.diff(rows) > 1)
        return int(breaks[0]) if len(breaks) else len(rows)

    assert letter_height("AAA " * 30) < 0.9 * letter_height("AAA")


def test_a_title_too_long_ends_in_an_ellipsis() -> None:
    cut, whole = titled("word " * 60), titled("word " * 12)
    assert drawn(cut)[3] - drawn(cut)[1] < 0.36 * 960
    assert not np.array_equal(cut, whole)


def test_letters_that_no_font_has_are_left_out_and_told() -> None:
    assert missing_letters("Wow 😀 ok") == "😀"
    assert np.array_equal(titled("Wow 😀 ok"), titled("Wow ok"))
    assert (titled("😀") == GREY).all()


@pytest.mark.parametrize("title", ["蜜蜂如何投票", "ミツバチの投票", "벌들의 투표"])
def test_chinese_japanese_and_korean_titles_are_drawn_whole(title: str) -> None:
    assert missing_letters(title) == ""
    assert (titled(title) != GREY).any()


def test_arabic_letters_join() -> None:
    """Zero width non-joiners keep them apart, which takes more room."""
    joined, apart = titled("ببببب"), titled("\u200c".join("ببببب"))
    assert drawn(joined)[2] - drawn(joined)[0] < 0.8 * (drawn(apart)[2] - drawn(apart)[0])


def test_all_lines_of_a_right_to_left_title_run_that_way() -> None:
    """A line with Latin letters alone has its question mark on the left then."""
    wrapped, alone = titled("لماذا لا يضيع النحل iPhone 2026؟"), titled("\u200fiPhone 2026؟")
    line = white_part(alone)
    rows = np.flatnonzero((wrapped.min(axis=2) > 240).any(axis=1))
    lowest = white_part(wrapped[rows[-1] + 1 - line.shape[0] : rows[-1] + 1])
    assert lowest.shape == line.shape
    assert (lowest == line).mean() > 0.95
    assert (lowest == line[:, ::-1]).mean() < 0.8


def white_part(picture: np.ndarray) -> np.ndarray:
    """Where it is white, cut to the edges of that."""
    white = picture.min(axis=2) > 240
    rows, columns = np.flatnonzero(white.any(axis=1)), np.flatnonzero(white.any(axis=0))
    return white[rows[0] : rows[-1] + 1, columns[0] : columns[-1] + 1]
