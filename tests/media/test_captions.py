import re
from itertools import pairwise

import numpy as np
import pysubs2
import pytest

from cliply.domain.captions import (
    CaptionPosition,
    CaptionSeam,
    CaptionSettings,
    CaptionSpec,
    CaptionStyle,
    Cue,
    CueWord,
)
from cliply.domain.effects import PlacedTitle
from cliply.domain.export import Platform
from cliply.domain.framing import AspectRatio
from cliply.domain.timing import TimeRange
from cliply.media.captions import (
    ass_document,
    caption_boxes,
    caption_spec,
    dressed_cues,
    srt_document,
    vtt_document,
)
from cliply.media.fonts import FontShelf, packaged_fonts
from cliply.media.safe_areas import safe_area
from tests.media.caption_frames import SCRIPTS, Screen, captioned, one_cue, spec_of

PREVIEW = (540, 960)
FULL = (1080, 1920)
WIDE = AspectRatio.landscape
STYLES = [style for style in CaptionStyle if style is not CaptionStyle.none]
LONG = "Åncomprehensibilities Kraftfahrzeughaftpflicht gypsy ÅJÇ"


@pytest.fixture(scope="module")
def screen(tmp_path_factory) -> Screen:
    fonts = [face.path for face in packaged_fonts().values()]
    return Screen(tmp_path_factory.mktemp("screen"), fonts)


def ink(picture: np.ndarray) -> tuple[int, int, int, int]:
    """Left, top, right and bottom of what is drawn on black."""
    rows, columns = np.where(picture.max(axis=2) > 60)
    return columns.min(), rows.min(), columns.max() + 1, rows.max() + 1


def yellow(picture: np.ndarray) -> tuple[float, int]:
    """Mean column and number of the pixels in the accent colour."""
    columns = np.where((picture[..., 0] > 170) & (picture[..., 2] < 80))[1]
    return (float(columns.mean()) if len(columns) else 0.0), len(columns)


@pytest.mark.parametrize("text", SCRIPTS.values(), ids=SCRIPTS)
def test_words_take_the_room_that_was_measured_and_every_letter_is_drawn(screen, text):
    cue = one_cue(" ".join(text.split()[:4]))
    settings = CaptionSettings(style=CaptionStyle.karaoke, outline=0)
    picture = screen.draw(captioned([cue], settings), (1080, 1920), 0)[0]
    spec = spec_of(settings, [cue], AspectRatio.portrait, (1080, 1920))
    (_, box), *_ = caption_boxes([cue], spec, (1080, 1920), FontShelf())
    assert np.abs(np.array(ink(picture)) - np.array(box)).max() <= 2
    assert "not found" not in screen.log, "libass had to look for another font"
    assert spec.notes == ()


@pytest.mark.parametrize("position", [CaptionPosition.top, CaptionPosition.bottom])
@pytest.mark.parametrize("style", STYLES)
def test_nothing_leaves_the_safe_area_while_words_move(screen, style, position):
    cue, (width, height) = one_cue(LONG, 1600), PREVIEW
    settings = CaptionSettings(style=style, position=position, size=1.3, outline=2)
    document = captioned([cue], settings, size_px=PREVIEW)
    moments = (80, 110, 480, 510, 880, 910, 1280, 1310)
    pictures = screen.draw(document, PREVIEW, *moments, background="gray")
    changed = np.abs(pictures.astype(int) - pictures[0, 0, 0]).max(axis=0)  # black shadows too
    safe = safe_area(Platform.any, AspectRatio.portrait)
    left, top, right, bottom = ink(changed)
    assert left >= safe.left * width - 1
    assert right <= (1 - safe.right) * width + 1
    assert top >= safe.top * height - 1
    assert bottom <= (1 - safe.bottom) * height + 1
    assert right - left > 0.5 * width

    spec = spec_of(settings, [cue], AspectRatio.portrait, PREVIEW)
    (_, box), *_ = caption_boxes([cue], spec, PREVIEW, FontShelf())
    assert box.left - 1 <= left
    assert right <= box.right + 1
    assert box.top - 1 <= top
    assert bottom <= box.bottom + 1


