"""Laughter, applause, shouts and music are found where they were put, and nowhere else."""

from pathlib import Path

import numpy as np
import pytest

from cliply.domain.audio import AudioFeatures, SoundKind
from cliply.domain.timing import TimeRange
from cliply.media.audio_features import measure_audio
from cliply.media.sound_kinds import find_events
from tests.media import sound_scenes as scenes
from tests.media.sounds import RATE, heard_source, write_sound

SEED = 501
"""Far from the seeds that the ramps were chosen with (0 to 7)."""


def heard(tmp_path: Path, sound: np.ndarray) -> AudioFeatures:
    path = write_sound(tmp_path / "a.wav", [(0, scenes.stereo(sound))])
    return measure_audio(path, heard_source(path)).features


def kinds(features: AudioFeatures) -> set[SoundKind]:
    return {event.kind for event in features.events}


def found(features: AudioFeatures, kind: SoundKind) -> list[TimeRange]:
    return [event.span for event in features.events if event.kind is kind]


def within(part: np.ndarray, around: np.ndarray, at_s: float) -> np.ndarray:
    sound = around.copy()
    first = round(at_s * RATE)
    sound[first : first + len(part)] = part
    return sound


@pytest.mark.parametrize(
    ("kind", "part"),
    [(SoundKind.laughter, scenes.laughter), (SoundKind.applause, scenes.applause)],
)
def test_what_happens_in_a_talk_is_found_there(
    tmp_path: Path, kind: SoundKind, part: scenes.Maker
) -> None:
    talk = within(0.6 * part(SEED, 4.0), 0.5 * scenes.speech(SEED, 12.0), 5.0)
    features = heard(tmp_path, talk)
    assert kinds(features) == {kind}
    truth = TimeRange(start_ms=4_700, end_ms=9_300)
    spans = found(features, kind)
    assert all(truth.start_ms <= span.start_ms and span.end_ms <= truth.end_ms for span in spans)
    assert sum(span.duration_ms for span in spans) >= 800


def test_a_shout_is_found_in_the_speech_of_the_same_voice(tmp_path: Path) -> None:
    talk, (start_s, end_s) = scenes.talk_with_shout(SEED, 14.0)
    features = heard(tmp_path, talk)
    assert kinds(features) == {SoundKind.shout}
    spans = found(features, SoundKind.shout)
    assert spans[0].start_ms >= start_s * 1000 - 300
    assert spans[-1].end_ms <= end_s * 1000 + 300


@pytest.mark.parametrize("make", [scenes.music, scenes.drums, scenes.singing])
def test_music_is_found(tmp_path: Path, make: scenes.Maker) -> None:
    features = heard(tmp_path, make(SEED, 10.0))
    assert kinds(features) == {SoundKind.music}
    assert sum(span.duration_ms for span in found(features, SoundKind.music)) > 8_000


@pytest.mark.parametrize(
    "make",
    [
        scenes.speech,
        scenes.shouting,
        scenes.babble,
        scenes.white,
        scenes.coloured,
        scenes.rain,
        scenes.hum,
        scenes.typing,
    ],
)
def test_nothing_is_found_in(tmp_path: Path, make: scenes.Maker) -> None:
    features = heard(tmp_path, make(SEED, 8.0))
    assert features.events == ()
    assert features.beats is None


@pytest.mark.parametrize(
    "name",
    [
        "jfk.flac",
        "manifesto.mp4",
        "nasa_13013.mp4",
        "stereo_diarization.wav",
        "man-on-green-screen.mp4",
    ],
)
def test_recorded_speech_has_no_events(shared_media: Path, name: str) -> None:
    path = shared_media / name
    features = measure_audio(path, heard_source(path)).features
    assert features.events == ()
    assert features.beats is None


@pytest.mark.parametrize("name", ["big_buck_bunny_0_30.webm", "chaplin.mp4"])
def test_film_music_is_music_and_nothing_else(shared_media: Path, name: str) -> None:
    path = shared_media / name
    features = measure_audio(path, heard_source(path)).features
    assert kinds(features) == {SoundKind.music}


def test_events_that_are_near_each_other_are_one_and_short_ones_none() -> None:
    series = np.zeros(100, np.float32)
    series[10:16] = series[20:30] = 0.9
    series[60:64] = 0.9
    series[80:95] = 0.4
    events = find_events({SoundKind.laughter: series}, 10_000)
    assert [(event.span.start_ms, event.span.end_ms) for event in events] == [(1_000, 3_000)]
    assert events[0].likelihood == 0.9


def test_no_event_reaches_past_the_end() -> None:
    events = find_events({SoundKind.applause: np.ones(20, np.float32)}, 1_950)
    assert events[0].span.end_ms == 1_950
