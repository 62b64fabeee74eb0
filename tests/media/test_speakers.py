"""Who speaks when, and that the picture shows them."""

from collections.abc import Callable, Sequence
from fractions import Fraction
from pathlib import Path

import pytest

from cliply.domain.faces import Box, FaceSample, FaceTrack, FaceTrackList, SpeakingSpan
from cliply.domain.framing import Framing, Layout, ReframeSettings
from cliply.domain.timing import TimeRange
from cliply.domain.transcript import Word
from cliply.media.crop_path import centre_at, window_at
from cliply.media.faces import DlibDetector
from cliply.media.probe import probe
from cliply.media.reframe import reframe
from cliply.media.scan import Scan, scan
from cliply.media.speakers import Turn, active_speaker, speaking_share, turns_of
from tests.media import two_speakers as stage
from tests.media.sights import faces as found
from tests.media.sights import scenes_at, source_of, track
from tests.media.synthesis import Layout as FileLayout
from tests.media.synthesis import Shot, compose

TALK = stage.alternating(3.0, 2.0, 2.6, 2.2, 1.8, 3.0)
END_S = TALK[-1].end_s + 0.4
SPEECH = [said.span for said in TALK]
TURNS = [Turn(said.span, "AB"[said.speaker]) for said in TALK]


def span(start_ms: int, end_ms: int) -> TimeRange:
    return TimeRange(start_ms=start_ms, end_ms=end_ms)


def mouths(
    motion: Callable[[int], float], number: int = 0, end_ms: int = 10_000, **more: int
) -> FaceTrack:
    """A face seen every half second whose mouth moves so much at a time."""
    box = Box(0.1 + 0.3 * number, 0.3, 0.1, 0.2)
    samples = tuple(FaceSample(t, box, 1.0, motion(t)) for t in range(0, end_ms, 500))
    return FaceTrack(track_id=number, scene=more.pop("scene", 0), samples=samples, **more)


def told(spans: Sequence[SpeakingSpan]) -> list[tuple[int, int, int]]:
    return [(one.span.start_ms, one.span.end_ms, one.track_id) for one in spans]


FIRST_HALF = mouths(lambda t: 0.05 if t < 5000 else 0.0)
SECOND_HALF = mouths(lambda t: 0.0 if t < 5000 else 0.05, 1)


def test_the_face_whose_mouth_moves_speaks_until_the_pause() -> None:
    spans = active_speaker([FIRST_HALF, SECOND_HALF], [span(0, 4700), span(4900, 10_000)])
    assert told(spans) == [(0, 4900, 0), (4900, 10_000, 1)]
    assert all(one.confidence > 0.8 for one in spans)


def test_nobody_speaks_while_no_voice_is_heard() -> None:
    assert active_speaker([FIRST_HALF, SECOND_HALF], []) == []
    spans = active_speaker([FIRST_HALF, SECOND_HALF], [span(6000, 8000)])
    assert told(spans) == [(6000, 8000, 1)]


def test_one_glance_of_another_mouth_is_no_turn() -> None:
    laughing = mouths(lambda t: 0.06 if t == 2500 else 0.0, 1)
    spans = active_speaker([mouths(lambda _t: 0.05), laughing], [span(0, 10_000)])
    assert told(spans) == [(0, 10_000, 0)]


def test_a_mouth_that_rests_for_a_moment_still_speaks() -> None:
    spans = active_speaker(
        [mouths(lambda t: 0.05 if t % 2000 else 0.0), mouths(lambda _t: 0.004, 1)],
        [span(0, 10_000)],
    )
    assert told(spans) == [(0, 10_000, 0)]


def test_two_mouths_that_move_alike_are_a_guess() -> None:
    (one,) = active_speaker(
        [mouths(lambda _t: 0.05), mouths(lambda _t: 0.05, 1)], [span(0, 10_000)]
    )
    assert one.confidence == pytest.approx(0.5, abs=0.05)


def test_a_voice_over_still_faces_is_nobodys() -> None:
    still = [mouths(lambda _t: 0.0), mouths(lambda _t: 0.001, 1)]
    assert active_speaker(still, [span(0, 10_000)]) == []


def test_turns_help_where_mouths_are_not_seen() -> None:
    hidden = mouths(lambda t: 0.05 if t < 3000 else 0.0)
    other = mouths(lambda t: 0.05 if 3000 <= t < 6000 else 0.0, 1)
    edges = ((0, 3000, "A"), (3000, 6000, "B"), (6000, 8000, "A"), (8000, 10_000, "B"))
    turns = [Turn(span(start_ms, end_ms), voice) for start_ms, end_ms, voice in edges]
    spans = active_speaker([hidden, other], [span(0, 10_000)], turns)
    assert told(spans) == [(0, 3000, 0), (3000, 6000, 1), (6000, 8000, 0), (8000, 10_000, 1)]


