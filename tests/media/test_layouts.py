import pytest

from cliply.domain.framing import (
    AspectRatio,
    FramedSpan,
    Framing,
    Layout,
    LayoutChoice,
    ReframeSettings,
)
from cliply.domain.timing import TimeRange
from cliply.media.crop_path import window_at
from cliply.media.reframe import reframe
from tests.media.sights import HALF_SECONDS, faces, scenes_at, source_of, track

UPRIGHT = [AspectRatio.portrait, AspectRatio.tall, AspectRatio.square]


def span(start_ms: int, end_ms: int) -> TimeRange:
    return TimeRange(start_ms=start_ms, end_ms=end_ms)


def framed(
    *tracks, spans=((0, 10_000),), cuts=(), source=None, seen=(), looks=None, **settings
) -> Framing:
    return reframe(
        source or source_of(),
        ReframeSettings(**settings),
        [span(*kept) for kept in spans],
        scenes_at(*cuts, **{"motion": 2.0} | (looks or {})),
        faces(*tracks, motion=seen),
    )


def layouts(framing: Framing) -> list[tuple[int, str]]:
    return [(one.span.start_ms, str(one.layout)) for one in framing.spans]


def only(framing: Framing) -> FramedSpan:
    (one,) = framing.spans
    return one


def two(times=HALF_SECONDS, scene=0, left=0.25, right=0.75, speaking=(0.5, 0.5), size=0.1):
    return [
        track(
            x, times, number=2 * scene + n, scene=scene, size=size, height=0.2, speaking=speaking[n]
        )
        for n, x in enumerate((left, right))
    ]


def facecam(times=HALF_SECONDS, scene=0, x=0.09, number=0):
    return track(x, times, number=number, scene=scene, y=0.85, size=0.06, height=0.12)


def widths(one: FramedSpan) -> list[int]:
    return [pane.path.width_px for pane in one.panes]


@pytest.mark.parametrize("aspect", UPRIGHT)
def test_two_who_talk_far_apart_have_a_pane_each(aspect):
    one = only(framed(*two(), aspect_ratio=aspect))
    assert one.layout is Layout.split
    assert "each has a pane" in one.reason
    video = source_of().video
    left, right = (window_at(one, pane, 5000, video) for pane in (0, 1))
    assert left[0] <= 0.2 < 0.3 <= left[2] < 0.7
    assert 0.3 < right[0] <= 0.7 < 0.8 <= right[2]
    assert widths(one)[0] == pytest.approx(widths(one)[1], rel=0.01)


@pytest.mark.parametrize("aspect", UPRIGHT)
def test_three_who_talk_have_a_pane_each_from_left_to_right(aspect):
    tracks = [
        track(x, number=n, speaking=1 / 3, size=0.08, height=0.14)
        for n, x in enumerate((0.5, 0.85, 0.15))
    ]
    one = only(framed(*tracks, aspect_ratio=aspect))
    assert one.layout is Layout.three
    middles = [
        (left + right) / 2
        for left, _, right, _ in (window_at(one, n, 0, source_of().video) for n in range(3))
    ]
    assert middles == pytest.approx([0.15, 0.5, 0.85], abs=0.09)


def test_a_wide_picture_is_not_split_in_a_wide_frame():
    one = only(framed(*two(), aspect_ratio=AspectRatio.landscape))
    assert one.layout is Layout.single
    assert window_at(one, 0, 0, source_of().video) == (0, 0, 1, 1)


@pytest.mark.parametrize(
    ("tracks", "why"),
    [
        (two(speaking=(0.85, 0.15)), "one listens"),
        (two(left=0.44, right=0.56), "one window holds both"),
        ([*two(size=0.03)[:1], track(0.75, number=1, size=0.03, height=0.05)], "one is tiny"),
        ([*two()[:1], track(0.75, range(0, 4000, 500), number=1, speaking=0.5)], "one leaves"),
    ],
    ids=lambda value: value if isinstance(value, str) else "",
)
def test_two_are_not_split_without_need(tracks, why):
    assert only(framed(*tracks)).layout is Layout.single, why


@pytest.mark.parametrize(("height", "layout"), [(0.15, Layout.single), (0.25, Layout.fit)])
def test_a_face_that_a_low_window_would_cut_is_shown_whole(height, layout):
    close = track(0.5, size=0.3, height=height)
    one = only(framed(close, aspect_ratio=AspectRatio.landscape, source=source_of(1080, 1920)))
    assert one.layout is layout


