from itertools import pairwise

import numpy as np
import pysubs2
import pytest

from cliply.domain.captions import CaptionStyle, Cue, CueWord
from cliply.domain.framing import AspectRatio
from cliply.domain.timing import TimeRange
from cliply.domain.transcript import Word
from cliply.media import ffmpeg
from cliply.media.captions import ass_document, caption_spec, srt_document, vtt_document
from cliply.media.cues import cue_limits, make_cues
from cliply.media.fonts import caption_fonts, install
from cliply.media.typesetting import set_lines

CLIP = TimeRange(start_ms=10_000, end_ms=40_000)


def word(text: str, start_ms: int, end_ms: int) -> Word:
    return Word(text=text, span=TimeRange(start_ms=start_ms, end_ms=end_ms))


def said(text: str, start_ms: int = 10_000, each_ms: int = 300, gap_ms: int = 20) -> list[Word]:
    return [
        word(part, start_ms + n * each_ms, start_ms + (n + 1) * each_ms - gap_ms)
        for n, part in enumerate(text.split())
    ]


def texts(cues) -> list[str]:
    return [cue.text for cue in cues]


def one_cue(text: str, length_ms: int = 2000) -> Cue:
    parts = text.split()
    edges = [round(length_ms * n / len(parts)) for n in range(len(parts) + 1)]
    words = tuple(
        CueWord(text=part, span=TimeRange(start_ms=a, end_ms=b))
        for part, (a, b) in zip(parts, pairwise(edges), strict=True)
    )
    return Cue(span=TimeRange(start_ms=0, end_ms=length_ms), words=words)


def test_cues_are_in_clip_time_and_punctuation_stays():
    (cue,) = make_cues(said("Well, hello there!", 12_000), CLIP)
    assert cue.text == "Well, hello there!"
    assert cue.span.start_ms == 2000
    assert cue.words[1].span.start_ms == 2300


def test_a_sentence_ends_its_cue():
    assert texts(make_cues(said('He said "go." Then left.'), CLIP)) == [
        'He said "go."',
        "Then left.",
    ]


def test_a_pause_ends_a_cue_and_the_cue_ends_soon_after():
    first, second = make_cues([*said("one two"), *said("three", 13_000)], CLIP)
    assert (first.text, second.text) == ("one two", "three")
    assert first.span.end_ms == 580 + 300


def test_long_sentences_become_even_cues_within_the_limits():
    cues = make_cues(said("we shall now see how this very long sentence is cut up nicely"), CLIP)
    assert all(len(cue.words) <= 5 and len(cue.text) <= 26 for cue in cues)
    assert min(len(cue.words) for cue in cues) >= 3


def test_a_comma_is_a_welcome_place_to_cut():
    cues = make_cues(said("when the rain came, we all went home again"), CLIP)
    assert texts(cues)[0] == "when the rain came,"


def test_a_word_beyond_the_limit_stands_alone():
    assert "Donaudampfschifffahrtsgesellschaft" in texts(
        make_cues(said("the Donaudampfschifffahrtsgesellschaft sails"), CLIP, max_chars=20)
    )


def test_cues_never_overlap_and_never_leave_the_clip():
    words = said("a b c. d e f g h i j k l m n o p. q r s t u v w x y z " * 3, 9_500, 333)
    cues = make_cues(words, CLIP)
    assert all(a.span.end_ms <= b.span.start_ms for a, b in pairwise(cues))
    assert cues[0].span.start_ms >= 0
    assert cues[-1].span.end_ms <= CLIP.duration_ms
    for cue in cues:
        assert all(a.span.end_ms == b.span.start_ms for a, b in pairwise(cue.words))
        assert cue.words[-1].span.end_ms <= cue.span.end_ms


def test_a_short_word_stays_long_enough_to_be_read():
    (cue,) = make_cues([word("No.", 20_000, 20_080)], CLIP)
    assert cue.span.duration_ms == 700


def test_words_mostly_outside_the_clip_are_left_out():
    edge = [word("out", 9_000, 10_400), word("in", 39_800, 40_100), word("far", 50_000, 50_100)]
    cues = make_cues(edge, CLIP)
    assert texts(cues) == ["in"]
    assert cues[0].span.end_ms == CLIP.duration_ms


def test_nothing_said_gives_no_cues_and_empty_sidecars():
    assert make_cues([], CLIP) == ()
    assert srt_document(()) == ""
    assert vtt_document(()).strip() == "WEBVTT"


@pytest.mark.parametrize("write", [srt_document, vtt_document])
def test_sidecars_say_what_the_cues_say_when_they_say_it(write):
    cues = make_cues([*said("Hello there, <world>."), *said("Second one", 15_000)], CLIP)
    read = pysubs2.SSAFile.from_string(write(cues))
    assert [(e.start, e.end) for e in read] == [(c.span.start_ms, c.span.end_ms) for c in cues]
    assert read[1].plaintext == "Second one"


FRAMES = [aspect.size_px for aspect in AspectRatio]
HARD = [
    "incomprehensibilities antidisestablishmentarianism counterrevolutionaries",
    "Rechtsschutzversicherungsgesellschaften" * 2,
    "WWWWWWWWWWWWWW MMMMMMMMMMMMMM WWWWWWWWWWWW",
    "Достопримечательность Διαπραγματεύσεις",
    "i",
]