@pytest.mark.parametrize("aspect", list(AspectRatio))
@pytest.mark.parametrize("text", ["i", "WWWWWWWWWWWWWW MMMMMMMMMMMMMM WWWWW", LONG * 3, "ليس في"])
def test_boxes_of_captions_lie_in_the_safe_area_of_every_platform(aspect, text):
    width, height = aspect.size_px
    for platform in Platform:
        settings = CaptionSettings(style=CaptionStyle.pop_in, size=2.0)
        spec = spec_of(settings, [one_cue(text)], aspect, aspect.size_px, platform=platform)
        safe = safe_area(platform, aspect)
        for _, box in caption_boxes([one_cue(text)], spec, aspect.size_px, FontShelf()):
            assert box.left >= safe.left * width - 0.01
            assert box.right <= (1 - safe.right) * width + 0.01
            assert box.top >= safe.top * height - 0.01
            assert box.bottom <= (1 - safe.bottom) * height + 0.01


@pytest.mark.parametrize("style", ["highlight_word", "karaoke", "bounce"])
def test_a_word_stands_still_while_another_moves(screen, style):
    document = captioned([one_cue("moving still")], CaptionStyle(style), WIDE, (960, 540))
    at_rest, moving = screen.draw(document, (960, 540), 0, 80)
    right = slice(560, 960)
    assert at_rest[:, right].max() > 200
    assert np.array_equal(at_rest[:, right], moving[:, right])
    assert not np.array_equal(at_rest, moving)


def test_the_word_that_is_said_lights_up(screen):
    document = captioned([one_cue("left right")], CaptionStyle.highlight_word, WIDE, (960, 540))
    first, second = screen.draw(document, (960, 540), 500, 1500)
    assert yellow(first)[0] < 480 < yellow(second)[0]


def test_the_words_that_were_said_stay_filled_in_karaoke(screen):
    document = captioned([one_cue("one two three")], CaptionStyle.karaoke, WIDE, (960, 540))
    amounts = [yellow(one)[1] for one in screen.draw(document, (960, 540), 300, 1000, 1900)]
    assert amounts == sorted(amounts)
    assert amounts[2] > 2 * amounts[0]


def test_karaoke_fills_arabic_from_the_right(screen):
    document = captioned([one_cue("الاستقلالية", 1000)], CaptionStyle.karaoke, WIDE, (960, 540))
    start, end = screen.draw(document, (960, 540), 250, 1000 - 10)
    assert yellow(start)[0] > yellow(end)[0] + 20


@pytest.mark.parametrize("style", ["pop_in", "typewriter"])
def test_words_appear_one_by_one_and_stay(screen, style):
    document = captioned([one_cue("one two three")], CaptionStyle(style), WIDE, (960, 540))
    pictures = screen.draw(document, (960, 540), 600, 1300, 1990)
    widths = [ink(one)[2] - ink(one)[0] for one in pictures]
    assert widths == sorted(widths)
    assert widths[2] > 2 * widths[0]


def test_letters_are_typed_one_by_one(screen):
    document = captioned([one_cue("typing", 360)], CaptionStyle.typewriter, WIDE, (960, 540))
    pictures = screen.draw(document, (960, 540), *range(10, 370, 60))
    widths = [ink(one)[2] - ink(one)[0] for one in pictures]
    assert all(one < two for one, two in pairwise(widths))


def test_a_bouncing_word_leaves_its_line_and_comes_back(screen):
    document = captioned([one_cue("hop")], CaptionStyle.bounce, WIDE, (960, 540))
    before, up, after = (ink(one)[3] for one in screen.draw(document, (960, 540), 0, 80, 400))
    assert up < before - 5
    assert after == before


RIGHT_TO_LEFT = {
    "arabic": ("نحن نحب العسل", [2, 1, 0]),
    "hebrew": ("אנחנו אוהבים דבש", [2, 1, 0]),
    "latin_inside": ("استعمل Visual Studio اليوم", [3, 1, 2, 0]),
    "number_inside": ("كان عام 2024 جميلا", [3, 2, 1, 0]),
    "mostly_latin": ("we say שלום every day", [0, 1, 2, 3, 4]),
}


@pytest.mark.parametrize(("text", "order"), RIGHT_TO_LEFT.values(), ids=RIGHT_TO_LEFT)
def test_words_stand_in_reading_order(screen, text, order):
    count = len(text.split())
    document = captioned(
        [one_cue(text, 1000 * count)], CaptionStyle.highlight_word, WIDE, (960, 540)
    )
    pictures = screen.draw(document, (960, 540), *(1000 * n + 500 for n in range(count)))
    centres = [yellow(picture)[0] for picture in pictures]
    assert sorted(range(count), key=centres.__getitem__) == order