def test_who_drops_out_of_the_detectors_sight_is_still_one_person():
    left, right = two()
    parts = [
        right.model_copy(update={"track_id": n, "samples": right.samples[a:b]})
        for n, (a, b) in enumerate(((0, 6), (10, 15), (18, 21)), 1)
    ]
    assert only(framed(left, *parts)).layout is Layout.split


@pytest.mark.parametrize(
    ("looks", "layout"),
    [
        ({"screen": 0.9, "motion": 0.3}, Layout.screen_face),
        ({"screen": 0.9, "motion": 2.5}, Layout.screen_face),
        ({"screen": 0.05, "motion": 0.3}, Layout.single),
        ({"screen": 0.05, "motion": 2.0}, Layout.single),
    ],
)
def test_a_small_face_at_the_edge_of_a_screen_and_not_of_a_room_is_a_camera_picture(looks, layout):
    one = only(framed(facecam(range(0, 5000, 500)), spans=((0, 5000),), looks=looks))
    assert one.layout is layout


def test_a_screen_without_a_face_is_shown_whole_though_something_moves_on_it():
    one = only(framed(seen=((0, 0.4), (500, 0.6)), looks={"screen": 0.8, "motion": 2.0}))
    assert (one.layout, "screen" in one.reason) == (Layout.fit, True)


@pytest.mark.parametrize("aspect", UPRIGHT)
def test_a_screen_is_shown_whole_and_the_face_close(aspect):
    one = only(framed(facecam(), looks={"motion": 0.3, "screen": 0.9}, aspect_ratio=aspect))
    video = source_of().video
    assert window_at(one, 0, 0, video) == pytest.approx((0, 0, 1, 1), abs=0.01)
    left, top, right, bottom = window_at(one, 1, 0, video)
    assert left <= 0.06
    assert right >= 0.12
    assert bottom - top < 0.3


@pytest.mark.parametrize("looks", [{"motion": 8.0}, {"motion": 1.0, "hud": 0.9}])
def test_a_face_that_stays_in_its_corner_of_a_lively_picture_is_a_players(looks):
    cuts = (2500, 5000, 7500)
    cams = [facecam(range(2500 * n, 2500 * (n + 1), 500), scene=n, number=n) for n in (0, 1, 3)]
    one = only(framed(*cams, cuts=cuts, looks=looks))
    assert one.layout is Layout.gameplay_facecam
    assert [pane.path.jumps_ms for pane in one.panes] == [cuts, cuts]
    assert len({(p.x, p.y) for p in one.panes[0].path.points}) == 1
    assert window_at(one, 1, 0, source_of().video)[0] > 0.2


def test_a_small_face_that_wanders_is_no_camera_picture():
    walker = track(lambda t: 0.05 + t / 80_000, size=0.06, height=0.12)
    assert only(framed(walker, looks={"motion": 8.0})).layout is Layout.single


def test_layouts_change_with_the_shots_and_like_neighbours_are_one_span():
    close = track(0.5, range(3000, 6000, 500), scene=1, number=10)
    other = track(0.3, range(6000, 9000, 500), scene=2, number=11)
    framing = framed(
        *two(range(0, 3000, 500)), close, other, *two(range(9000, 12_000, 500), scene=3),
        cuts=(3000, 6000, 9000), spans=((0, 12_000),),
    )  # fmt: skip
    assert layouts(framing) == [(0, "split"), (3000, "single"), (9000, "split")]
    assert framing.spans[1].panes[0].path.jumps_ms == (6000,)


@pytest.mark.parametrize(
    ("back_ms", "expected"),
    [(5000, [(0, "single")]), (6500, [(0, "single"), (4000, "fit"), (6500, "single")])],
)
def test_a_layout_of_a_moment_joins_its_neighbour(back_ms, expected):
    speaker = [track(0.5, range(0, 4000, 500)), track(0.5, range(back_ms, 10_000, 500), scene=2)]
    framing = framed(*speaker, cuts=(4000, back_ms), looks={"motion": (2.0, 0.1, 2.0)})
    assert layouts(framing) == expected


def test_who_is_alone_for_a_moment_is_not_put_into_a_split():
    close = track(0.5, range(4000, 5000, 500), scene=1, number=10)
    framing = framed(
        *two(range(0, 4000, 500)), close, *two(range(5000, 10_000, 500), scene=2), cuts=(4000, 5000)
    )
    assert layouts(framing) == [(0, "split"), (4000, "single"), (5000, "split")]


