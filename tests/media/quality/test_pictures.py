"""Black and frozen pictures are found where the source has none, at little cost."""

from pathlib import Path

import numpy as np
import pytest

from cliply.domain.attachments import Attachment, AttachmentKind
from cliply.domain.effects import EffectsSpec, PlacedOverlay, ProgressBar
from cliply.domain.framing import WHOLE, FramedSpan, Framing, Layout, Pane
from cliply.domain.quality import Finding
from cliply.domain.scenes import Scene, SceneList
from cliply.domain.timeline import Timeline
from cliply.domain.timing import TimeRange
from cliply.media.quality.black_and_frozen import black_and_frozen, source_spans_of
from cliply.media.quality.canvas import canvas_of
from cliply.media.quality.coded_frames import CodedFrame, coded_frames, suspicious_groups
from cliply.media.quality.evidence import Evidence
from cliply.media.quality.looks import Look
from cliply.media.quality.stillness import Canvas, FrameSpan, examine_looks
from cliply.media.typesetting import Box
from tests.media.quality.clips import (
    RATE,
    SIZE,
    Wanted,
    black,
    blacked,
    captions,
    cue,
    framing,
    frozen,
    grainy,
    kept,
    moving,
    spec_of,
    window,
    write_clip,
)


@pytest.fixture(scope="module")
def folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return tmp_path_factory.mktemp("pictures")


@pytest.fixture(scope="module")
def source(folder: Path) -> Path:
    return write_clip(folder / "source.mp4")


def found(video: Path, evidence: Evidence, wanted: Wanted | None = None) -> tuple[Finding, Finding]:
    return black_and_frozen(video, spec_of(wanted), evidence, None)


def scenes(motion: float) -> SceneList:
    span = TimeRange(start_ms=0, end_ms=3000)
    return SceneList(detector="test", scenes=(Scene(span=span, motion=motion),))


def test_a_good_clip_has_neither(source: Path) -> None:
    black, still = found(source, Evidence(source=source))
    assert black.passed
    assert still.passed
    assert (black.value, still.value) == (0, 0)


def test_a_good_clip_is_not_decoded_at_all(folder: Path) -> None:
    video = write_clip(folder / "grainy.mp4", grainy)
    assert suspicious_groups(coded_frames(video, RATE), 256 * 144, 13) == ()


def test_one_black_frame_in_the_final_quality_is_found(folder: Path, source: Path) -> None:
    video = write_clip(folder / "flash.mp4", blacked((50, 51)))
    black, still = found(video, Evidence(source=source))
    assert not black.passed
    assert black.value == 33
    assert "0:01.6" in black.message
    assert still.passed


def test_black_frames_in_a_preview_are_found(folder: Path, source: Path) -> None:
    video = write_clip(folder / "flashes.mp4", blacked((50, 53), (70, 72)), preset="ultrafast")
    black, _ = found(video, Evidence(source=source))
    assert black.value == 167


def test_half_a_frozen_second_in_a_moving_shot_is_found(folder: Path, source: Path) -> None:
    video = write_clip(folder / "frozen.mp4", frozen(40, 55))
    black, still = found(video, Evidence(source=source))
    assert black.passed
    assert not still.passed
    assert still.value == pytest.approx(500, abs=34)
    assert "0:01.3" in still.message


def test_a_short_rest_is_not_frozen(folder: Path, source: Path) -> None:
    video = write_clip(folder / "rest.mp4", frozen(40, 50))
    _, still = found(video, Evidence(source=source))
    assert still.passed


def test_what_the_source_has_itself_is_no_fault(folder: Path) -> None:
    dark = write_clip(folder / "dark.mp4", blacked((30, 40)))
    rest = write_clip(folder / "slide.mp4", frozen(30, 70))
    assert found(dark, Evidence(source=dark))[0].passed
    assert found(rest, Evidence(source=rest))[1].passed


def test_the_source_is_looked_at_where_the_clip_comes_from(folder: Path, source: Path) -> None:
    slide = write_clip(folder / "later.mp4", frozen(50, 80))
    video = write_clip(folder / "cut.mp4", lambda w, h, t: frozen(50, 80)(w, h, t + 1), length_s=2)
    wanted = Wanted(timeline=kept((30, 60)))
    assert found(video, Evidence(source=slide), wanted)[1].passed
    assert not found(video, Evidence(source=source), wanted)[1].passed
    assert not found(video, Evidence(source=slide), Wanted(timeline=kept((0, 60))))[1].passed


