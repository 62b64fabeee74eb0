"""The sound of a clip: censored, ducked, mixed and cleaned at the exact sample."""

from fractions import Fraction
from pathlib import Path

import numpy as np
import pytest

from cliply.domain.attachments import Attachment, AttachmentKind
from cliply.domain.sound import (
    AudioGain,
    AudioSpec,
    CensoredSpan,
    CensorMode,
    MusicSpec,
    Noise,
    NoiseSpec,
    PlacedSound,
    SoundEffect,
)
from cliply.domain.timing import TimeRange
from cliply.errors import ErrorCode, InvalidInput
from tests.media.mixing import AAC, board_of, clip_of, level_db, mixed, samples_of, tone_db
from tests.media.sounds import RATE, pink, sine, still, write_sound

WORD = TimeRange(start_ms=1_203, end_ms=1_641)
SONG = Attachment(
    content_hash="a" * 64,
    kind=AttachmentKind.audio,
    duration_ms=1_100,
    has_audio=True,
    loudness_lufs=-20,
    size_bytes=1,
)
WEIGHTS = Attachment(content_hash="b" * 64, kind=AttachmentKind.model, size_bytes=1)
HARMLESS = AudioGain(gain_db=0)


def censored(mode: CensorMode) -> AudioSpec:
    return AudioSpec(gain=HARMLESS, censored=(CensoredSpan(span=WORD, mode=mode),))


def bed(**changes: object) -> MusicSpec:
    settings = {"attachment": SONG, "gain_db": 0.0, "duck_db": -12.0, "fade_ms": 0}
    return MusicSpec.model_validate(settings | changes)


def crossings_ms(sound: np.ndarray, hz: float) -> tuple[float, float]:
    """When a tone falls below half of its level, and when it is back.

    The window of 1 ms is blind to other tones that are a whole number of kHz away.
    """
    time = np.arange(sound.shape[1]) / RATE
    beat = sound[0] * np.exp(-2j * np.pi * hz * time)
    envelope = np.abs(np.convolve(beat, np.ones(48) / 48, "same"))
    below = np.flatnonzero(envelope[4800:-4800] < envelope[9600:24_000].mean() / 2) + 4800
    return below[0] / RATE * 1000, (below[-1] + 1) / RATE * 1000


def test_nothing_asked_for_adds_nothing(tmp_path: Path) -> None:
    timeline, voice = clip_of((0, 1)), sine(1)
    board, _ = board_of(tmp_path, AudioSpec(), timeline, voice)
    assert len(board.inputs) == 1
    assert not board.files
    assert np.array_equal(samples_of(mixed(tmp_path, AudioSpec(), timeline, voice)), voice)


def test_no_sound_at_all_is_silence_as_long_as_the_clip(tmp_path: Path) -> None:
    timeline = clip_of((0, 1.5), rate=Fraction(30_000, 1001))
    heard = samples_of(mixed(tmp_path, AudioSpec(has_source=False), timeline))
    assert heard.shape == (2, timeline.samples)
    assert not heard.any()


def test_a_muted_word_is_silent_at_exact_edges(tmp_path: Path) -> None:
    path = mixed(tmp_path, censored(CensorMode.mute), clip_of((0, 3)), sine(3, hz=1000), codec=AAC)
    heard = samples_of(path)
    first, last = crossings_ms(heard, 1000)
    assert first == pytest.approx(WORD.start_ms, abs=2)
    assert last == pytest.approx(WORD.end_ms, abs=2)
    assert level_db(heard, 1.23, 1.61) < -80
    assert level_db(heard, 0.5, 1.19) == pytest.approx(level_db(sine(1), 0, 1), abs=0.3)


def test_a_bleeped_word_gives_way_to_1_khz(tmp_path: Path) -> None:
    voice = sine(3, hz=4000)
    path = mixed(tmp_path, censored(CensorMode.bleep), clip_of((0, 3)), voice, codec=AAC)
    heard = samples_of(path)
    first, last = crossings_ms(heard, 4000)
    assert first == pytest.approx(WORD.start_ms, abs=2)
    assert last == pytest.approx(WORD.end_ms, abs=2)
    assert tone_db(heard, 4000, 1.22, 1.62) < -70
    assert tone_db(heard, 1000, 1.22, 1.62) == pytest.approx(-16, abs=0.2)
    assert tone_db(heard, 1000, 0.5, 1.15) < -60


