"""From where a source is read: every span finds its frames and its sound, if there are any."""

from itertools import pairwise
from pathlib import Path

import pytest

from cliply.domain.editing import Edit
from cliply.domain.framing import Layout as Look
from cliply.domain.timing import TimeRange
from cliply.media.reads import READ_ON_MS, TAIL_MS, plan_reads, standing_ms
from cliply.media.source import open_source
from tests.media.mixing import level_db
from tests.media.specs_of import (
    NUMBERED_PX,
    WIDE_PX,
    beeps,
    counted,
    cut_of,
    encoded,
    grey,
    heard_off_ms,
    material_of,
    numbered,
    seen,
    sound_of,
    span,
    spec_of,
    wide,
)
from tests.media.synthesis import Layout, Shot, compose, tone

STANDS_FROM_S, STANDS_UNTIL_S = 1.0, 8.0
STANDING = 29
"""Number of the frame that stands."""


def shown(path: Path, folder: Path, look: Look, *spans_ms: tuple[int, int]) -> list[int]:
    """Numbers of the frames that a clip of these spans shows, with this layout throughout."""
    reframe = {"aspect_ratio": "16:9", "layout": look.value}
    edit = wide(base_cut=cut_of(*spans_ms), reframe=reframe)
    spec = spec_of(material_of(path, listens=False), edit, size_px=WIDE_PX)
    found = [one.number for one in seen(encoded(spec, path, folder))]
    assert len(found) == spec.timeline.frames
    return found


def with_a_still(path: Path) -> Path:
    """A second of frames, the last of which stands for seven more, and two more seconds."""
    times = [n / 30 for n in range(30)] + [STANDS_UNTIL_S + n / 30 for n in range(60)]
    layout = Layout(size=NUMBERED_PX, to_frame=grey, frame_times_s=times)
    sound = beeps([STANDS_UNTIL_S], 10.0, 1)
    return compose(path, [Shot(10.0, numbered(times, []))], sound, layout)


@pytest.mark.parametrize("suffix", [".mkv", ".mp4", ".ts"])
def test_a_frame_that_stands_is_shown_though_the_clip_begins_in_the_midst_of_it(tmp_path, suffix):
    """It was told as a render that failed, or the frame after it was shown too early."""
    path = with_a_still(tmp_path / f"slides{suffix}")
    inside = shown(path, tmp_path, Look.single, (2_500, 4_000))
    assert set(inside) == {STANDING}
    across = shown(path, tmp_path, Look.single, (5_000, 9_500))
    change = across.index(STANDING + 1)
    assert set(across[:change]) == {STANDING}
    assert change == pytest.approx(90, abs=1)
    assert across[change:] == list(range(30, 30 + 135 - change))


def test_a_later_span_of_the_same_reading_may_begin_in_it_too(tmp_path):
    path = with_a_still(tmp_path / "slides.mp4")
    found = shown(path, tmp_path, Look.single, (500, 800), (4_000, 4_300), (7_900, 8_200))
    assert found == [*range(15, 24), *[STANDING] * 12, *range(30, 36)]


@pytest.mark.parametrize("look", [Look.single, Look.fit, Look.split])
def test_spans_outside_the_picture_show_its_nearest_frame(tmp_path, look):
    """They were told as a source that does not play to its end."""
    path = counted(tmp_path / "late.mkv", 30, 2, video_start_s=2.0)
    longer = under_sound(tmp_path / "short.mkv", 5.0)
    assert set(shown(path, tmp_path, look, (200, 700), (900, 1_400))) == {0}
    assert set(shown(longer, tmp_path, look, (2_600, 3_300), (4_000, 4_500))) == {59}
    assert shown(longer, tmp_path, look, (1_500, 1_800), (3_500, 3_700)) == [
        *range(45, 54), *[59] * 6,
    ]  # fmt: skip


def under_sound(path: Path, sound_s: float) -> Path:
    """Two seconds of picture under a longer sound."""
    times = [n / 30 for n in range(60)]
    layout = Layout(size=NUMBERED_PX, to_frame=grey)
    return compose(path, [Shot(2.0, numbered(times, []))], beeps([4.2], sound_s, 1), layout)


