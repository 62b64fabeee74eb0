import numpy as np
import pytest

from cliply.domain.faces import FaceTrack
from cliply.domain.framing import AspectRatio, CropPath, Framing, Layout, ReframeSettings
from cliply.domain.media import AudioStream
from cliply.domain.scenes import Scene, SceneList
from cliply.domain.timing import TimeRange
from cliply.media.crop_path import centre_at
from cliply.media.reframe import reframe
from tests.media.sights import HALF_SECONDS, faces, scenes_at, source_of, track


def framed(
    *tracks: FaceTrack,
    motion=(),
    cuts=(),
    span=(0, 10_000),
    aspect=AspectRatio.portrait,
    source=None,
    stillness=5.0,
) -> Framing:
    return reframe(
        source or source_of(),
        ReframeSettings(aspect_ratio=aspect),
        [TimeRange(start_ms=span[0], end_ms=span[1])],
        scenes_at(*cuts, motion=stillness),
        faces(*tracks, motion=motion),
    )


def path_of(framing: Framing) -> CropPath:
    """The path of a clip that is one window throughout."""
    (only,) = framing.spans
    (pane,) = only.panes
    assert only.layout is Layout.single
    return pane.path


def layout_of(framing: Framing) -> Layout:
    (only,) = framing.spans
    return only.layout


def xs(framing: Framing, *times_ms: int) -> list[float]:
    return [centre_at(path_of(framing), time)[0] for time in times_ms]


def test_a_face_that_sways_a_little_is_looked_at_from_a_still_camera():
    framing = framed(track(lambda t: 0.6 + 0.02 * np.sin(t / 700), HALF_SECONDS))
    assert path_of(framing).followed == "face"
    assert len({point.x for point in path_of(framing).points}) == 1
    assert xs(framing, 0)[0] == pytest.approx(0.6, abs=0.01)


def test_a_single_false_detection_moves_nothing():
    framing = framed(track(lambda t: 0.9 if t == 5000 else 0.4, HALF_SECONDS))
    assert {point.x for point in path_of(framing).points} == {0.4}


def test_a_walk_is_followed_without_lag():
    framing = framed(track(lambda t: 0.3 if t < 5000 else 0.7, HALF_SECONDS))
    before, middle, after = xs(framing, 2000, 4750, 8000)
    assert before == pytest.approx(0.3, abs=0.04)
    assert middle == pytest.approx(0.5, abs=0.05)
    assert after == pytest.approx(0.7, abs=0.04)


def test_a_pan_starts_and_ends_softly():
    framing = framed(track(lambda t: 0.3 if t < 5000 else 0.7, HALF_SECONDS))
    speed = np.abs(np.diff(xs(framing, *range(0, 10_000, 100))))
    assert speed.max() < 0.07
    assert np.abs(np.diff(speed)).max() < 0.02


def test_at_a_cut_the_window_jumps_and_before_it_does_not_move():
    framing = framed(
        track(lambda t: 0.3, range(0, 5000, 500)),
        track(lambda t: 0.7, range(5000, 10_000, 500), scene=1, number=1),
        cuts=(5000,),
    )
    assert path_of(framing).jumps_ms == (5000,)
    assert xs(framing, 0, 4999, 5000, 9999) == [0.3, 0.3, 0.7, 0.7]


def test_of_faces_that_one_window_holds_the_largest_is_followed():
    framing = framed(
        track(lambda t: 0.45, HALF_SECONDS, size=0.1),
        track(lambda t: 0.55, HALF_SECONDS, size=0.15, number=1),
    )
    assert xs(framing, 5000) == [0.55]


@pytest.mark.parametrize(("speaking", "x"), [(0.8, 0.45), (0.55, 0.55)])
def test_a_smaller_face_is_followed_when_it_clearly_speaks(speaking, x):
    framing = framed(
        track(lambda t: 0.45, HALF_SECONDS, size=0.1, speaking=speaking),
        track(lambda t: 0.55, HALF_SECONDS, size=0.15, number=1, speaking=1 - speaking),
    )
    assert xs(framing, 5000) == [x]


