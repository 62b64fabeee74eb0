"""Sound comes out on source time, whatever the file does to it."""

from pathlib import Path

import av
import numpy as np
import pytest

from cliply.errors import ErrorCode, MediaError
from cliply.media.audio import read_audio
from cliply.media.probe import probe
from tests.media.sounds import RATE, heard_source, sine, still, write_sound
from tests.media.synthesis import Layout, alternating_shots, compose, tone


def read(path: Path, source=None, **options) -> np.ndarray:
    settings = {"sample_rate": RATE, "layout": "stereo"} | options
    return np.concatenate(list(read_audio(path, source or heard_source(path), **settings)), axis=1)


def onsets_ms(sound: np.ndarray, rate: int = RATE) -> list[int]:
    """Where sound begins after at least 20 ms without any."""
    loud = np.flatnonzero(np.abs(sound[0]) > 0.05)
    first = np.concatenate([[True], np.diff(loud) > rate // 50])
    return [round(at * 1000 / rate) for at in loud[first]]


def test_samples_come_out_as_they_went_in(tmp_path: Path) -> None:
    wave = sine(1.5)
    path = write_sound(tmp_path / "a.wav", [(0, wave)])
    assert np.abs(read(path) - wave).max() < 2 / 32768


def test_blocks_have_the_asked_length_and_the_last_one_the_rest(tmp_path: Path) -> None:
    path = write_sound(tmp_path / "a.wav", [(0, sine(2.3))])
    blocks = list(
        read_audio(path, heard_source(path), sample_rate=16_000, layout="mono", block_s=0.5)
    )
    assert [block.shape for block in blocks] == [(1, 8000)] * 4 + [(1, 4800)]
    assert all(block.dtype == np.float32 for block in blocks)


def test_a_gap_in_the_timestamps_becomes_silence(tmp_path: Path) -> None:
    path = write_sound(tmp_path / "a.mkv", [(0, sine(0.5)), (1.3, sine(0.5))])
    sound = read(path)
    assert onsets_ms(sound) == pytest.approx([0, 1300], abs=2)
    assert not sound[:, round(0.6 * RATE) : round(1.2 * RATE)].any()


def test_a_gap_of_minutes_is_filled_in_small_blocks(tmp_path: Path) -> None:
    path = write_sound(tmp_path / "a.mkv", [(0, sine(0.2)), (150, sine(0.2))])
    blocks = list(read_audio(path, heard_source(path), sample_rate=RATE, block_s=1))
    assert max(block.shape[1] for block in blocks) == RATE
    assert onsets_ms(np.concatenate(blocks, axis=1)) == pytest.approx([0, 150_000], abs=2)


def test_jitter_of_the_timestamps_is_ignored(tmp_path: Path) -> None:
    wave = sine(0.512 * 4)
    pieces = [
        (0.512 * i + jitter, wave[:, 24_576 * i : 24_576 * (i + 1)])
        for i, jitter in enumerate((0, 0.02, 0.005, 0.03))
    ]
    path = write_sound(tmp_path / "a.mkv", pieces)
    assert read(path).shape[1] == wave.shape[1]


def test_overlapping_sound_is_heard_once(tmp_path: Path) -> None:
    wave = sine(1024 * 100 / RATE)
    pieces = [(0.019 * i, wave[:, 1024 * i : 1024 * (i + 1)]) for i in range(100)]
    path = write_sound(tmp_path / "a.mkv", pieces)
    assert read(path).shape[1] == pytest.approx((0.019 * 99 + 0.021) * RATE, abs=0.055 * RATE)


def test_a_stream_that_starts_late_begins_with_silence(tmp_path: Path) -> None:
    path = compose(
        tmp_path / "late.mp4",
        alternating_shots([2, 2]),
        tone(2, channels=2),
        Layout(audio_start_s=0.85),
    )
    sound = read(path, heard_source(path))
    assert onsets_ms(sound)[0] == pytest.approx(850, abs=25)


def test_sound_that_starts_before_the_picture_is_not_shifted(tmp_path: Path) -> None:
    path = compose(
        tmp_path / "late.mp4",
        alternating_shots([2, 2]),
        tone(2, channels=2),
        Layout(video_start_s=0.85),
    )
    assert onsets_ms(read(path, heard_source(path)))[0] == pytest.approx(0, abs=25)


def test_the_chosen_stream_is_read_and_no_other(shared_media: Path) -> None:
    path = shared_media / "nasa_13013.mp4"
    source = probe(path)
    assert source.audio is not None
    other = source.audio.model_copy(update={"index": 1 if source.audio.index != 1 else 4})
    chosen = read(path, source)
    unchosen = read(path, source.model_copy(update={"audio": other}))
    length = min(chosen.shape[1], unchosen.shape[1])
    assert np.abs(chosen[:, :length] - unchosen[:, :length]).max() > 0.01


def test_broken_packets_leave_the_rest_in_place(tmp_path: Path) -> None:
    sound = np.concatenate([sine(2), still(0.5), sine(2)], axis=1)
    path = write_sound(tmp_path / "a.mkv", [(0, sound)], codec="libmp3lame")
    spoil(path, range(20, 25))
    heard = read(path)
    assert onsets_ms(heard)[-1] == pytest.approx(2500, abs=2)
    lost = heard[0, round(21 * 0.024 * RATE) : round(24 * 0.024 * RATE)]
    assert np.abs(lost).max() < 0.01


def spoil(path: Path, numbers: range) -> None:
    """Overwrite the beginning of some packets inside the file."""
    with av.open(str(path)) as container:
        packets = [bytes(packet) for packet in container.demux(audio=0)]
    data = bytearray(path.read_bytes())
    position = 0
    for number, packet in enumerate(packets[: numbers.stop]):
        position = data.index(packet, position)
        if number in numbers:
            data[position : position + 40] = bytes(40)
    path.write_bytes(data)


def test_a_source_without_audio_gives_no_blocks(tmp_path: Path) -> None:
    path = write_sound(tmp_path / "a.wav", [(0, sine(1))])
    silent = heard_source(path).model_copy(update={"audio": None})
    assert list(read_audio(path, silent, sample_rate=RATE)) == []


def test_a_missing_file_is_named(tmp_path: Path) -> None:
    path = write_sound(tmp_path / "a.wav", [(0, sine(1))])
    source = heard_source(path)
    path.unlink()
    with pytest.raises(MediaError, match=r"a\.wav") as caught:
        list(read_audio(path, source, sample_rate=RATE))
    assert caught.value.code == ErrorCode.source_unreadable
