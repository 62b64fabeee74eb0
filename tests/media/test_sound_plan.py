"""The plan of a clip's sound: spans and moments in clip time, and levels without a pass."""

from fractions import Fraction
from functools import cache
from pathlib import Path

import numpy as np
import polars as pl
import pytest

from cliply.domain.attachments import Attachment, AttachmentKind
from cliply.domain.sound import (
    AudioSettings,
    AudioSpec,
    CensorMode,
    CensorSettings,
    MusicSettings,
    Noise,
    NoiseSettings,
    PlacedSound,
    SoundEffect,
    SoundEffectSettings,
)
from cliply.domain.timeline import KeptSpan, Timeline, Transition, TransitionKind
from cliply.domain.timing import TimeRange
from cliply.domain.transcript import Word
from cliply.errors import ErrorCode, InvalidInput
from cliply.media.audio import read_audio
from cliply.media.clip_levels import played
from cliply.media.loudness import Loudness
from cliply.media.sound_plan import plan_audio
from tests.media.mixing import AAC, clip_of, cut, ebur128, levels_of, mixed
from tests.media.sounds import RATE, heard_source, pink, sine, still, write_sound

MUSIC = MusicSettings(attachment="song")


def span(start_ms: int, end_ms: int) -> TimeRange:
    return TimeRange(start_ms=start_ms, end_ms=end_ms)


def said(*words: tuple[str, int]) -> tuple[Word, ...]:
    """Words of 300 ms at these times."""
    return tuple(Word(text=text, span=span(at, at + 300)) for text, at in words)


def file_of(kind: AttachmentKind = AttachmentKind.audio, lufs: float | None = -9.0) -> Attachment:
    return Attachment(
        content_hash="c" * 64,
        kind=kind,
        has_audio=kind is AttachmentKind.audio,
        loudness_lufs=lufs,
        size_bytes=1,
    )


def planned(
    settings: AudioSettings,
    timeline: Timeline,
    *,
    levels: pl.DataFrame | None = None,
    words: tuple[Word, ...] = (),
    speech: tuple[TimeRange, ...] = (),
    files: dict[str, Attachment] | None = None,
) -> AudioSpec:
    levels = levels_of(pink(20)) if levels is None else levels
    spec, _ = plan_audio(
        settings,
        levels=levels,
        timeline=timeline,
        words=words,
        speech=speech,
        attachments={"song": file_of()} if files is None else files,
    )
    return spec


def gain_db(timeline: Timeline, sound: np.ndarray, **settings: object) -> float:
    chosen = AudioSettings.model_validate(settings)
    spec = planned(chosen, timeline, levels=levels_of(sound))
    assert spec.gain is not None
    return spec.gain.gain_db


def test_censored_words_are_where_the_clip_plays_them() -> None:
    settings = AudioSettings(censor=CensorSettings(words=("Secret",), mode=CensorMode.mute))
    words = said(("Shit,", 1_000), ("my", 5_000), ("secret!", 8_000), ("fucking", 11_000))
    spec = planned(settings, clip_of((7, 10), (0, 2)), words=words)
    assert [one.span for one in spec.censored] == [span(1_000, 1_300), span(4_000, 4_300)]
    assert {one.mode for one in spec.censored} == {CensorMode.mute}


def test_words_are_left_alone_unless_censoring_is_asked_for() -> None:
    words = said(("shit", 1_000))
    assert not planned(AudioSettings(), clip_of((0, 5)), words=words).censored
    lenient = AudioSettings(censor=CensorSettings(profanity=False))
    assert not planned(lenient, clip_of((0, 5)), words=words).censored


def test_censored_spans_that_touch_become_one() -> None:
    settings = AudioSettings(censor=CensorSettings(spans=(span(1_200, 2_000), span(900, 1_100))))
    spec = planned(settings, clip_of((0, 5)), words=said(("shit", 1_000)))
    assert [one.span for one in spec.censored] == [span(900, 2_000)]


def test_music_makes_room_for_speech_and_not_for_breath() -> None:
    speech = (span(1_000, 2_000), span(2_500, 3_000), span(3_700, 4_200))
    spec = planned(AudioSettings(music=MUSIC), clip_of((0, 6)), speech=speech)
    assert spec.music is not None
    assert spec.music.ducked == (span(1_000, 3_000), span(3_700, 4_200))


def test_words_tell_where_speech_is_when_nothing_else_does() -> None:
    spec = planned(AudioSettings(music=MUSIC), clip_of((1, 6)), words=said(("hello", 2_000)))
    assert spec.music is not None
    assert spec.music.ducked == (span(1_000, 1_300),)