@pytest.mark.parametrize("spans_ms", [((100, 900), (1_200, 2_000)), ((4_300, 4_900), (100, 900))])
def test_spans_where_the_sound_has_not_begun_are_silent(tmp_path, spans_ms):
    """FFmpeg gave up: what padded them had no time."""
    times = [n / 30 for n in range(150)]
    layout = Layout(size=NUMBERED_PX, to_frame=grey, audio_start_s=4.0)
    path = tmp_path / "late.mkv"
    compose(path, [Shot(5.0, numbered(times, []))], beeps([0.5], 1.0, 1), layout)
    cut = cut_of(*spans_ms)
    spec = spec_of(material_of(path, listens=False), wide(base_cut=cut), size_px=WIDE_PX)
    sound = sound_of(encoded(spec, path, tmp_path))[0]
    if spans_ms[0][0] > 4_000:
        assert heard_off_ms(sound, 0.2) == pytest.approx(0, abs=0.5)
        sound = sound[round(0.65 * 48_000) :]
    assert abs(sound).max() < 1e-3


@pytest.mark.parametrize("name", ["talk.flac", "talk.m4a", "talk.mp3", "talk.ogg"])
@pytest.mark.parametrize("start_ms", [2_867, 2_901])
def test_sound_alone_is_heard_from_any_frame_on(tmp_path, name, start_ms):
    """A start between two milliseconds was a negative sample to FFmpeg; 2.8667 s is one."""
    path = compose(tmp_path / name, (), tone(5.0, 997.0, channels=2))
    cut = cut_of((start_ms, start_ms + 800), (1_000, 1_500))
    spec = spec_of(material_of(path), Edit(base_cut=cut), size_px=(108, 192))
    heard = sound_of(encoded(spec, path, tmp_path))[0]
    level = level_db(heard[None], 0.2, 0.6)
    assert level_db(heard[None], 0.01, 0.03) == pytest.approx(level, abs=0.3)
    assert level_db(heard[None], 0.76, 0.79) == pytest.approx(level, abs=0.3)
    assert level_db(heard[None], 0.81, 0.84) == pytest.approx(level, abs=0.3)


def test_the_standing_frame_is_found_among_frames_that_are_stored_out_of_order(tmp_path):
    times = [0.0, 0.1, 0.4, 0.5, 0.6, 1.9, 2.0, 2.1, 2.2, 3.0]
    options = {"preset": "medium", "bf": "3", "g": "6", "sc_threshold": "0"}
    layout = Layout(size=(60, 36), frame_times_s=times, video_options=options, to_frame=grey)
    path = compose(tmp_path / "b.mp4", [Shot(3.1, numbered(times, []))], (), layout)
    with open_source(path) as container:
        assert standing_ms(container, 0, 0) == 0
        for before, after in pairwise(times):
            moment = round((before + after) * 500)
            assert standing_ms(container, 0, moment) == round(before * 1000)
        assert standing_ms(container, 0, 90_000) == 3_000


def planned(*spans: TimeRange) -> list[tuple[int, int, tuple[int, ...]]]:
    reads = plan_reads(spans, lambda ms: max(0, ms - 50))
    return [(read.from_ms, read.until_ms - TAIL_MS, read.spans) for read in reads]


def test_spans_in_order_are_one_reading():
    found = planned(span(1_000, 2_000), span(3_000, 4_000), span(4_000, 5_000))
    assert found == [(950, 5_000, (0, 1, 2))]


def test_a_span_that_goes_back_is_another_reading():
    found = planned(span(9_000, 9_500), span(1_000, 2_000), span(2_500, 3_000))
    assert found == [(8_950, 9_500, (0,)), (950, 3_000, (1, 2))]


def test_far_ahead_seeking_is_cheaper_than_reading_on():
    near, far = 2_000 + READ_ON_MS, 2_001 + READ_ON_MS
    assert len(planned(span(1_000, 2_000), span(near, near + 500))) == 1
    assert len(planned(span(1_000, 2_000), span(far, far + 500))) == 2