def test_arabic_letters_join_while_they_are_typed(screen):
    cue = one_cue("مرحبا", 500)
    typed = captioned([cue], CaptionStyle.typewriter, WIDE, (960, 540))
    whole = captioned([cue], CaptionStyle.karaoke, WIDE, (960, 540))
    assert np.array_equal(
        ink(screen.draw(typed, (960, 540), 490)[0]), ink(screen.draw(whole, (960, 540), 0)[0])
    )


def test_a_preview_is_laid_out_like_the_final_picture():
    cue = one_cue("in half the size all stands in proportion")
    settings, sizes = CaptionSettings(size=1.1), ((1080, 1920), PREVIEW)
    final, preview = (
        caption_boxes(
            [cue], spec_of(settings, [cue], AspectRatio.portrait, size), size, FontShelf()
        )[0][1]
        for size in sizes
    )
    assert np.allclose(np.array(final) / 2, np.array(preview))


def test_letters_with_a_meaning_in_ass_are_drawn_as_they_are(screen):
    plain, tricky = (
        screen.draw(
            captioned([one_cue(text)], CaptionStyle.karaoke, WIDE, (960, 540)), (960, 540), 0
        )[0]
        for text in ("a(b)N", r"a{\b1}\N")
    )
    assert np.ptp(ink(tricky)[::2]) > np.ptp(ink(plain)[::2])
    assert np.ptp(ink(tricky)[1::2]) < 1.3 * np.ptp(ink(plain)[1::2])


def test_settings_decide_colours_size_and_lines():
    settings = CaptionSettings(
        style=CaptionStyle.karaoke,
        text_colour="#112233",
        accent_colour="#aabbcc",
        outline_colour="#445566",
        outline=0.5,
        size=1.5,
        words_per_line=2,
        uppercase=True,
    )
    cue = one_cue("one two three four")
    document = pysubs2.SSAFile.from_string(captioned([cue], settings))
    assert document.styles["Caption"].outlinecolor == pysubs2.Color(0x44, 0x55, 0x66)
    assert [event.plaintext for event in document][::2] == ["ONE", "TWO", "THREE", "FOUR"]
    assert r"\1c&H332211&" in document[0].text
    assert r"\1c&HCCBBAA&" in document[1].text
    heights = [event.text.split(",")[1].split(")")[0] for event in document]
    assert len(set(heights)) == 2
    plain = spec_of(CaptionSettings(), [cue], AspectRatio.portrait, (1080, 1920))
    large = spec_of(settings, [cue], AspectRatio.portrait, (1080, 1920))
    assert large.size_px == pytest.approx(1.5 * plain.size_px)
    assert large.outline_px == pytest.approx(0.75 * plain.outline_px)


def test_the_style_none_burns_nothing_in():
    settings = CaptionSettings(style=CaptionStyle.none)
    assert (
        caption_spec(settings, WIDE, (1920, 1080), Platform.any, FontShelf(), ["some text"]) is None
    )
    document = ass_document(
        [one_cue("some text")], None, (1920, 1080), FontShelf(), safe=safe_area(Platform.any, WIDE),
        duration_ms=1000,
    )  # fmt: skip
    assert document == ""


def test_letters_that_no_font_has_are_left_out_and_noted():
    spec = spec_of(CaptionSettings(), [one_cue("ⴰⵣⵓⵍ world")], WIDE, (1920, 1080))
    assert len(spec.notes) == 1
    assert "ⴰ" in spec.notes[0]
    document = pysubs2.SSAFile.from_string(
        captioned([one_cue("ⴰⵣⵓⵍ world")], CaptionStyle.bounce, WIDE)
    )
    assert {event.plaintext for event in document} == {"world"}
    assert caption_boxes([one_cue("ⴰⵣⵓⵍ")], spec, (1920, 1080), FontShelf()) == []


def test_fallbacks_of_a_chosen_font_are_noted():
    spec = spec_of(CaptionSettings(font="Anton"), [one_cue("Hello Привет")], WIDE, (1920, 1080))
    assert [font.family for font in spec.fonts] == ["Anton", "Noto Sans"]
    assert "Anton lacks" in spec.notes[0]