def test_keywords_get_a_sound_at_their_start_and_not_too_many() -> None:
    settings = AudioSettings(sound_effects=SoundEffectSettings(by_keyword=True))
    words = said(("Money,", 2_000), ("boom", 4_000), ("idea.", 9_000), ("tree", 14_000))
    spec = planned(settings, clip_of((1, 20)), words=words)
    found = [(one.effect, one.time_ms) for one in spec.sounds]
    assert found == [(SoundEffect.cash, 1_000), (SoundEffect.ding, 8_000)]


def test_a_sound_whose_moment_was_cut_is_noted() -> None:
    placed = tuple(PlacedSound(effect=SoundEffect.pop, time_ms=at) for at in (3_000, 12_000))
    spec, notes = plan_audio(
        AudioSettings(sound_effects=SoundEffectSettings(placed=placed)),
        levels=None,
        timeline=clip_of((10, 15)),
        words=(),
        speech=(),
        attachments={},
    )
    assert [one.time_ms for one in spec.sounds] == [2_000]
    assert notes == ("The sound pop at 0:03.0 is left out: its moment was cut.",)
    assert spec.gain is not None


def test_a_clip_without_any_sound_gets_no_gain() -> None:
    spec, _ = plan_audio(
        AudioSettings(), levels=None, timeline=clip_of((0, 5)), words=(), speech=(), attachments={}
    )
    assert spec == AudioSpec(has_source=False)


def test_a_muted_source_is_neither_censored_nor_ducked_for() -> None:
    settings = AudioSettings(mute=True, music=MUSIC, censor=CensorSettings())
    spec = planned(settings, clip_of((0, 5)), words=said(("shit", 1_000)))
    assert spec.music is not None
    assert (spec.has_source, spec.censored, spec.music.ducked) == (False, (), ())


@pytest.mark.parametrize(
    ("settings", "files", "code", "field"),
    [
        ({"music": MUSIC}, {}, ErrorCode.attachment_missing, "audio_suite.music.attachment"),
        (
            {"music": MUSIC},
            {"song": file_of(AttachmentKind.image)},
            ErrorCode.attachment_not_audio,
            "audio_suite.music.attachment",
        ),
        (
            {"noise": NoiseSettings(method=Noise.model, model="net")},
            {},
            ErrorCode.attachment_missing,
            "audio_suite.noise.model",
        ),
        (
            {"noise": NoiseSettings(method=Noise.model)},
            {},
            ErrorCode.edit_invalid,
            "audio_suite.noise.model",
        ),
    ],
)
def test_a_file_that_is_not_there_is_named(
    settings: dict[str, object], files: dict[str, Attachment], code: ErrorCode, field: str
) -> None:
    with pytest.raises(InvalidInput, match=field) as raised:
        planned(AudioSettings.model_validate(settings), clip_of((0, 5)), files=files)
    assert raised.value.code is code


def test_a_keep_list_is_levelled_by_what_it_keeps() -> None:
    sound = np.concatenate([pink(4, rms=rms) for rms in (0.02, 0.2, 0.05)], axis=1)
    timeline = clip_of((9.03, 11.5), (1.27, 3.1))
    alone = cut(sound, timeline)
    assert gain_db(timeline, sound) == pytest.approx(gain_db(clip_of((0, 4.3)), alone), abs=0.15)


def test_speed_does_not_change_the_level() -> None:
    sound = pink(10, rms=0.03)
    assert gain_db(clip_of((1, 9), speed=2), sound) == pytest.approx(
        gain_db(clip_of((1, 9)), sound), abs=0.1
    )


def test_what_is_censored_does_not_count() -> None:
    sound = pink(8, rms=0.02)
    sound[:, 3 * RATE : 5 * RATE] *= 8
    silenced = {"censor": {"mode": "mute", "spans": [{"start_ms": 3_000, "end_ms": 5_000}]}}
    foreseen = gain_db(clip_of((0, 8)), sound, **silenced)
    sound[:, 3 * RATE : 5 * RATE] = 0
    assert foreseen == pytest.approx(gain_db(clip_of((0, 8)), sound), abs=0.05)


def test_the_bed_lies_under_the_target_by_what_was_asked() -> None:
    settings = AudioSettings(music=MusicSettings(attachment="song", level_lu=-10), target_lufs=-16)
    spec = planned(settings, clip_of((0, 10)))
    assert spec.music is not None
    assert spec.gain is not None
    assert -9.0 + spec.music.gain_db + spec.gain.gain_db == pytest.approx(-26, abs=0.02)


