"""The level series and the events found in it are those that were put into the sound."""

from pathlib import Path

import numpy as np
import polars as pl
import pytest

from cliply.domain.audio import LEVEL_COLUMNS, LIKELIHOOD_COLUMNS, AudioState
from cliply.domain.timing import TimeRange
from cliply.errors import Cancelled, MediaError
from cliply.media.audio_features import measure_audio
from cliply.media.beat_grid import BeatMeter
from cliply.media.levels import LevelMeter
from cliply.media.loudness import integrated_lufs
from cliply.media.sound_events import find_peaks, find_silences
from cliply.media.spectra import Spectra
from tests.media.sounds import RATE, heard_source, pink, sine, still, write_sound


def measured(tmp_path: Path, sound: np.ndarray):
    path = write_sound(tmp_path / "a.wav", [(0, sound)])
    return measure_audio(path, heard_source(path))


def table(sound: np.ndarray) -> pl.DataFrame:
    meter = LevelMeter()
    meter.feed(sound)
    return meter.table(np.zeros(0, np.float32))


def fine_power(sound: np.ndarray) -> np.ndarray:
    meter = LevelMeter()
    meter.feed(sound)
    return meter.fine_power


def test_the_series_has_the_documented_columns_and_types(tmp_path: Path) -> None:
    levels = measured(tmp_path, sine(1)).levels
    kinds = (pl.Int64, pl.Float32, pl.Float32, pl.Float64, pl.Float32)
    likelihoods = dict.fromkeys(LIKELIHOOD_COLUMNS, pl.Float32())
    assert levels.schema == dict(zip(LEVEL_COLUMNS, kinds, strict=True)) | likelihoods
    assert levels["start_ms"].to_list() == list(range(0, 1000, 100))


def test_a_half_scale_sine_has_its_textbook_levels() -> None:
    row = table(sine(1, peak=0.5)).row(5, named=True)
    assert row["rms_dbfs"] == pytest.approx(-9.03, abs=0.01)
    assert row["peak_dbfs"] == pytest.approx(-6.02, abs=0.01)


def test_digital_silence_lies_on_the_floor() -> None:
    row = table(still(1)).row(5, named=True)
    assert (row["rms_dbfs"], row["peak_dbfs"]) == (-120, -120)