def test_a_bleep_has_the_level_of_the_clips_target_whatever_the_gain(tmp_path: Path) -> None:
    spec = censored(CensorMode.bleep)
    spec = spec.model_copy(update={"gain": AudioGain(gain_db=18, target_lufs=-16)})
    heard = samples_of(mixed(tmp_path, spec, clip_of((0, 3)), sine(3, hz=310, peak=0.02)))
    assert tone_db(heard, 1000, 1.22, 1.62) == pytest.approx(-18, abs=0.1)


def test_music_goes_down_12_db_before_somebody_speaks(tmp_path: Path) -> None:
    song = write_sound(tmp_path / "song.wav", [(0, sine(6, hz=440, peak=0.2))])
    spoken = TimeRange(start_ms=2_000, end_ms=4_000)
    spec = AudioSpec(has_source=False, music=bed(ducked=(spoken,)))
    path = mixed(tmp_path, spec, clip_of((0, 6)), None, {SONG.content_hash: song})
    heard = samples_of(path)
    alone = tone_db(heard, 440, 0.5, 1.7)
    assert alone == pytest.approx(20 * np.log10(0.2), abs=0.05)
    assert tone_db(heard, 440, 2.0, 4.0) - alone == pytest.approx(-12, abs=0.1)
    assert level_db(heard, 2.0, 2.05) - level_db(heard, 1, 1.5) == pytest.approx(-12, abs=0.3)
    assert tone_db(heard, 440, 1.6, 1.75) == pytest.approx(alone, abs=0.1)
    assert tone_db(heard, 440, 4.5, 6.0) == pytest.approx(alone, abs=0.05)


def test_music_that_is_shorter_than_the_clip_begins_again(tmp_path: Path) -> None:
    halves = np.concatenate([sine(0.5, hz=500, peak=0.2), sine(0.6, hz=900, peak=0.2)], axis=1)
    song = write_sound(tmp_path / "song.mp3", [(0, halves)], codec="libmp3lame")
    spec = AudioSpec(has_source=False, music=bed())
    heard = samples_of(mixed(tmp_path, spec, clip_of((0, 4)), None, {SONG.content_hash: song}))
    assert heard.shape == (2, 4 * RATE)
    for start in (0.0, 1.1, 2.2):
        assert tone_db(heard, 500, start + 0.1, start + 0.4) == pytest.approx(-14, abs=1)
        assert tone_db(heard, 900, start + 0.6, start + 1.0) == pytest.approx(-14, abs=1)


def joined_by_hand(song: np.ndarray, again: int, stop: int, samples: int) -> np.ndarray:
    """Rounds of a song that share 30 ms, at equal power."""
    turn = np.sin(np.pi / 2 * np.arange(1440) / 1440)
    heard = song[:, :stop].copy()
    while heard.shape[1] < samples:
        part = song[:, again:stop]
        both = heard[:, -1440:] * turn[::-1] + part[:, :1440] * turn
        heard = np.concatenate([heard[:, :-1440], both, part[:, 1440:]], axis=1)
    return heard[:, :samples]


@pytest.mark.parametrize(
    ("known", "again_ms", "stop_ms"),
    [
        ({"loop": TimeRange(start_ms=700, end_ms=2_100)}, 660, 2_090),
        ({"loop": TimeRange(start_ms=500, end_ms=30_600)}, 460, 30_590),
        ({"heard": TimeRange(start_ms=210, end_ms=1_900)}, 210, 1_900),
    ],
    ids=["short-loop", "long-loop", "no-loop"],
)
def test_rounds_of_music_are_joined_at_the_exact_sample(
    tmp_path: Path, known: dict[str, TimeRange], again_ms: int, stop_ms: int
) -> None:
    """With a quiet pink noise no two places are alike."""
    whole = pink(stop_ms / 1000 + 0.4)
    song = write_sound(tmp_path / "song.wav", [(0, whole)])
    file = SONG.model_copy(update={"duration_ms": stop_ms + 400, **known})
    spec = AudioSpec(has_source=False, music=bed(attachment=file))
    clip_s = max(4.5, stop_ms / 1000 * 1.5)
    heard = samples_of(mixed(tmp_path, spec, clip_of((0, clip_s)), None, {SONG.content_hash: song}))
    expected = joined_by_hand(whole, again_ms * 48, stop_ms * 48, heard.shape[1])
    assert np.abs(heard - expected).max() < 1e-3