def test_a_voice_is_known_by_the_person_in_other_scenes() -> None:
    close = mouths(lambda _t: 0.05, 0, identity=0)
    wide = [
        FaceTrack(
            track_id=n,
            scene=1,
            identity=identity,
            samples=tuple(FaceSample(t, Box(x, 0.3, 0.1, 0.2), 1.0) for t in times),
        )
        for n, identity, x, times in (
            (1, 1, 0.1, range(10_000, 14_000, 500)),
            (2, 0, 0.7, range(10_000, 14_000, 500)),
        )
    ]
    turns = [
        Turn(span(0, 9000), "A"),
        Turn(span(10_000, 14_000), "A"),
        Turn(span(15_000, 16_000), "B"),
    ]
    spans = active_speaker([close, *wide], [span(0, 14_000)], turns)
    assert told(spans)[-1] == (10_000, 14_000, 2)


def test_a_listener_in_a_close_up_is_not_the_voice_they_hear() -> None:
    speaks = mouths(lambda _t: 0.05, 0, identity=0)
    listens = FaceTrack(
        track_id=1,
        scene=1,
        identity=1,
        samples=tuple(
            FaceSample(t, Box(0.4, 0.3, 0.2, 0.4), 1.0, 0.004) for t in range(10_000, 13_000, 500)
        ),
    )
    turns = [Turn(span(0, 13_000), "A"), Turn(span(15_000, 16_000), "B")]
    spans = active_speaker([speaks, listens], [span(0, 13_000)], turns)
    assert told(spans) == [(0, 10_000, 0)]


def test_turns_come_from_words_and_one_voice_alone_is_none() -> None:
    said = [
        ("I", 0, "A"),
        ("am", 300, "A"),
        ("Why", 900, "B"),
        ("Yes", 1500, None),
        ("So", 2000, "A"),
    ]
    words = [Word(text=w, span=span(t, t + 200), speaker=s) for w, t, s in said]
    assert turns_of(words) == (
        Turn(span(0, 500), "A"),
        Turn(span(900, 1100), "B"),
        Turn(span(2000, 2200), "A"),
    )
    assert turns_of(words[:2]) == ()


def test_the_share_of_what_is_spoken() -> None:
    spans = active_speaker([FIRST_HALF, SECOND_HALF], [span(0, 10_000)])
    share = speaking_share(spans, frozenset({0}), span(0, 10_000))
    assert share == pytest.approx(0.5, abs=0.06)
    assert speaking_share(spans, frozenset({0}), span(20_000, 30_000)) is None


@pytest.fixture(scope="module")
def talk(tmp_path_factory: pytest.TempPathFactory) -> Scan:
    """Two who speak in turns; who listens nods as far as a tenth of the face."""
    path = tmp_path_factory.mktemp("talk") / "talk.mp4"
    layout = FileLayout(fps=Fraction(15), size=stage.SIZE)
    compose(path, [Shot(END_S, stage.two_speakers(TALK, nod_px=12))], (), layout)
    return scan(path, probe(path), detector=DlibDetector())


def true_track(faces: FaceTrackList, speaker: int) -> int:
    return min(
        faces.tracks,
        key=lambda t: abs(t.samples[0].box.centre[0] - stage.WIDE[speaker].face.centre[0]),
    ).track_id


@pytest.mark.parametrize("turns", [(), TURNS], ids=["mouths", "mouths and turns"])
@pytest.mark.parametrize("speech", [[span(300, 16_500)], SPEECH], ids=["no pauses", "pauses"])
def test_who_speaks_in_a_talk_is_told_nine_times_in_ten(
    talk: Scan, turns: Sequence[Turn], speech: Sequence[TimeRange]
) -> None:
    assert len(talk.faces.tracks) == 2
    spans = active_speaker(talk.faces.tracks, speech, turns)
    right = [
        any(s.span.contains(t) and s.track_id == true_track(talk.faces, who) for s in spans)
        for t in range(0, round(END_S * 1000), 50)
        if (who := stage.speaker_at(TALK, t / 1000)) is not None
    ]
    assert sum(right) / len(right) >= 0.9


def shown(framing: Framing, time_ms: int, face: Box) -> bool:
    """Whether a face is whole in one of the panes of that moment."""
    framed, video = framing.at(time_ms), source_of(*stage.SIZE).video
    windows = [window_at(framed, pane, time_ms, video) for pane in range(len(framed.panes))]
    return any(w[0] <= face.x and face.x + face.width <= w[2] for w in windows)


