"""Faces are followed from sample to sample, and never across a cut."""

from itertools import pairwise

import pytest

from cliply.domain.faces import FOLLOWED, Box, FaceSample, FaceTrack
from cliply.domain.scenes import Scene, SceneList
from cliply.domain.timing import TimeRange
from cliply.media.tracks import SampledFrame, follow_faces


def scenes(*borders_ms: int) -> SceneList:
    spans = pairwise(borders_ms)
    shots = tuple(Scene(span=TimeRange(start_ms=a, end_ms=b), motion=1.0) for a, b in spans)
    return SceneList(scenes=shots, detector="given")


def face(time_ms: int, x: float, width: float = 0.1, mouth: float = 0.0) -> FaceSample:
    box = Box(x=x, y=0.3, width=width, height=width * 16 / 9)
    return FaceSample(time_ms=time_ms, box=box, confidence=1.0, mouth_motion=mouth)


def frames(samples: dict[int, list[FaceSample]]) -> list[SampledFrame]:
    return [SampledFrame(time_ms, tuple(faces)) for time_ms, faces in samples.items()]


def lefts(track: FaceTrack) -> list[float]:
    return [sample.box.x for sample in track.samples]


def test_two_faces_stay_two_tracks_in_whatever_order_they_are_found() -> None:
    sampled = frames(
        {
            0: [face(0, 0.1), face(0, 0.6)],
            500: [face(500, 0.61), face(500, 0.12)],
            1000: [face(1000, 0.14), face(1000, 0.62)],
        }
    )
    first, second = follow_faces(sampled, scenes(0, 2000))
    assert lefts(first) == [0.1, 0.12, 0.14]
    assert lefts(second) == [0.6, 0.61, 0.62]
    assert (first.track_id, second.track_id) == (0, 1)


def test_a_track_ends_at_a_cut() -> None:
    sampled = frames({t: [face(t, 0.3)] for t in range(0, 2000, 500)})
    tracks = follow_faces(sampled, scenes(0, 1000, 2000))
    assert [(t.scene, [s.time_ms for s in t.samples]) for t in tracks] == [
        (0, [0, 500]),
        (1, [1000, 1500]),
    ]


def test_a_face_that_looks_away_for_a_second_is_the_same() -> None:
    sampled = frames({0: [face(0, 0.3)], 500: [], 1000: [], 1500: [face(1500, 0.32)]})
    (track,) = follow_faces(sampled, scenes(0, 2000))
    assert [s.time_ms for s in track.samples] == [0, 500, 1000, 1500]
    assert lefts(track) == pytest.approx([0.3, 0.3067, 0.3133, 0.32], abs=0.001)
    assert [s.is_seen for s in track.samples] == [True, False, False, True]


def gone(back_ms: int, x: float) -> list[SampledFrame]:
    """A face that is seen twice, then not until it comes back at a place."""
    seen = {0: [face(0, 0.3)], 500: [face(500, 0.3)]}
    seen |= {t: [] for t in range(1000, back_ms, 500)}
    return frames(seen | {t: [face(t, x)] for t in (back_ms, back_ms + 500)})


def test_a_face_that_comes_back_to_its_place_after_seconds_is_the_same() -> None:
    (track,) = follow_faces(gone(5000, 0.33), scenes(0, 6000))
    assert [s.time_ms for s in track.samples] == list(range(0, 6000, 500))
    steps = [b - a for a, b in pairwise(lefts(track))]
    assert max(steps) < 0.005


def test_a_face_that_comes_back_elsewhere_is_another() -> None:
    tracks = follow_faces(gone(3000, 0.36), scenes(0, 4000))
    assert [[s.time_ms for s in t.samples] for t in tracks] == [[0, 500], [3000, 3500]]


def test_a_face_that_was_gone_for_long_is_another() -> None:
    tracks = follow_faces(gone(8000, 0.3), scenes(0, 9000))
    assert [len(track.samples) for track in tracks] == [2, 2]


def followed(time_ms: int, x: float) -> FaceSample:
    return face(time_ms, x)._replace(confidence=FOLLOWED)


def test_a_blip_that_was_followed_by_its_looks_is_still_a_blip() -> None:
    sampled = {0: [face(0, 0.1)]} | {t: [followed(t, 0.1)] for t in range(500, 2000, 500)}
    assert follow_faces(frames(sampled), scenes(0, 2000)) == ()


def test_a_face_that_was_followed_and_never_seen_again_ends_soon() -> None:
    sampled = {t: [face(t, 0.1)] for t in (0, 500)}
    sampled |= {t: [followed(t, 0.1)] for t in range(1000, 4500, 500)}
    (track,) = follow_faces(frames(sampled), scenes(0, 5000))
    assert track.samples[-1].time_ms == 2000


def test_forty_faces_are_forty_tracks() -> None:
    places = [(n % 8 * 0.12, n // 8) for n in range(40)]

    def crowd(time_ms: int) -> tuple[FaceSample, ...]:
        return tuple(
            FaceSample(time_ms, Box(x, 0.2 * row, 0.04, 0.07), 1.0, 0.01)
            for n, (x, row) in enumerate(places)
            if (time_ms // 500 + n) % 7
        )

    sampled = [SampledFrame(t, crowd(t)) for t in range(0, 60_000, 500)]
    tracks = follow_faces(sampled, scenes(0, 60_000))
    assert len(tracks) == 40
    assert all(len(track.samples) >= 118 for track in tracks)


def test_a_face_seen_once_is_a_blip() -> None:
    sampled = frames({0: [face(0, 0.1)], 500: [face(500, 0.1), face(500, 0.8)], 1000: []})
    (track,) = follow_faces(sampled, scenes(0, 2000))
    assert lefts(track) == [0.1, 0.1]


def test_the_only_sample_of_a_short_shot_counts() -> None:
    (track,) = follow_faces(frames({0: [face(0, 0.1)]}), scenes(0, 400))
    assert lefts(track) == [0.1]


def test_a_face_of_another_size_is_another() -> None:
    sampled = frames(
        {
            0: [face(0, 0.3, width=0.1)],
            500: [face(500, 0.3, width=0.1), face(500, 0.27, width=0.3)],
            1000: [face(1000, 0.27, width=0.3)],
        }
    )
    assert [lefts(t) for t in follow_faces(sampled, scenes(0, 2000))] == [[0.3, 0.3], [0.27, 0.27]]


def test_the_face_whose_mouth_moves_more_is_the_speaking_one() -> None:
    sampled = frames(
        {t: [face(t, 0.1, mouth=0.3), face(t, 0.6, mouth=0.1)] for t in range(0, 2000, 500)}
    )
    speaking = [track.speaking for track in follow_faces(sampled, scenes(0, 2000))]
    assert speaking == pytest.approx([0.75, 0.25])


def test_still_faces_speak_equally_likely() -> None:
    sampled = frames({t: [face(t, 0.1), face(t, 0.6)] for t in range(0, 2000, 500)})
    speaking = [track.speaking for track in follow_faces(sampled, scenes(0, 2000))]
    assert speaking == pytest.approx([0.5, 0.5])


def test_a_face_alone_speaks() -> None:
    sampled = frames({t: [face(t, 0.1, mouth=0.2)] for t in range(0, 2000, 500)})
    assert follow_faces(sampled, scenes(0, 2000))[0].speaking == 1