def test_music_that_is_longer_than_the_clip_plays_as_if_it_had_no_loop(tmp_path: Path) -> None:
    spans = {
        "loop": TimeRange(start_ms=100, end_ms=700),
        "heard": TimeRange(start_ms=10, end_ms=900),
    }
    graphs = []
    for file in (SONG, SONG.model_copy(update=spans)):
        spec = AudioSpec(has_source=False, music=bed(attachment=file))
        files = {SONG.content_hash: tmp_path / "song.wav"}
        board, _ = board_of(tmp_path, spec, clip_of((0, 1.1)), None, files)
        graphs.append((board.graph, board.input_arguments))
    assert graphs[0] == graphs[1]
    assert "-stream_loop" in graphs[0][1]


def test_ten_minutes_of_music_take_few_inputs(tmp_path: Path) -> None:
    for loop_ms in (1_000, 29_000, 31_000, 200_000):
        loop = TimeRange(start_ms=500, end_ms=500 + loop_ms)
        file = SONG.model_copy(update={"duration_ms": loop_ms + 900, "loop": loop})
        spec = AudioSpec(has_source=False, music=bed(attachment=file))
        files = {SONG.content_hash: tmp_path / "song.wav"}
        board, _ = board_of(tmp_path, spec, clip_of((0, 600)), None, files)
        assert len(board.inputs) <= 20


def test_music_is_faded_at_both_ends(tmp_path: Path) -> None:
    song = write_sound(tmp_path / "song.wav", [(0, sine(2, peak=0.4))])
    spec = AudioSpec(has_source=False, music=bed(fade_ms=500, gain_db=-6))
    heard = samples_of(mixed(tmp_path, spec, clip_of((0, 2)), None, {SONG.content_hash: song}))
    assert level_db(heard, 0, 0.01) < -40
    assert level_db(heard, 1.99, 2) < -40
    assert tone_db(heard, 997, 0.6, 1.4) == pytest.approx(20 * np.log10(0.4) - 6, abs=0.05)


def test_a_sound_effect_begins_within_2_ms_of_its_moment(tmp_path: Path) -> None:
    sounds = (PlacedSound(effect=SoundEffect.click, time_ms=733, gain_db=0),)
    spec = AudioSpec(gain=HARMLESS, sounds=sounds)
    heard = samples_of(mixed(tmp_path, spec, clip_of((0, 2)), still(2), codec=AAC))
    loud = np.abs(heard).max(axis=0) > 0.25 * np.abs(heard).max()
    assert np.argmax(loud) / RATE * 1000 == pytest.approx(733, abs=2)
    assert np.abs(heard).max() == pytest.approx(10 ** (-3 / 20), abs=0.12)


def test_an_effect_that_the_clips_end_cuts_off_does_not_click(tmp_path: Path) -> None:
    sounds = (PlacedSound(effect=SoundEffect.applause, time_ms=200),)
    spec = AudioSpec(has_source=False, sounds=sounds)
    heard = samples_of(mixed(tmp_path, spec, clip_of((0, 1))))
    assert heard.shape == (2, RATE)
    assert level_db(heard, 0.5, 0.99) > -40
    assert np.abs(heard[:, -1]).max() < 0.01


