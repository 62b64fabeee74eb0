"""Words keep their times wherever long sound is cut, and none is lost or heard twice."""

from pathlib import Path

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from cliply.speech.recognition import read_sound, recognize_speech
from cliply.speech.segments import Samples, Segment, cut_segments
from cliply.speech.words import RawWord
from tests.media.sounds import heard_source, write_sound
from tests.speech.sources import RATE, request_of, sound_of, span

LOUD = 0.5
"""Everything above it is a word; what lies under the words is softer."""


class BurstReader:
    """Hears every burst as a word, where it begins and ends."""

    def __init__(self) -> None:
        self.lengths_ms: list[int] = []

    def recognize(self, samples: Samples) -> list[RawWord]:
        self.lengths_ms.append(len(samples) * 1000 // RATE)
        loud = np.flatnonzero(np.abs(samples) > LOUD)
        if not len(loud):
            return []
        breaks = np.flatnonzero(np.diff(loud) > RATE // 100) + 1
        return [
            RawWord("x", round(int(part[0]) * 1000 / RATE), round(int(part[-1]) * 1000 / RATE))
            for part in np.split(loud, breaks)
        ]

    def close(self) -> None:
        """Nothing is held."""


def sound_with(bursts: list[tuple[int, int]], duration_ms: int, under: str) -> np.ndarray:
    """Bursts of (start, length) in ms; between them silence, noise or a tone that never stops."""
    length = duration_ms * RATE // 1000
    random = np.random.default_rng(7)
    beds = {
        "silence": np.zeros(length),
        "noise": random.normal(0, 0.01, length),
        "tone": 0.2 * np.sin(2 * np.pi * 180 * np.arange(length) / RATE),
    }
    sound = beds[under]
    for start_ms, length_ms in bursts:
        at = slice(start_ms * RATE // 1000, (start_ms + length_ms) * RATE // 1000)
        sound[at] = 0.9 * np.cos(2 * np.pi * 1000 * (np.arange(length)[at] - at.start) / RATE)
    return sound.astype(np.float32)


@st.composite
def talks(draw: st.DrawFn) -> tuple[list[tuple[int, int]], int]:
    """Bursts as long as words and close together, or clicks among them with room around."""
    shortest_ms, nearest_ms = draw(st.sampled_from([(60, 30), (2, 60)]))
    gaps = st.integers(nearest_ms, 900)
    lengths = st.integers(shortest_ms, 250)
    bursts, at_ms = [], draw(st.integers(0, 900))
    for gap_ms, length_ms in draw(st.lists(st.tuples(gaps, lengths), max_size=40)):
        bursts.append((at_ms, length_ms))
        at_ms += length_ms + gap_ms
    return bursts, at_ms + draw(st.integers(1, 3000))


@settings(max_examples=120, deadline=None)
@given(
    talks(),
    st.sampled_from(["silence", "noise", "tone"]),
    st.integers(1500, 6000),
    st.integers(37, 3 * RATE),
    st.integers(1, 3),
)
def test_every_word_is_heard_once_and_at_its_time(
    talk: tuple[list[tuple[int, int]], int], under: str, longest_ms: int, block: int, readers: int
) -> None:
    bursts, duration_ms = talk
    sound = sound_with(bursts, duration_ms, under)
    hearing = [BurstReader() for _ in range(readers)]
    request = request_of(duration_ms, speech=(span(0, duration_ms),))
    words = recognize_speech(request, hearing, longest_ms, sound_of(sound, block))
    assert len(words) == len(bursts)
    for word, (start_ms, length_ms) in zip(words, bursts, strict=True):
        assert abs(word.start_ms - start_ms) <= 1
        assert abs(word.end_ms - start_ms - length_ms) <= 1
    assert all(length_ms <= longest_ms for one in hearing for length_ms in one.lengths_ms)


@pytest.mark.parametrize("gap_ms", [15, 30, 60])
@pytest.mark.parametrize("under", ["silence", "noise", "tone"])
def test_fast_speech_is_cut_between_its_words(gap_ms: int, under: str) -> None:
    """No pause is longer than between two words of one phrase."""
    lengths = np.random.default_rng(3).integers(80, 250, 200)
    starts = np.cumsum(lengths + gap_ms) - lengths
    bursts = [(int(start), int(length)) for start, length in zip(starts, lengths, strict=True)]
    duration_ms = int(starts[-1] + lengths[-1]) + gap_ms
    sound = sound_with(bursts, duration_ms, under)
    request = request_of(duration_ms, speech=(span(0, duration_ms),))
    words = recognize_speech(request, [BurstReader()], 4_000, sound_of(sound))
    assert [(w.start_ms, w.end_ms - w.start_ms) for w in words] == [
        (pytest.approx(start, abs=1), pytest.approx(length, abs=2)) for start, length in bursts
    ]


@settings(max_examples=60, deadline=None)
@given(st.data(), talks(), st.integers(1500, 6000))
def test_words_in_separate_stretches_of_speech_keep_their_times(
    data: st.DataObject, talk: tuple[list[tuple[int, int]], int], longest_ms: int
) -> None:
    bursts, duration_ms = talk
    chosen = [one for one in bursts if data.draw(st.booleans())]
    speech = tuple(span(start, start + length) for start, length in chosen)
    if not speech:
        return
    sound = sound_with(bursts, duration_ms, "noise")
    request = request_of(duration_ms, speech=speech)
    words = recognize_speech(request, [BurstReader()], longest_ms, sound_of(sound))
    starts = [word.start_ms for word in words]
    assert starts == sorted(set(starts))
    for start_ms, _ in chosen:
        assert sum(abs(start - start_ms) <= 1 for start in starts) == 1


@settings(max_examples=60, deadline=None)
@given(st.integers(1, 60_000), st.integers(1500, 9000), st.integers(100, 50_000))
def test_segments_leave_no_sample_out_and_take_none_twice(
    duration_ms: int, longest_ms: int, block: int
) -> None:
    """Each sample of the sound is its own number, so that what is missing can be seen."""
    sound = (np.arange(duration_ms * 16, dtype=np.float32) + 1) / 2**24 + 0.01
    blocks = (sound[None, at : at + block] for at in range(0, len(sound), block))
    segments: list[Segment] = list(cut_segments(blocks, (span(0, duration_ms),), longest_ms))
    assert np.array_equal(np.concatenate([one.samples for one in segments]), sound)
    assert [one.start_ms for one in segments[1:]] == [one.end_ms for one in segments[:-1]]


BURSTS = [(1200 + 431 * n, 120) for n in range(60)]


@pytest.mark.parametrize(
    ("suffix", "codec", "offset_s"),
    [(".wav", "pcm_s16le", 0.0), (".mkv", "flac", 0.852)],
)
def test_words_of_a_file_keep_their_times(
    tmp_path: Path, suffix: str, codec: str, offset_s: float
) -> None:
    """27 s of one voice without a pause, in a file whose sound has a gap."""
    sound = sound_with(BURSTS, 27_500, "noise")
    wave = np.tile(np.interp(np.arange(3 * len(sound)) / 3, np.arange(len(sound)), sound), (2, 1))
    later = round(13.1 * 48_000)
    parts = [(0.0, wave[:, :later]), (13.1 + offset_s, wave[:, later:])]
    path = write_sound(tmp_path / f"talk{suffix}", parts, codec=codec)
    source = heard_source(path)
    request = request_of(source.duration_ms, speech=(span(0, source.duration_ms),))
    words = recognize_speech(
        request, [BurstReader()], 4_000, lambda _path, _source: read_sound(path, source)
    )
    wanted = [start + round(offset_s * 1000) * (start >= 13_100) for start, _ in BURSTS]
    assert len(words) == len(wanted)
    assert max(abs(w.start_ms - t) for w, t in zip(words, wanted, strict=True)) <= 1