def test_music_alone_is_the_programme() -> None:
    settings = AudioSettings(music=MusicSettings(attachment="song", level_lu=-20, fade_ms=0))
    spec = planned(settings, clip_of((0, 10)), levels=levels_of(still(10)))
    assert spec.music is not None
    assert spec.gain is not None
    assert spec.music.gain_db == 0
    assert spec.gain.gain_db == pytest.approx(-5, abs=0.1)


def test_noise_is_learned_from_a_pause_and_never_from_a_voice() -> None:
    sound = pink(10, rms=0.1)
    sound[:, 6 * RATE : 7 * RATE] *= 0.02
    sound[:, 2 * RATE : 3 * RATE] *= 0.01
    settings = AudioSettings(noise=NoiseSettings())
    speech = (span(0, 6_000), span(7_000, 10_000))
    spec = planned(settings, clip_of((0, 10)), levels=levels_of(sound), speech=speech)
    assert spec.noise is not None
    assert spec.noise.profile is not None
    assert 6_000 <= spec.noise.profile.start_ms <= spec.noise.profile.end_ms - 500 <= 6_500
    assert spec.noise.floor_dbfs == pytest.approx(-20 - 34 + 2, abs=1.5)


def test_without_a_pause_nothing_is_taken_for_noise() -> None:
    spec = planned(AudioSettings(noise=NoiseSettings()), clip_of((0, 10)))
    assert spec.noise is not None
    assert spec.noise.profile is None


@cache
def real_sound(path: Path) -> np.ndarray:
    return np.concatenate(list(read_audio(path, heard_source(path), sample_rate=RATE)), axis=1)


def melody() -> np.ndarray:
    """7 s of chords over a beat, float32 `[2, n]`."""
    sound = sum(sine(7, hz=hz, peak=0.05) for hz in (220, 277, 330))
    for start in range(0, 7 * RATE - 4800, RATE // 2):
        sound[:, start : start + 4800] += sine(0.1, hz=60, peak=0.4)
    return np.asarray(sound, np.float32)


@pytest.mark.parametrize(
    ("name", "spans_s", "settings"),
    [
        ("manifesto.mp4", [(60, 63), (5, 8), (33, 36)], {}),
        ("manifesto.mp4", [(60, 63), (5, 8), (33, 36)], {"music": {"attachment": "song"}}),
        ("manifesto.mp4", [(20, 32)], {"noise": {}}),
        ("big_buck_bunny_0_30.webm", [(2, 4), (9, 11), (25, 27), (16, 18)], {}),
        ("big_buck_bunny_0_30.webm", [(9, 20)], {"music": {"attachment": "song"}}),
        ("jfk.flac", [(0, 2.2), (3.2, 4.5), (8, 11)], {"music": {"attachment": "song"}}),
        ("nasa_13013.mp4", [(0, 13)], {"music": {"attachment": "song", "duck_db": -20}}),
        (
            "chaplin.mp4",
            [(0, 9)],
            {"censor": {"spans": [{"start_ms": 2_000, "end_ms": 2_600}]}},
        ),
    ],
)
def test_a_clip_comes_out_at_its_target(
    shared_media: Path,
    tmp_path: Path,
    name: str,
    spans_s: list[tuple[float, float]],
    settings: dict[str, object],
) -> None:
    sound, timeline = real_sound(shared_media / name), clip_of(*spans_s)
    song = write_sound(tmp_path / "song.wav", [(0, melody())])
    music = file_of(lufs=round(ebur128(song)[0], 1))
    spec = planned(
        AudioSettings.model_validate(settings),
        timeline,
        levels=levels_of(sound),
        speech=(span(500, 90_000),) if "music" in settings else (),
        files={"song": music},
    )
    path = mixed(tmp_path, spec, timeline, cut(sound, timeline), {music.content_hash: song}, AAC)
    loudness, true_peak = ebur128(path)
    assert loudness == pytest.approx(-14, abs=0.301)
    assert true_peak <= -1


def test_two_spans_that_fade_over_are_as_loud_as_one() -> None:
    rate = Fraction(30)
    spans = (KeptSpan(start_frame=0, frames=60), KeptSpan(start_frame=90, frames=60))
    fade = Transition(kind=TransitionKind.crossfade, frames=24)
    timeline = Timeline(frame_rate=rate, spans=spans, transitions=(fade,))
    steady = Loudness(np.full(60, 0.01), np.full(60, 0.1))
    assert played(steady, timeline).k_power == pytest.approx(0.01, rel=0.02)
