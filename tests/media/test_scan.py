"""One pass over a video finds cuts, faces, motion and thumbnails at their source times."""

import re
import threading
from fractions import Fraction
from pathlib import Path

import cv2
import numpy as np
import pytest

from cliply.domain.faces import FaceTrack
from cliply.domain.frames import ScanMode, ScanSettings
from cliply.domain.scenes import CutRule
from cliply.domain.timing import clock
from cliply.errors import Cancelled, ErrorCode, MediaError
from cliply.media.faces import DlibDetector, FoundFace
from cliply.media.frame_table import FrameTable, count_frames
from cliply.media.frames import Picture
from cliply.media.pictures import contact_sheet
from cliply.media.probe import probe
from cliply.media.scan import Scan, scan
from tests.media.drawing import Head, heads, talking
from tests.media.synthesis import (
    Layout,
    Shot,
    alternating_shots,
    compose,
    frame_times,
    moving_block,
    solid,
    tone,
)

SIZE = (160, 90)
LENGTHS = [2.0, 1.5, 2.5]


def scanned(path: Path) -> Scan:
    return scan(path, probe(path), detector=None)


class BrokenDetector:
    """Stands for a detector that dies on its first picture."""

    name = "broken"

    def detect(self, _grey: Picture) -> list[FoundFace]:
        raise MediaError(ErrorCode.source_corrupt, "The detector is broken.")


@pytest.mark.parametrize(
    ("name", "layout"),
    [
        ("30.mp4", Layout(size=SIZE)),
        ("2997.mp4", Layout(fps=Fraction(30000, 1001), size=SIZE)),
        ("24.webm", Layout(fps=Fraction(24), size=SIZE)),
        ("50.mkv", Layout(fps=Fraction(50), size=SIZE)),
        ("pro.mov", Layout(Fraction(25), SIZE, video_codec="prores", pixel_format="yuv422p10le")),
        ("ts.ts", Layout(fps=Fraction(25), size=SIZE)),
        ("tenbit.mp4", Layout(size=SIZE, pixel_format="yuv420p10le")),
        ("422.mp4", Layout(size=SIZE, pixel_format="yuv422p")),
        ("444.mp4", Layout(size=(161, 91), pixel_format="yuv444p")),
        ("full.mp4", Layout(size=SIZE, pixel_format="yuvj420p")),
        ("rotated.mov", Layout(size=SIZE, rotation=90)),
        ("late.mp4", Layout(size=SIZE, video_start_s=0.85)),
    ],
    ids=lambda value: value if isinstance(value, str) else "",
)
def test_cuts_are_found_to_the_frame(tmp_path: Path, name: str, layout: Layout) -> None:
    path = compose(tmp_path / name, alternating_shots(LENGTHS), tone(7), layout)
    source = probe(path)
    assert source.video is not None
    result = scan(path, source, detector=None)
    borders = [2.0, 3.5]
    times = frame_times(alternating_shots(LENGTHS), layout)
    first_after = [next(t for t in times if t >= border - 1e-6) for border in borders]
    expected = [source.video.start_ms + 1000 * t for t in first_after]
    assert result.scenes.cuts_ms == pytest.approx(expected, abs=1.5)
    assert result.scenes.scenes[0].span.start_ms == source.video.start_ms
    end_ms = source.video.start_ms + source.video.duration_ms
    assert result.scenes.scenes[-1].span.end_ms == pytest.approx(end_ms, abs=50)
    assert result.warnings == ()


def test_cuts_of_a_variable_frame_rate_are_told_by_time(tmp_path: Path) -> None:
    times = [*np.arange(0, 2, 1 / 30), *np.arange(2, 3.5, 1 / 10), *np.arange(3.5, 6, 1 / 24)]
    layout = Layout(size=SIZE, frame_times_s=[float(time_s) for time_s in times])
    path = compose(tmp_path / "screen.mp4", alternating_shots(LENGTHS), (), layout)
    assert scanned(path).scenes.cuts_ms == pytest.approx([2000, 3500], abs=2)


def test_cuts_of_a_real_film_are_found(shared_media: Path) -> None:
    result = scanned(shared_media / "big_buck_bunny_0_30.webm")
    assert result.scenes.cuts_ms == pytest.approx([11_790, 15_670, 22_960], abs=42)
    assert [0 < time_ms < 30_000 for time_ms, _ in result.thumbnails] == [True] * 4


def test_the_cut_of_the_best_video_stream_is_found(shared_media: Path) -> None:
    assert scanned(shared_media / "nasa_13013.mp4").scenes.cuts_ms == (8_008,)


def centre_of(track: FaceTrack) -> tuple[float, float]:
    xs, ys = zip(*(sample.box.centre for sample in track.samples), strict=True)
    return float(np.mean(xs)), float(np.mean(ys))