@pytest.mark.parametrize(
    ("text", "language"),
    [
        ("我们说话", "zh-Hans"),
        ("我們說話", "zh-Hant"),
        ("直接", "zh-Hans"),
        ("直接する", "ja"),
        ("한국어 直接", "ko"),
        ("direct", "und"),
    ],
)
def test_han_letters_have_the_shapes_of_their_language(text, language):
    spec = spec_of(CaptionSettings(), [one_cue(text)], WIDE, (1920, 1080))
    assert spec.language == language


def test_one_letter_looks_different_in_chinese_and_japanese(screen):
    shapes = []
    for text in ("直 说", "直 す"):
        document = captioned([one_cue(text)], CaptionStyle.typewriter, WIDE, (960, 540))
        picture = screen.draw(document, (960, 540), 900)[0]
        left, top, _, bottom = ink(picture)
        shapes.append(picture[top:bottom, left : left + 30])
    assert not np.array_equal(*shapes)


def test_profanity_is_masked_and_emoji_are_added_in_cues_and_sidecars():
    cue = one_cue("that shit is fire")
    settings = CaptionSettings(mask_profanity=True, emoji=True)
    (dressed,) = dressed_cues([cue], settings)
    assert dressed.text == "that sh*t is fire 🔥"
    assert [word.span for word in dressed.words] == [word.span for word in cue.words]
    assert "sh*t is fire 🔥" in srt_document([dressed])
    assert dressed_cues([dressed], settings) == (dressed,)
    assert dressed_cues([cue], CaptionSettings()) == (cue,)


def test_nothing_said_gives_empty_sidecars():
    assert srt_document(()) == ""
    assert vtt_document(()).strip() == "WEBVTT"


@pytest.mark.parametrize("write", [srt_document, vtt_document])
def test_sidecars_say_what_the_cues_say_when_they_say_it(write):
    span = TimeRange(start_ms=4000, end_ms=5001)
    spoken = tuple(CueWord(text=text, span=span) for text in ("我们", "<走>。"))
    cues = [one_cue("Hello there, world."), Cue(span=span, words=spoken)]
    read = pysubs2.SSAFile.from_string(write(cues))
    assert [(e.start, e.end) for e in read] == [(c.span.start_ms, c.span.end_ms) for c in cues]
    assert read[0].plaintext == "Hello there, world."
    assert "我们" in read[1].plaintext


def seamed(y: float, *, from_ms: int = 0) -> CaptionSpec:
    """Captions at the foot with a line between two panes at this part of the height."""
    spec = spec_of(CaptionSettings(), [one_cue("words")], AspectRatio.portrait, (1080, 1920))
    seam = CaptionSeam(span=TimeRange(start_ms=from_ms, end_ms=60_000), y=y)
    return spec.model_copy(update={"seams": (seam,)})


def test_captions_stand_on_the_line_between_two_panes():
    (_, box), *_ = caption_boxes([one_cue("two lines of words")], seamed(0.5), FULL, FontShelf())
    assert box.top < 960 < box.bottom
    assert abs((box.top + box.bottom) / 2 - 960) < 60


def test_a_cue_that_begins_long_before_the_panes_do_stays_at_the_foot():
    cue = one_cue("words", 2000)
    (_, box), *_ = caption_boxes([cue], seamed(0.5, from_ms=1500), FULL, FontShelf())
    assert box.top > 1300


def test_captions_at_the_top_do_not_care_for_seams():
    spec = seamed(0.5).model_copy(update={"position": CaptionPosition.top})
    (_, box), *_ = caption_boxes([one_cue("words")], spec, FULL, FontShelf())
    assert box.bottom < 600


def test_a_title_stands_on_the_seam_and_captions_below_it():
    title = PlacedTitle(
        span=TimeRange(start_ms=0, end_ms=3000),
        text="A title",
        text_colour="#111111",
        box_colour="#FFFFFF",
    )
    shelf = FontShelf()
    text = ass_document(
        [one_cue("words")],
        seamed(0.5),
        FULL,
        shelf,
        safe=safe_area(Platform.any, AspectRatio.portrait),
        duration_ms=5000,
        fonts=shelf.choose(None, ["A title"]).fonts,
        title=title,
    )
    heights = {
        event.plaintext: float(re.search(r"(?:pos|move)\([\d.-]+,([\d.-]+)", event.text)[1])
        for event in pysubs2.SSAFile.from_string(text)
        if event.plaintext in ("title", "words")
    }
    assert heights["title"] < 960 < heights["words"] < 1150