def test_blocks_give_the_same_rows_as_the_whole() -> None:
    sound = pink(2.34)
    meter = LevelMeter()
    for start in range(0, sound.shape[1], RATE // 2):
        meter.feed(sound[:, start : start + RATE // 2])
    whole = table(sound)
    pieces = meter.table(np.zeros(0, np.float32))
    assert len(whole) == len(pieces) == 24
    assert np.allclose(whole["k_power"], pieces["k_power"], rtol=1e-5)


def test_an_unfinished_last_row_is_measured_over_what_it_has() -> None:
    row = table(sine(0.25)).row(2, named=True)
    assert row["rms_dbfs"] == pytest.approx(-9.03, abs=0.05)


def test_an_onset_stands_out_in_the_row_it_happens_in() -> None:
    spectra, meter = Spectra(), BeatMeter()
    clicks = np.zeros(16_000 * 3, np.float32)
    noise = np.random.default_rng(1).uniform(-0.3, 0.3, 4000)
    clicks[16_500:20_500] = noise
    for start in range(0, len(clicks), 1111):
        meter.feed(spectra.feed(clicks[start : start + 1111]))
    rows = meter.onsets()
    assert int(np.argmax(rows)) == 10
    assert rows[:9].max() == 0
    assert rows[10] > 2 * rows[11:14].max()


def test_pauses_are_found_within_20_ms() -> None:
    sound = np.concatenate(
        [pink(1), still(0.3), pink(1), still(0.15), pink(1), still(0.8), pink(0.5)], axis=1
    )
    spans = [(s.start_ms, s.end_ms) for s in find_silences(fine_power(sound), ())]
    assert spans == [pytest.approx((1000, 1300), abs=20), pytest.approx((3450, 4250), abs=20)]


def test_pauses_are_found_under_loud_noise() -> None:
    sound = np.concatenate([pink(1.5), still(0.5), pink(1.5)], axis=1) + pink(3.5, rms=0.01, seed=9)
    speech = (TimeRange(start_ms=0, end_ms=1500), TimeRange(start_ms=2000, end_ms=3500))
    spans = [(s.start_ms, s.end_ms) for s in find_silences(fine_power(sound), speech)]
    assert spans == [pytest.approx((1500, 2000), abs=30)]


def test_a_click_does_not_end_a_silence() -> None:
    sound = np.concatenate([pink(1), still(1), pink(1)], axis=1)
    sound[:, round(1.5 * RATE) : round(1.51 * RATE)] = 0.3
    assert len(find_silences(fine_power(sound), ())) == 1


def test_even_music_has_no_pauses() -> None:
    assert find_silences(fine_power(pink(5)), ()) == ()


def test_one_cheer_is_one_peak() -> None:
    sound = pink(20, rms=0.03)
    sound[:, 12 * RATE : 13 * RATE] *= 8
    peaks = find_peaks(fine_power(sound), -30.5)
    assert len(peaks) == 1
    assert 12_000 <= peaks[0].time_ms <= 13_000
    assert peaks[0].rise_db == pytest.approx(18, abs=1)


def test_even_sound_has_no_peaks() -> None:
    assert find_peaks(fine_power(pink(10)), -26.0) == ()


def test_recorded_speech_has_pauses_where_nobody_speaks(shared_media: Path) -> None:
    path = shared_media / "jfk.flac"
    features = measure_audio(path, heard_source(path)).features
    pause = TimeRange(start_ms=4450, end_ms=5250)
    assert any(silence.overlap_ms(pause) == 800 for silence in features.silences)
    assert not any(voice.overlaps(pause) for voice in features.speech)
    assert features.integrated_lufs == pytest.approx(-12.5, abs=0.1)
    assert features.sample_peak_dbfs == pytest.approx(-2.1, abs=0.05)


def test_sound_that_never_rises_above_60_db_is_silent(tmp_path: Path) -> None:
    features = measured(tmp_path, pink(1, rms=0.0001)).features
    assert features.state is AudioState.silent
    assert features.silences == (TimeRange(start_ms=0, end_ms=1000),)
    assert features.integrated_lufs == -70


def test_a_source_without_audio_is_absent(tmp_path: Path) -> None:
    path = write_sound(tmp_path / "a.wav", [(0, sine(1))])
    result = measure_audio(path, heard_source(path).model_copy(update={"audio": None}))
    assert result.features.state is AudioState.absent
    assert result.levels.columns == [*LEVEL_COLUMNS, *LIKELIHOOD_COLUMNS]
    assert len(result.levels) == 0


def test_sound_alone_that_can_not_be_decoded_is_an_error(tmp_path: Path) -> None:
    path = write_sound(tmp_path / "a.mkv", [(0, sine(1))], codec="flac")
    source = heard_source(path)
    data = path.read_bytes()
    start = data.index(b"fLaC") + 60
    path.write_bytes(data[:start])
    with pytest.raises(MediaError):
        measure_audio(path, source)


def test_progress_rises_to_one_and_may_stop_the_work(tmp_path: Path) -> None:
    path = write_sound(tmp_path / "a.wav", [(0, still(25))])
    seen: list[float] = []
    measure_audio(path, heard_source(path), on_progress=seen.append)
    assert seen == sorted(seen)
    assert len(seen) >= 3
    assert seen[-1] == 1.0

    def stop(_fraction: float) -> None:
        raise Cancelled

    with pytest.raises(Cancelled):
        measure_audio(path, heard_source(path), on_progress=stop)


def test_surround_is_measured_as_the_stereo_mix_that_clips_are_made_of(tmp_path: Path) -> None:
    centre = np.zeros((6, 2 * RATE), np.float32)
    centre[2] = sine(2, channels=1)
    path = write_sound(tmp_path / "a.mkv", [(0, centre)], codec="flac", layout="5.1")
    levels = measure_audio(path, heard_source(path)).levels
    alone = integrated_lufs(table(sine(2, channels=1)).get_column("k_power").to_numpy())
    mixed = integrated_lufs(levels["k_power"].to_numpy())
    assert mixed == pytest.approx(alone, abs=0.01)


@pytest.mark.parametrize(
    ("channels", "layout", "rate", "name", "codec"),
    [
        (1, "mono", RATE, "a.wav", "pcm_s16le"),
        (1, "mono", 8_000, "a.wav", "pcm_s16le"),
        (2, "stereo", 44_100, "a.flac", "flac"),
        (6, "5.1", RATE, "a.mkv", "flac"),
    ],
)
def test_a_burst_is_heard_when_it_happens_whatever_the_format(
    tmp_path: Path, channels: int, layout: str, rate: int, name: str, codec: str
) -> None:
    sound = np.zeros((channels, 4 * rate), np.float32)
    noise = np.random.default_rng(3).uniform(-0.5, 0.5, rate // 2)
    sound[:, 2 * rate + rate // 20 :][:, : rate // 2] = noise
    path = write_sound(tmp_path / name, [(0, sound)], codec=codec, layout=layout, rate=rate)
    levels = measure_audio(path, heard_source(path)).levels
    assert int(levels["onset"].arg_max() or 0) in (20, 21)
    assert 20 <= int(levels["rms_dbfs"].arg_max() or 0) <= 25
    assert levels["rms_dbfs"][:20].max() == -120


def test_a_late_start_moves_everything_that_is_heard(tmp_path: Path) -> None:
    burst = np.concatenate([pink(0.5), still(2.0)], axis=1)
    path = write_sound(tmp_path / "a.mkv", [(0, still(0.1)), (1.5, burst)], codec="pcm_s16le")
    result = measure_audio(path, heard_source(path))
    assert int(result.levels["onset"].arg_max() or 0) in (15, 16)
    assert result.features.silences[0].end_ms == pytest.approx(1_500, abs=20)


def test_a_sound_shorter_than_a_row_is_measured(tmp_path: Path) -> None:
    result = measured(tmp_path, pink(0.05))
    assert result.features.duration_ms == 50
    assert len(result.levels) == 1
    assert result.features.events == ()