def test_the_face_that_talks_is_told_from_the_one_that_listens(tmp_path: Path) -> None:
    people = heads(Head(x=0.25, mouth=talking(3.3)), Head(x=0.75))
    layout = Layout(fps=Fraction(10), size=(640, 360))
    path = compose(tmp_path / "talk.mp4", [Shot(5, people)], (), layout)
    faces = scan(path, probe(path), detector=DlibDetector()).faces
    assert faces.detector == "dlib-hog"
    talker, listener = sorted(faces.tracks, key=lambda track: track.samples[0].box.x)
    assert centre_of(talker) == pytest.approx((0.25, 0.5), abs=0.06)
    assert centre_of(listener) == pytest.approx((0.75, 0.5), abs=0.06)
    assert [s.time_ms for s in talker.samples] == list(range(0, 5000, 500))
    assert talker.speaking > 0.7 > 0.3 > listener.speaking


def test_a_face_is_followed_and_lost_at_the_cut(tmp_path: Path) -> None:
    shots = [Shot(3, heads(Head(x=0.3, x_speed=0.1))), Shot(2.2, solid(200, 40, 40))]
    layout = Layout(fps=Fraction(10), size=(640, 360))
    path = compose(tmp_path / "walk.mp4", shots, (), layout)
    (track,) = scan(path, probe(path), detector=DlibDetector()).faces.tracks
    assert track.scene == 0
    for sample in track.samples:
        assert sample.box.centre[0] == pytest.approx(0.3 + sample.time_ms / 10_000, abs=0.03)
    assert track.samples[-1].time_ms == 2500


@pytest.mark.parametrize("rotation", [90, 270])
def test_faces_of_a_turned_video_lie_in_the_shown_picture(tmp_path: Path, rotation: int) -> None:
    upright = heads(Head(x=0.3, y=0.4, size=0.3))
    turns = {90: 1, 270: -1}

    def coded(width: int, height: int, time_s: float) -> Picture:
        return np.ascontiguousarray(np.rot90(upright(height, width, time_s), turns[rotation]))

    layout = Layout(fps=Fraction(5), size=(640, 360), rotation=rotation)
    path = compose(tmp_path / "phone.mov", [Shot(5.4, coded)], (), layout)
    source = probe(path)
    assert source.video is not None
    assert (source.video.width, source.video.height) == (360, 640)
    result = scan(path, source, detector=DlibDetector())
    (track,) = result.faces.tracks
    assert centre_of(track) == pytest.approx((0.3, 0.42), abs=0.05)
    assert result.thumbnails[0][1].shape == (240, 136, 3)


def test_motion_is_followed_where_there_is_no_face(tmp_path: Path) -> None:
    block = Shot(6, moving_block(lambda time_s: 0.1 + 0.12 * time_s))
    path = compose(tmp_path / "ball.mp4", [block], (), Layout(size=(320, 180)))
    centres = dict(scanned(path).faces.motion_centres)
    assert sorted(centres) == list(range(500, 6000, 500))
    for time_ms, x in centres.items():
        assert x == pytest.approx(0.1 + 0.12 * (time_ms - 250) / 1000, abs=0.03)


def test_thumbnails_show_their_shots_in_colour(tmp_path: Path) -> None:
    shots = [Shot(3, solid(220, 40, 40)), Shot(3, solid(40, 60, 220))]
    result = scanned(compose(tmp_path / "two.mp4", shots, (), Layout(size=SIZE)))
    colours = [picture.mean(axis=(0, 1)) for _, picture in result.thumbnails]
    assert colours[0] == pytest.approx([220, 40, 40], abs=12)
    assert colours[1] == pytest.approx([40, 60, 220], abs=12)


def test_a_source_without_video_has_nothing_to_scan(shared_media: Path) -> None:
    result = scanned(shared_media / "jfk.flac")
    assert result.scenes.scenes == ()
    assert result.faces.tracks == ()


def damaged(path: Path) -> Path:
    """The file with a tenth of its media data in the middle overwritten with noise."""
    content = bytearray(path.read_bytes())
    begin, end = content.index(b"mdat") + 4, content.index(b"moov") - 4
    start, length = begin + (end - begin) * 45 // 100, (end - begin) // 10
    content[start : start + length] = np.random.default_rng(3).bytes(length)
    path.write_bytes(content)
    return path


def test_damage_in_the_middle_is_passed_and_told(tmp_path: Path) -> None:
    options = {"preset": "ultrafast", "g": "10"}
    layout = Layout(size=(320, 180), video_options=options)
    path = damaged(compose(tmp_path / "film.mp4", alternating_shots([3, 5, 4]), (), layout))
    result = scanned(path)
    assert {3000, 8000} <= set(result.scenes.cuts_ms)
    (warning,) = result.warnings
    assert "can not be decoded" in warning