@pytest.mark.parametrize("text", HARD)
@pytest.mark.parametrize("aspect", list(AspectRatio))
def test_every_word_stands_inside_the_side_margins(aspect, text):
    fonts, (width, height) = caption_fonts(), aspect.size_px
    spec = caption_spec(CaptionStyle.highlight_word, aspect, fonts)
    words = text.split()
    lines = set_lines(
        words,
        fonts,
        em_px=spec.size_px,
        frame_px=(width, height),
        bottom_px=spec.bottom_margin_px,
    )
    assert len(lines) <= 2
    assert sorted(index for line in lines for index in line.words) == list(range(len(words)))
    for line in lines:
        halves = [fonts.width_em(words[n]) * line.em_px / 2 for n in line.words]
        assert line.centres_px[0] - halves[0] >= 0.08 * width
        assert line.centres_px[-1] + halves[-1] <= 0.92 * width
        assert line.centre_y_px + line.em_px / 2 <= height - spec.bottom_margin_px


def test_limits_and_type_give_at_most_two_lines_at_full_size():
    fonts = caption_fonts()
    for aspect in AspectRatio:
        _, chars = cue_limits(aspect)
        em_px = caption_spec(CaptionStyle.karaoke, aspect, fonts).size_px
        text = ("captions like these are " * 4)[:chars].split()
        lines = set_lines(text, fonts, em_px=em_px, frame_px=aspect.size_px, bottom_px=100)
        assert all(line.em_px == em_px for line in lines)


@pytest.fixture(scope="module")
def draw(tmp_path_factory):
    """Draws an ASS document at one time: the grey picture and FFmpeg's log."""
    binary, folder = ffmpeg.find_ffmpeg(None), tmp_path_factory.mktemp("fonts")
    environment = install(caption_fonts(), folder / "fonts")

    def shot(document: str, size: tuple[int, int], at_s: float = 0.5):
        (folder / "t.ass").write_text(document, encoding="utf-8")
        out, (width, height) = folder / "t.gray", size
        log = ffmpeg.run(
            binary,
            [
                "-v", "verbose", "-f", "lavfi", "-i", f"color=black:s={width}x{height}:r=10:d=3",
                "-vf", f"ass={folder}/t.ass:fontsdir={folder}/fonts", "-ss", str(at_s),
                "-frames:v", "1", "-f", "rawvideo", "-pix_fmt", "rgb24", "-y", str(out),
            ],
            duration_ms=100, timeout_s=30, environment=environment,
        )  # fmt: skip
        return np.fromfile(out, np.uint8).reshape(height, width, 3), log

    return shot


def document_of(text: str, style: CaptionStyle, aspect: AspectRatio, **extra) -> str:
    fonts = caption_fonts()
    spec = caption_spec(style, aspect, fonts)
    return ass_document([one_cue(text)], spec, aspect.size_px, fonts, **extra)


@pytest.mark.parametrize("aspect", list(AspectRatio))
def test_what_is_drawn_stays_in_the_safe_area(draw, aspect):
    width, height = aspect.size_px
    text = "incomprehensibilities antidisestablishmentarianism counterrevolutionaries"
    document = document_of(text, CaptionStyle.highlight_word, aspect)
    rows, columns = np.where(draw(document, aspect.size_px)[0].max(axis=2) > 60)
    assert len(rows) > 1000
    assert columns.min() > 0.06 * width
    assert columns.max() < 0.94 * width
    assert rows.max() < 0.92 * height


def yellow(picture: np.ndarray) -> tuple[float, float]:
    """Mean column and number of the pixels in the accent colour."""
    columns = np.where((picture[..., 0] > 200) & (picture[..., 2] < 80))[1]
    return float(columns.mean()), len(columns)


def test_the_word_that_is_said_lights_up(draw):
    document = document_of("left right", CaptionStyle.highlight_word, AspectRatio.landscape)
    first, second = (yellow(draw(document, (1920, 1080), at)[0])[0] for at in (0.5, 1.5))
    assert first < 960 < second


def test_the_words_that_were_said_stay_filled_in_karaoke(draw):
    document = document_of("one two three", CaptionStyle.karaoke, AspectRatio.landscape)
    amounts = [yellow(draw(document, (1920, 1080), at)[0])[1] for at in (0.3, 1.0, 1.9)]
    assert amounts == sorted(amounts)
    assert amounts[2] > 2 * amounts[0]


def test_letters_with_a_meaning_in_ass_are_drawn_as_they_are(draw):
    plain = draw(document_of("a(b)N", CaptionStyle.karaoke, AspectRatio.landscape), (1920, 1080))
    tricky = draw(
        document_of(r"a{\b1}\N", CaptionStyle.karaoke, AspectRatio.landscape), (1920, 1080)
    )
    columns = [np.where(picture.max(axis=2) > 60)[1] for picture, _ in (plain, tricky)]
    assert np.ptp(columns[1]) > np.ptp(columns[0])
    rows = [np.ptp(np.where(picture.max(axis=2) > 60)[0]) for picture, _ in (plain, tricky)]
    assert rows[1] < 1.3 * rows[0]


def test_only_the_packaged_fonts_are_used(draw):
    document = document_of("Hello Привет Γειά", CaptionStyle.karaoke, AspectRatio.landscape)
    _, log = draw(document, (1920, 1080))
    chosen = [line.split("->")[1] for line in log.splitlines() if "fontselect:" in line]
    assert "Poppins-Bold" in chosen[0]
    assert "NotoSans" in chosen[1]
    assert "/usr/share" not in log


def test_without_captions_only_the_title_is_drawn():
    fonts = caption_fonts()
    document = ass_document(
        [one_cue("not shown")], None, (1080, 1920), fonts, title="A title", duration_ms=1000
    )
    events = pysubs2.SSAFile.from_string(document)
    assert [event.plaintext for event in events] == ["A", "title"]