def test_movement_outside_the_window_does_not_count(folder: Path) -> None:
    def half(width: int, height: int, time_s: float) -> np.ndarray:
        picture = moving(width, height, 0)
        picture[:, : width // 2] = moving(width // 2, height, time_s)
        return picture

    source = write_clip(folder / "half.mp4", half)
    right = framing(Pane(path=window(((0, 0.8),), size=(80, 144))))
    left = framing(Pane(path=window(((0, 0.2),), size=(80, 144))))
    video = write_clip(folder / "right.mp4", lambda w, h, _t: moving(256, h, 0)[:, -w:])
    assert found(video, Evidence(source=source), Wanted(framing=right))[1].passed
    assert not found(video, Evidence(source=source), Wanted(framing=left))[1].passed


def test_without_the_source_the_motion_of_the_shot_decides(folder: Path) -> None:
    video = write_clip(folder / "unknown.mp4", frozen(40, 60))
    assert not found(video, Evidence(scenes=scenes(5.0)))[1].passed
    assert found(video, Evidence(scenes=scenes(0.0)))[1].passed


def test_what_nobody_knows_passes_and_says_so(folder: Path) -> None:
    video = write_clip(folder / "both.mp4", lambda w, h, t: frozen(60, 80)(w, h, t))
    dark = write_clip(folder / "nobody.mp4", blacked((30, 40)))
    still, black = found(video, Evidence())[1], found(dark, Evidence())[0]
    for finding in (still, black):
        assert finding.passed
        assert finding.value is None
        assert "not known" in finding.message


def test_captions_and_bar_over_a_frozen_picture_do_not_hide_it(folder: Path, source: Path) -> None:
    def written(width: int, height: int, time_s: float) -> np.ndarray:
        frame = round(time_s * 30)
        picture = frozen(40, 60)(width, height, time_s)
        left = 50 + 25 * (frame // 4 % 6)
        picture[100:118, left : left + 25] = 255
        picture[142:, : width * frame // 90] = (255, 214, 10)
        return picture

    video = write_clip(folder / "written.mp4", written)
    drawn = Wanted(cues=(cue(0, 3000, "Bees count"),), captions=captions(SIZE))
    spec = spec_of(drawn)
    bar = spec.effects.model_copy(update={"progress_bar": ProgressBar(height=0.015)})
    spec = spec.model_copy(update={"effects": bar})
    box = [(TimeRange(start_ms=0, end_ms=3000), Box(45, 96, 205, 122))]
    for boxes in (box, None):
        assert not black_and_frozen(video, spec, Evidence(source=source), boxes)[1].passed
    assert found(video, Evidence(source=source))[1].passed, "the mask is what finds it"


def test_intro_and_outro_are_not_the_source(folder: Path, source: Path) -> None:
    video = write_clip(folder / "branded.mp4", blacked((0, 15), (75, 90)))
    timeline = Timeline(
        frame_rate=RATE, spans=kept((0, 60)).spans, intro_frames=15, outro_frames=15
    )
    assert found(video, Evidence(source=source), Wanted(timeline=timeline))[0].passed


def look(frame: int, level: int, dot: int = 0) -> Look:
    grey = np.full((60, 100), level, np.uint8)
    grey[:10, :10] += np.uint8(dot)
    return Look(frame, grey)


WHOLE_CANVAS = Canvas(mask=np.ones((60, 100), np.bool_))


def test_slow_drift_is_not_still() -> None:
    drifting = [look(frame, 90, frame) for frame in range(30)]
    assert examine_looks(drifting, WHOLE_CANVAS, 12).still == ()
    assert examine_looks([look(n, 90) for n in range(30)], WHOLE_CANVAS, 12).still == ((0, 30),)


def test_frames_that_were_not_looked_at_end_a_still() -> None:
    frames = [*range(10), *range(40, 50)]
    assert examine_looks([look(n, 90) for n in frames], WHOLE_CANVAS, 12).still == ()


def test_black_is_not_reported_as_frozen_too() -> None:
    seen = examine_looks([look(n, 16) for n in range(20)], WHOLE_CANVAS, 12)
    assert (seen.black, seen.still) == (((0, 20),), ())


def test_a_small_keyframe_is_suspicious() -> None:
    usual = [CodedFrame(n, 60_000, True, True) for n in (0, 60, 120)]
    small = CodedFrame(90, 9_000, True, True)
    between = [CodedFrame(n, 9_000, False, True) for n in (30, 100)]
    frames = sorted([*usual, small, *between])
    assert suspicious_groups(frames, 1080 * 1920, 12) == ((90, 100),)


def test_small_frames_between_known_ones_are_not_suspicious() -> None:
    frames = [CodedFrame(0, 60_000, True, True)]
    frames += [CodedFrame(n, 100 if n % 4 else 8_000, False, n % 4 == 0) for n in range(1, 61)]
    assert suspicious_groups(frames, 1080 * 1920, 12) == ()


def test_frames_lead_back_to_the_source() -> None:
    timeline = kept((300, 30), (90, 30))
    spans = source_spans_of(timeline, FrameSpan(15, 45), 0)
    assert [(span.start_ms, span.end_ms) for span in spans] == [(10_500, 11_000), (3000, 3500)]


def test_footage_over_the_whole_picture_hides_the_source() -> None:
    footage = Attachment(content_hash="0", kind=AttachmentKind.image, size_bytes=1)
    span = TimeRange(start_ms=1000, end_ms=2000)
    over = PlacedOverlay(attachment=footage, span=span, region=WHOLE)
    spec = spec_of().model_copy(update={"effects": EffectsSpec(b_roll=(over,))})
    canvas = canvas_of(spec, None)
    assert [canvas.shows(frame) for frame in (29, 30, 59, 60)] == [True, False, False, True]


def test_drawn_sound_may_be_dark_and_still() -> None:
    span = TimeRange(start_ms=0, end_ms=60_000)
    drawn = FramedSpan(span=span, layout=Layout.waveform, reason="A test.")
    spec = spec_of(Wanted(framing=Framing(spans=(drawn,))))
    assert not any(canvas_of(spec, None).shows(frame) for frame in range(90))


def test_a_dark_scene_is_the_sources_own(folder: Path) -> None:
    def night(width: int, height: int, time_s: float) -> np.ndarray:
        picture = black(width, height, time_s)
        left = round(40 * time_s)
        picture[20:60, left : left + 60] = moving(60, 40, 0)
        return picture

    video = write_clip(folder / "night.mp4", night)
    day = write_clip(folder / "day.mp4", moving)
    assert found(video, Evidence(source=video))[0].passed
    assert not found(video, Evidence(source=day))[0].passed