@pytest.mark.parametrize("mode", ScanMode)
def test_the_gap_is_where_the_damage_is(tmp_path: Path, mode: ScanMode) -> None:
    options = {"preset": "ultrafast", "g": "10"}
    layout = Layout(size=(320, 180), video_options=options)
    path = damaged(compose(tmp_path / "film.mp4", alternating_shots([3, 5, 4]), (), layout))
    result = scan(path, probe(path), detector=None, settings=ScanSettings(mode=mode))
    (warning,) = result.warnings
    found = re.search(r"(\S+) s of it .* first at (\S+) s", warning)
    assert found is not None
    lost_s, first_s = (float(figure) for figure in found.groups())
    assert 0.3 < lost_s < 4
    assert 4.5 < first_s < 7.5
    assert result.looks["time_ms"].max() == 11_500


def test_a_black_video_is_one_still_scene(tmp_path: Path) -> None:
    path = compose(tmp_path / "black.mp4", [Shot(6, solid(0, 0, 0))], tone(6), Layout(size=SIZE))
    for settings in (ScanSettings(), ScanSettings(mode=ScanMode.fast, cuts=CutRule.both)):
        result = scan(path, probe(path), detector=DlibDetector(), settings=settings)
        (scene,) = result.scenes.scenes
        assert (scene.motion, scene.screen, scene.hud) == (0, 0, 0)
        assert (result.faces.tracks, result.faces.motion_centres) == ((), ())
        assert result.looks["still"].min() == 1
        assert result.warnings == ()


def test_a_video_of_a_single_frame_is_one_scene(tmp_path: Path) -> None:
    layout = Layout(size=SIZE, frame_times_s=[0.0])
    path = compose(tmp_path / "cover.mp4", [Shot(6, solid(200, 40, 40))], tone(6), layout)
    with FrameTable(tmp_path / "frames.parquet") as frames:
        result = scan(path, probe(path), detector=None, frames=frames)
    (scene,) = result.scenes.scenes
    assert scene.span.start_ms == 0
    assert result.looks.height == count_frames(tmp_path / "frames.parquet") == 1
    assert len(result.thumbnails) == 1


@pytest.mark.parametrize("rule", CutRule)
def test_a_start_offset_of_an_edit_list_stays(tmp_path: Path, rule: CutRule) -> None:
    layout = Layout(Fraction(30000, 1001), SIZE, video_start_s=0.852)
    path = compose(tmp_path / "late.mp4", alternating_shots(LENGTHS), tone(7), layout)
    result = scan(path, probe(path), detector=None, settings=ScanSettings(cuts=rule))
    assert result.scenes.scenes[0].span.start_ms == 852
    assert result.scenes.cuts_ms == pytest.approx([2_854, 4_355], abs=34)
    assert result.looks["time_ms"][0] == 500


def test_a_picture_that_stops_early_is_told(tmp_path: Path) -> None:
    path = compose(tmp_path / "film.mp4", alternating_shots([6]), (), Layout(size=SIZE))
    source = probe(path)
    assert source.video is not None
    promised = source.video.model_copy(update={"duration_ms": 12_000})
    result = scan(path, source.model_copy(update={"video": promised}), detector=None)
    (warning,) = result.warnings
    assert "6.0 s" in warning


def test_progress_grows_to_one(tmp_path: Path) -> None:
    path = compose(tmp_path / "film.mp4", alternating_shots(LENGTHS), (), Layout(size=SIZE))
    reported: list[float] = []
    scan(path, probe(path), detector=None, on_progress=reported.append)
    assert reported == sorted(reported)
    assert reported[-1] == 1


def test_a_cancelled_scan_stops_and_leaves_no_thread(tmp_path: Path) -> None:
    path = compose(tmp_path / "film.mp4", alternating_shots(LENGTHS), (), Layout(size=SIZE))

    def cancel(_fraction: float) -> None:
        raise Cancelled

    with pytest.raises(Cancelled):
        scan(path, probe(path), detector=DlibDetector(), on_progress=cancel)
    assert not [t for t in threading.enumerate() if t.name.startswith("faces")]


def test_a_failing_detector_fails_the_scan(tmp_path: Path) -> None:
    path = compose(tmp_path / "film.mp4", alternating_shots(LENGTHS), (), Layout(size=SIZE))
    with pytest.raises(MediaError, match="detector is broken"):
        scan(path, probe(path), detector=BrokenDetector())


def test_a_contact_sheet_holds_every_thumbnail() -> None:
    thumbnails = [
        (index * 61_000, np.full((90, 160, 3), (index * 30, 0, 0), np.uint8)) for index in range(7)
    ]
    encoded = np.frombuffer(contact_sheet(thumbnails), np.uint8)
    sheet = cv2.imdecode(encoded, cv2.IMREAD_COLOR_RGB)
    assert sheet.shape == (2 * (90 + 26) + 6, 5 * 166 + 6, 3)
    assert sheet[50, 4 * 166 + 80].tolist() == pytest.approx([120, 0, 0], abs=10)
    assert contact_sheet([]) == b""


@pytest.mark.parametrize(
    ("time_ms", "text"), [(0, "0:00.0"), (11_795, "0:11.7"), (3_723_400, "1:02:03.4")]
)
def test_times_are_written_for_people(time_ms: int, text: str) -> None:
    assert clock(time_ms, tenths=True) == text
