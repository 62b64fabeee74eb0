"""Faces are followed from sample to sample, and never across a cut."""

from itertools import pairwise

import numpy as np
import pytest

from cliply.domain.faces import Box, FaceSample, FaceTrack
from cliply.domain.scenes import Scene, SceneList
from cliply.domain.timing import TimeRange
from cliply.media.tracks import SampledFrame, follow_faces, mouth_change


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
    assert [s.time_ms for s in track.samples] == [0, 1500]


def test_a_face_that_was_gone_for_longer_is_another() -> None:
    times = [0, 500, 3000, 3500]
    tracks = follow_faces(frames({t: [face(t, 0.3)] for t in times}), scenes(0, 4000))
    assert [len(track.samples) for track in tracks] == [2, 2]


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


BOX = Box(x=0.25, y=0.25, width=0.5, height=0.5)


def textured(seed: int) -> np.ndarray:
    return np.random.default_rng(seed).integers(60, 200, (80, 80), dtype=np.uint8)


def test_the_same_picture_in_other_light_is_no_change() -> None:
    before = textured(1)
    brighter = (before.astype(float) * 1.2 + 10).clip(0, 255).astype(np.uint8)
    assert mouth_change(before, before, BOX) == 0
    assert mouth_change(before, brighter, BOX) < 0.02


def test_only_the_lower_half_of_the_face_counts() -> None:
    before = textured(1)
    forehead, mouth = before.copy(), before.copy()
    forehead[20:40, 20:60] = textured(2)[20:40, 20:60]
    mouth[40:60, 20:60] = textured(2)[40:60, 20:60]
    assert mouth_change(before, forehead, BOX) == 0
    assert 0.2 < mouth_change(before, mouth, BOX) <= 1


def test_a_face_at_the_edge_of_the_picture_is_no_error() -> None:
    box = Box(x=-0.2, y=0.9, width=0.3, height=0.3)
    assert 0 <= mouth_change(textured(1), textured(2), box) <= 1