def test_a_given_layout_is_for_the_whole_clip_even_for_a_moment():
    framing = framed(*two(), cuts=(1000,), layout=Layout.fit)
    assert layouts(framing) == [(0, "fit")]
    assert framing.spans[0].reason == "This layout was asked for."


def test_a_layout_given_for_a_span_wins_there_to_the_millisecond():
    choices = (
        LayoutChoice(span=span(2000, 3001), layout=Layout.fit),
        LayoutChoice(span=span(2500, 2750), layout=Layout.single),
    )
    framing = framed(*two(), layouts=choices)
    assert layouts(framing) == [
        (0, "split"), (2000, "fit"), (2500, "single"), (2750, "fit"), (3001, "split"),
    ]  # fmt: skip


def test_a_window_does_not_jump_where_a_given_layout_is_the_shots_own():
    choices = (LayoutChoice(span=span(2000, 4000), layout=Layout.single),)
    one = only(framed(track(lambda t: 0.3 + t / 25_000), layouts=choices))
    assert one.panes[0].path.jumps_ms == ()


@pytest.mark.parametrize("aspect", list(AspectRatio))
@pytest.mark.parametrize("layout", list(Layout))
@pytest.mark.parametrize("size", [(1920, 1080), (1080, 1920), (640, 480), (320, 180)])
@pytest.mark.parametrize("found", [0, 1, 2])
def test_every_layout_can_be_asked_for(aspect, layout, size, found):
    source = source_of(*size)
    one = only(framed(*two()[:found], layout=layout, aspect_ratio=aspect, source=source))
    assert one.layout is layout
    area = 0.0
    for number, pane in enumerate(one.panes):
        left, top, right, bottom = window_at(one, number, 5000, source.video)
        assert 0 <= left < right <= 1
        assert 0 <= top < bottom <= 1
        _, _, width, height = pane.region.in_px(aspect.size_px)
        shape = (right - left) * size[0] / ((bottom - top) * size[1])
        assert shape == pytest.approx(width / height, rel=0.1)
        area += pane.region.width * pane.region.height
    assert area == pytest.approx(1 if one.panes else 0)


@pytest.mark.parametrize("found", [0, 1])
def test_a_split_without_two_faces_shows_the_sides_of_the_picture_and_says_so(found):
    one = only(framed(*two()[1:][:found], layout=Layout.split))
    assert f"with {found} of 2 faces found" in one.reason
    video = source_of().video
    left, right = (window_at(one, pane, 0, video) for pane in (0, 1))
    assert left[2] <= (0.55, 0.7)[found]
    assert right[0] >= 0.45


def test_a_given_centre_stands_still_wherever_the_faces_go():
    one = only(framed(*two(), cuts=(5000,), centre=(0.9, 0.2)))
    assert one.layout is Layout.single
    assert one.panes[0].path.followed == "given"
    windows = {window_at(one, 0, t, source_of().video) for t in range(0, 10_000, 700)}
    assert len(windows) == 1
    assert windows.pop()[2] == pytest.approx(1)


def test_a_picture_that_ends_early_is_followed_by_drawn_sound():
    framing = framed(track(0.5), source=source_of(duration_ms=12_000), spans=((0, 20_000),))
    assert layouts(framing) == [(0, "single"), (12_000, "waveform")]
    soon = framed(track(0.5), source=source_of(duration_ms=12_000), spans=((0, 13_000),))
    assert layouts(soon) == [(0, "single")]


def test_spans_in_any_order_are_framed_in_the_order_of_the_source_without_gaps():
    framing = framed(
        track(0.3), track(0.7, range(40_000, 50_000, 500), scene=1, number=1),
        cuts=(30_000,), spans=((42_000, 48_000), (1000, 5000), (6000, 9000), (42_000, 43_000)),
    )  # fmt: skip
    one = only(framing)
    assert one.span == span(1000, 48_000)
    assert one.panes[0].path.jumps_ms == (42_000,)
    assert [point.x for point in one.panes[0].path.points] == [0.3, 0.3, 0.7, 0.7]


def test_faces_are_counted_where_the_clip_is_not_in_the_rest_of_the_scene():
    late = track(0.75, range(10_000, 20_000, 500), number=1, size=0.1, height=0.2)
    assert only(framed(two()[0], late)).layout is Layout.single