def test_another_face_takes_over_only_where_it_stays():
    main = track(lambda t: 0.3, range(0, 5000, 500), size=0.2)
    blink = track(lambda t: 0.8, (6000, 6500), number=1)
    stays = track(lambda t: 0.6, range(6000, 10_000, 500), number=1)
    assert xs(framed(main, blink), 9000) == [0.3]
    assert xs(framed(main, stays), 9000)[0] == pytest.approx(0.6, abs=0.04)


def test_without_a_face_the_window_follows_what_moves():
    framing = framed(motion=tuple((t, 0.3 + t / 25_000) for t in HALF_SECONDS))
    assert path_of(framing).followed == "motion"
    assert xs(framing, 500)[0] < xs(framing, 9500)[0] - 0.2


def test_a_picture_that_moves_nowhere_in_particular_is_shown_whole():
    """Sensor noise on a slide counts as motion, but it has no centre."""
    (only,) = framed().spans
    assert only.layout is Layout.fit


@pytest.mark.parametrize("aspect", list(AspectRatio))
@pytest.mark.parametrize(
    "size", [(1920, 1080), (1080, 1920), (853, 481), (1000, 1000), (2538, 1080)]
)
def test_the_window_is_even_and_never_leaves_the_picture(aspect, size):
    source = source_of(*size)
    walk = track(lambda t: 0.5 + 0.6 * np.sin(t / 900), HALF_SECONDS, y=0.05)
    path = path_of(framed(walk, aspect=aspect, source=source))
    assert path.width_px % 2 == path.height_px % 2 == 0
    width, height = path.width_px / size[0], path.height_px / size[1]
    assert width <= 1
    assert height <= 1
    for point in path.points:
        assert width / 2 - 1e-4 <= point.x <= 1 - width / 2 + 1e-4
        assert height / 2 - 1e-4 <= point.y <= 1 - height / 2 + 1e-4


def test_a_window_lower_than_the_picture_leaves_room_above_the_head():
    source = source_of(1080, 1920)
    framing = framed(
        track(lambda t: 0.5, HALF_SECONDS, y=0.35), source=source, aspect=AspectRatio.square
    )
    y = centre_at(path_of(framing), 5000)[1]
    height = path_of(framing).height_px / 1920
    assert (0.35 - (y - height / 2)) / height == pytest.approx(0.4, abs=0.01)


def test_a_picture_of_the_outputs_shape_is_shown_whole():
    framing = framed(track(lambda t: 0.2, HALF_SECONDS), aspect=AspectRatio.landscape)
    assert (path_of(framing).width_px, path_of(framing).height_px) == (1920, 1080)
    assert path_of(framing).points[0].x == 0.5


def test_slides_are_shown_whole_over_a_blur():
    assert layout_of(framed(stillness=0.1)) is Layout.fit
    assert layout_of(framed(track(lambda t: 0.5, HALF_SECONDS), stillness=0.1)) is Layout.single


def test_a_tiny_picture_is_not_cut():
    framing = framed(track(lambda t: 0.5, HALF_SECONDS), source=source_of(320, 180))
    assert layout_of(framing) is Layout.fit
    assert "320x180" in framing.spans[0].reason


def test_a_source_without_a_picture_has_its_sound_drawn():
    sound = AudioStream(index=0, codec="flac", sample_rate=44_100, channels=2)
    source = source_of().model_copy(update={"video": None, "audio": sound})
    assert layout_of(framed(source=source)) is Layout.waveform


def test_a_clip_after_the_pictures_end_has_its_sound_drawn():
    source = source_of(duration_ms=20_000)
    assert layout_of(framed(source=source, span=(30_000, 40_000))) is Layout.waveform


def test_a_clip_before_the_first_scene_is_framed_by_that_scene():
    late = SceneList(
        detector="test",
        scenes=(Scene(span=TimeRange(start_ms=850, end_ms=60_000), motion=5),),
    )
    face = track(lambda t: 0.3, range(1000, 10_000, 500))
    span = TimeRange(start_ms=0, end_ms=8000)
    framing = reframe(source_of(start_ms=850), ReframeSettings(), [span], late, faces(face))
    assert path_of(framing).points[0].time_ms == 0
    assert xs(framing, 0, 7999) == [0.3, 0.3]
    assert path_of(framing).jumps_ms == ()