@pytest.mark.parametrize("layout", [Layout.single, None])
def test_the_speaking_face_is_in_frame_nine_times_in_ten(talk: Scan, layout: Layout | None) -> None:
    spoken = active_speaker(talk.faces.tracks, SPEECH)
    framing = reframe(
        source_of(*stage.SIZE),
        ReframeSettings(layout=layout),
        [span(0, round(END_S * 1000))],
        talk.scenes,
        talk.faces,
        spoken,
    )
    seen = [
        shown(framing, t, stage.WIDE[who].face)
        for t in range(0, round(END_S * 1000), 50)
        if (who := stage.speaker_at(TALK, t / 1000)) is not None
    ]
    assert sum(seen) / len(seen) >= 0.9


def test_cuts_between_speakers_show_the_same_two_persons(tmp_path: Path) -> None:
    shots = [(stage.CLOSE[0], 2.0), (stage.CLOSE[1], 2.0), (stage.WIDE, 2.0), (stage.CLOSE[0], 2.0)]
    painters = [
        Shot(length, stage.two_speakers(TALK, seats, begin_s=2.0 * n, wall=(120, 190, 150, 120)[n]))
        for n, (seats, length) in enumerate(shots)
    ]
    path = compose(
        tmp_path / "cut.mp4", painters, (), FileLayout(fps=Fraction(15), size=stage.SIZE)
    )
    result = scan(path, probe(path), detector=DlibDetector())
    persons = {
        (track.scene, round(track.samples[0].box.centre[0], 1)): track.identity
        for track in result.faces.tracks
    }
    assert [scene for scene, _ in sorted(persons)] == [0, 1, 2, 2, 3]
    assert [persons[key] for key in sorted(persons)] == [0, 1, 0, 1, 0]


def framed(spoken: Sequence[SpeakingSpan], *tracks: FaceTrack, **settings: object) -> Framing:
    return reframe(
        source_of(),
        ReframeSettings(**settings),
        [span(0, 10_000)],
        scenes_at(),
        found(*tracks),
        spoken,
    )


def speaks(start_ms: int, end_ms: int, number: int, confidence: float = 0.9) -> SpeakingSpan:
    return SpeakingSpan(span=span(start_ms, end_ms), track_id=number, confidence=confidence)


FAR = (track(0.2, number=0, speaking=0.5), track(0.8, number=1, speaking=0.5))


def looked_at(framing: Framing, *times_ms: int) -> list[str]:
    windows = [window_at(framing.at(t), 0, t, source_of().video) for t in times_ms]
    return ["left" if (w[0] + w[2]) / 2 < 0.5 else "right" for w in windows]


def test_a_single_window_goes_over_to_who_speaks_at_once() -> None:
    turns = [speaks(0, 4000, 0), speaks(4000, 7000, 1), speaks(7000, 10_000, 0)]
    framing = framed(turns, *FAR, layout=Layout.single)
    assert framing.spans[0].panes[0].path.jumps_ms == (3900, 6900)
    assert looked_at(framing, 1000, 3800, 4000, 6500, 7000, 9900) == [
        "left", "left", "right", "right", "left", "left",
    ]  # fmt: skip


def test_a_short_remark_is_only_heard() -> None:
    turns = [speaks(0, 4000, 0), speaks(4000, 5000, 1), speaks(5000, 10_000, 0)]
    assert framed(turns, *FAR, layout=Layout.single).spans[0].panes[0].path.jumps_ms == ()


def test_a_guess_moves_nothing() -> None:
    turns = [speaks(0, 5000, 0, 0.5), speaks(5000, 10_000, 1, 0.5)]
    assert framed(turns, *FAR, layout=Layout.single).spans[0].panes[0].path.jumps_ms == ()
    assert framed(turns, *FAR).spans[0].layout is Layout.split


def test_who_alone_speaks_is_followed_though_another_is_larger() -> None:
    large, small = track(0.2, number=0, size=0.16), track(0.8, number=1, size=0.1)
    framing = framed([speaks(0, 10_000, 1)], large, small)
    assert framing.spans[0].layout is Layout.single
    assert looked_at(framing, 0, 5000, 9900) == ["right"] * 3


def test_a_window_that_holds_both_stays() -> None:
    near = (track(0.45, number=0, size=0.08), track(0.55, number=1, size=0.08))
    turns = [speaks(0, 5000, 0), speaks(5000, 10_000, 1)]
    assert framed(turns, *near, layout=Layout.single).spans[0].panes[0].path.jumps_ms == ()


def test_a_face_that_comes_back_elsewhere_is_waited_for_where_it_was() -> None:
    away = track(
        lambda t: 0.3 if t < 4000 else 0.7, [*range(0, 2001, 500), *range(8000, 10_001, 500)]
    )
    path = framed([], away).spans[0].panes[0].path
    middles = [centre_at(path, t)[0] for t in (2500, 4500, 6500, 9000)]
    assert middles == pytest.approx([0.3, 0.3, 0.3, 0.7], abs=0.06)