def noisy_bursts() -> np.ndarray:
    """Hiss at -45 dBFS, most of it high, with short loud tones, the first at 1 s."""
    hiss = np.diff(pink(4), axis=1, append=0)
    sound = (hiss * 10 ** (-45 / 20) / hiss.std()).astype(np.float32)
    for start in (1.0, 2.0, 3.0):
        first = round(start * RATE)
        sound[:, first : first + RATE // 2] += sine(0.5, peak=0.4)
    return sound


def test_learned_noise_sinks_and_nothing_is_shifted(tmp_path: Path) -> None:
    source = noisy_bursts()
    pause = TimeRange(start_ms=200, end_ms=700)
    noise = NoiseSpec(method=Noise.spectral, floor_dbfs=-43, profile=pause)
    heard = samples_of(mixed(tmp_path, AudioSpec(noise=noise), clip_of((0, 4)), source))
    assert heard.shape == source.shape
    assert level_db(heard, 0.1, 0.9) - level_db(source, 0.1, 0.9) < -11
    assert level_db(heard, 1.1, 1.4) == pytest.approx(level_db(source, 1.1, 1.4), abs=0.2)
    lags = range(-30, 31)
    part = source[0, 2 * RATE : 2 * RATE + 4800]
    alike = [part @ heard[0, 2 * RATE + lag : 2 * RATE + lag + 4800] for lag in lags]
    assert lags[int(np.argmax(alike))] == 0


def write_model(path: Path, *, weights: int | None = None) -> Path:
    """An RNNoise model that lets half of everything through."""
    shapes = ((42, 24, 1), (24, 24, 3), (90, 48, 3), (114, 96, 3), (96, 22, 1), (24, 1, 1))
    lines = ["rnnoise-nu model file version 1"]
    for inputs, neurons, gates in shapes:
        sizes = [inputs, *([neurons] if gates == 3 else []), 1]
        lines += [f"{inputs} {neurons} 1"]
        lines += [" ".join(["0"] * (gates * neurons * size)) for size in sizes]
    path.write_text("\n".join(lines)[:weights] + "\n")
    return path


def test_a_noise_model_is_applied_without_a_shift(tmp_path: Path) -> None:
    model = write_model(tmp_path / "weights's.rnnn")
    spec = AudioSpec(noise=NoiseSpec(method=Noise.model, model=WEIGHTS))
    source = still(2)
    source[:, RATE : RATE + 24_000] = pink(0.5, rms=0.1)
    heard = samples_of(
        mixed(tmp_path, spec, clip_of((0, 2)), source, {WEIGHTS.content_hash: model})
    )
    assert heard.shape == source.shape
    assert level_db(heard, 1.1, 1.4) - level_db(source, 1.1, 1.4) == pytest.approx(-8, abs=1)
    assert level_db(heard, 0.5, 0.985) < -80
    assert level_db(heard, 1.01, 1.05) > -40


@pytest.mark.parametrize(
    ("content", "reason"),
    [
        ("root:x:0:0", "first line"),
        ("rnnoise-nu model file version 1\n42 24 0\n1 2 x", "whole numbers"),
        ("rnnoise-nu model file version 1\n42 24 0\n1 2 3", "layer 1 has other weights"),
        ("rnnoise-nu model file version 1\n42 9000 0\n1 2 3", "layer 1 has no sensible size"),
    ],
)
def test_a_file_that_is_no_noise_model_is_refused(
    tmp_path: Path, content: str, reason: str
) -> None:
    (tmp_path / "model").write_text(content)
    spec = AudioSpec(noise=NoiseSpec(method=Noise.model, model=WEIGHTS))
    with pytest.raises(InvalidInput, match=reason) as raised:
        board_of(
            tmp_path, spec, clip_of((0, 1)), still(1), {WEIGHTS.content_hash: tmp_path / "model"}
        )
    assert raised.value.code is ErrorCode.attachment_damaged
    assert "audio_suite.noise.model" in raised.value.message


def test_a_noise_model_that_breaks_off_is_refused(tmp_path: Path) -> None:
    path = write_model(tmp_path / "model", weights=60_000)
    spec = AudioSpec(noise=NoiseSpec(method=Noise.model, model=WEIGHTS))
    with pytest.raises(InvalidInput, match="other weights"):
        board_of(tmp_path, spec, clip_of((0, 1)), still(1), {WEIGHTS.content_hash: path})


def everything() -> AudioSpec:
    return AudioSpec(
        gain=AudioGain(gain_db=6, ceiling_dbtp=-2.4),
        noise=NoiseSpec(
            method=Noise.spectral, floor_dbfs=-45, profile=TimeRange(start_ms=100, end_ms=600)
        ),
        censored=(CensoredSpan(span=WORD, mode=CensorMode.bleep),),
        music=bed(ducked=(TimeRange(start_ms=900, end_ms=1_700),), fade_ms=300),
        sounds=(PlacedSound(effect=SoundEffect.ding, time_ms=1_900),),
    )


@pytest.mark.parametrize("rate", [Fraction(30), Fraction(30_000, 1001), Fraction(24_000, 1001)])
def test_everything_at_once_is_exactly_as_long_as_the_clip(tmp_path: Path, rate: Fraction) -> None:
    timeline = clip_of((0, 3.1), rate=rate)
    song = write_sound(tmp_path / "song.wav", [(0, sine(1.1, peak=0.1))])
    source = noisy_bursts()[:, : timeline.samples]
    path = mixed(tmp_path, everything(), timeline, source, {SONG.content_hash: song})
    assert samples_of(path).shape == (2, timeline.samples)


def test_the_same_inputs_give_the_same_bytes(tmp_path: Path) -> None:
    timeline, source = clip_of((0, 3)), noisy_bursts()[:, : 3 * RATE]
    song = write_sound(tmp_path / "song.wav", [(0, pink(1.1))])
    files = []
    for name in ("one", "two"):
        (tmp_path / name).mkdir()
        files.append(
            mixed(
                tmp_path / name, everything(), timeline, source, {SONG.content_hash: song}, AAC
            ).read_bytes()
        )
    assert files[0] == files[1]
