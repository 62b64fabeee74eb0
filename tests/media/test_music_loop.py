"""Music goes on from an earlier bar that sounds the same, and nobody hears where."""

from functools import cache
from pathlib import Path

import numpy as np
import pytest

from cliply.domain.attachments import Attachment, AttachmentKind
from cliply.domain.sound import AudioGain, AudioSettings, AudioSpec, MusicSettings, MusicSpec
from cliply.media.attachments import accept
from cliply.media.beats import beats
from cliply.media.music_loop import JOIN_MS, JOINED_BEFORE_MS, find_repetition
from cliply.media.sound_plan import plan_audio
from tests.media.mixing import clip_of, ebur128, mixed, samples_of
from tests.media.songs import BAR_S, BEAT_S, INTRO_BARS, PATTERN_BARS, SILENT_S, kick, song
from tests.media.sounds import RATE, heard_source, pink, write_sound

PATTERN_MS = PATTERN_BARS * BAR_S * 1000
CLIP_S = 60


@cache
def composed() -> np.ndarray:
    return song()


@pytest.fixture(scope="module")
def path(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return write_sound(tmp_path_factory.mktemp("song") / "song.wav", [(0, composed())])


@pytest.fixture(scope="module")
def bed(path: Path) -> Attachment:
    return accept(path, AttachmentKind.audio)


@pytest.fixture(scope="module")
def heard(path: Path, bed: Attachment, tmp_path_factory: pytest.TempPathFactory) -> np.ndarray:
    """The bed alone under a clip that is longer than it, as it is in the file."""
    music = MusicSpec(attachment=bed, gain_db=0, duck_db=0, fade_ms=0)
    spec = AudioSpec(has_source=False, music=music)
    folder = tmp_path_factory.mktemp("mix")
    return samples_of(mixed(folder, spec, clip_of((0, CLIP_S)), None, {bed.content_hash: path}))


def off_ms(time_ms: float, grid_ms: float, first_ms: float = 0.0) -> float:
    """How far a time is from the next line of a grid."""
    rest = (time_ms - first_ms) % grid_ms
    return min(rest, grid_ms - rest)


def test_a_loop_is_made_of_the_whole_pattern_from_bar_line_to_bar_line(bed: Attachment) -> None:
    assert bed.loop is not None
    first_ms = INTRO_BARS * BAR_S * 1000
    assert off_ms(bed.loop.start_ms, BAR_S * 1000, first_ms) <= 20
    assert off_ms(bed.loop.end_ms, BAR_S * 1000, first_ms) <= 20
    assert off_ms(bed.loop.duration_ms, PATTERN_MS) <= 2
    assert bed.loop.duration_ms > 1.9 * PATTERN_MS


def test_a_loop_begins_after_the_intro_and_ends_before_the_fade(bed: Attachment) -> None:
    assert bed.loop is not None
    assert bed.loop.start_ms >= INTRO_BARS * BAR_S * 1000 - 20
    assert bed.loop.end_ms <= (INTRO_BARS * BAR_S + 3 * PATTERN_MS / 1000) * 1000 + 20


def test_what_is_heard_ends_where_the_silence_begins(bed: Attachment) -> None:
    assert bed.heard is not None
    assert bed.heard.start_ms <= 10
    assert bed.duration_ms - bed.heard.end_ms == pytest.approx(SILENT_S * 1000, abs=150)


def test_a_packed_song_has_its_loop_as_exactly(tmp_path: Path) -> None:
    place = write_sound(tmp_path / "song.mp3", [(0, song(rounds=2))], codec="libmp3lame")
    found = find_repetition(place, heard_source(place), beats(place)).loop
    assert found is not None
    assert off_ms(found.start_ms, BAR_S * 1000, INTRO_BARS * BAR_S * 1000) <= 20
    assert found.duration_ms == pytest.approx(PATTERN_MS, abs=2)


def test_the_same_song_has_the_same_loop_each_time(path: Path, bed: Attachment) -> None:
    found = find_repetition(path, heard_source(path), bed.beats_ms)
    assert (found.heard, found.loop) == (bed.heard, bed.loop)


def test_the_first_round_is_the_song_itself(heard: np.ndarray, bed: Attachment) -> None:
    assert bed.loop is not None
    last = (bed.loop.end_ms - JOINED_BEFORE_MS) * RATE // 1000
    assert np.abs(heard[:, :last] - composed()[:, :last]).max() < 1e-4


def seams_ms(bed: Attachment) -> list[int]:
    assert bed.loop is not None
    times = range(bed.loop.end_ms, CLIP_S * 1000, bed.loop.duration_ms)
    assert len(times) > 1
    return list(times)


def test_a_seam_has_no_click(heard: np.ndarray, bed: Attachment) -> None:
    """Nor is it louder by more than what two sides of the same wave add to each other."""
    usual = np.abs(np.diff(composed()[0])).max()
    for seam_ms in seams_ms(bed):
        last = seam_ms * RATE // 1000
        around = heard[0, last - (JOINED_BEFORE_MS + 20) * RATE // 1000 : last]
        assert np.abs(np.diff(around)).max() < usual
        joined = around[-JOINED_BEFORE_MS * RATE // 1000 :][: JOIN_MS * RATE // 1000]
        assert np.sqrt(np.mean(joined**2)) < 0.2


def test_the_beat_goes_on_in_step_over_the_seams(heard: np.ndarray, bed: Attachment) -> None:
    first = INTRO_BARS * BAR_S
    reach = RATE // 20
    for seam_ms in seams_ms(bed):
        nearest = round((seam_ms / 1000 - first) / BEAT_S)
        for beat in range(nearest - 4, nearest + 8):
            at = round((first + beat * BEAT_S) * RATE)
            near = heard[0, at - reach : at + reach + len(kick())]
            late = int(np.argmax(np.correlate(near, kick(), "valid"))) - reach
            assert abs(late) < RATE // 100


def test_the_bars_go_on_in_order_over_the_seams(heard: np.ndarray, bed: Attachment) -> None:
    """Sound of the clip is that of the song a whole number of patterns before."""
    for seam_ms in seams_ms(bed):
        start = seam_ms / 1000
        place = INTRO_BARS * BAR_S + (start - INTRO_BARS * BAR_S) % (PATTERN_MS / 1000)
        now, then = (
            track[0, round(at * RATE) : round((at + 2) * RATE)]
            for track, at in ((heard, start), (composed(), place))
        )
        spectra = [np.abs(np.fft.rfft(part)) for part in (now, then)]
        assert np.corrcoef(*spectra)[0, 1] > 0.95


def test_a_looped_bed_is_as_loud_as_it_was_planned(
    tmp_path: Path, path: Path, bed: Attachment
) -> None:
    timeline = clip_of((0, CLIP_S))
    settings = AudioSettings(music=MusicSettings(attachment="song"), mute=True)
    spec, _ = plan_audio(
        settings, levels=None, timeline=timeline, words=(), speech=(), attachments={"song": bed}
    )
    assert spec.gain is not None
    lufs, _ = ebur128(mixed(tmp_path, spec, timeline, None, {bed.content_hash: path}))
    assert lufs == pytest.approx(AudioGain(gain_db=0).target_lufs, abs=0.5)


def drone() -> np.ndarray:
    time = np.arange(16 * RATE) / RATE
    swell = [
        np.sin(2 * np.pi * hz * time) * (1 + np.sin(2 * np.pi * 0.11 * part * time))
        for part, hz in enumerate((220, 277, 330), 1)
    ]
    return np.tile(0.05 * np.sum(swell, axis=0), (2, 1)).astype(np.float32)


@pytest.mark.parametrize("sound", [drone(), pink(16)], ids=["drone", "rain"])
def test_ambience_without_a_beat_has_no_loop(tmp_path: Path, sound: np.ndarray) -> None:
    place = write_sound(tmp_path / "air.wav", [(0.5, sound)])
    found = find_repetition(place, heard_source(place), beats(place))
    assert found.loop is None
    assert found.heard is not None


def test_speech_has_no_loop(shared_media: Path) -> None:
    place = shared_media / "jfk.flac"
    assert find_repetition(place, heard_source(place), beats(place)).loop is None


def test_speech_on_a_beat_that_is_none_of_its_own_has_no_loop(shared_media: Path) -> None:
    """Beats as steady as a clock, and still nothing comes again."""
    place = shared_media / "manifesto.mp4"
    assert find_repetition(place, heard_source(place), range(500, 85_000, 500)).loop is None


def test_a_song_that_never_comes_back_to_a_chord_has_no_loop(tmp_path: Path) -> None:
    once = song(rounds=1)[:, : round((INTRO_BARS + PATTERN_BARS) * BAR_S * RATE)]
    place = write_sound(tmp_path / "once.wav", [(0, once)])
    found = beats(place)
    assert len(found) > 28
    assert find_repetition(place, heard_source(place), found).loop is None


def test_silence_is_not_heard(tmp_path: Path) -> None:
    place = write_sound(tmp_path / "still.wav", [(0, np.zeros((2, RATE), np.float32))])
    assert find_repetition(place, heard_source(place), ()) == (None, None)


def test_a_click_in_the_last_moment_of_a_file_is_heard(tmp_path: Path) -> None:
    sound = np.zeros((2, 47_412), np.float32)
    sound[:, -1] = 0.5
    place = write_sound(tmp_path / "click.wav", [(0, sound)])
    found = find_repetition(place, heard_source(place), ())
    assert found.heard is not None
    assert found.heard.end_ms == pytest.approx(988, abs=2)
    assert found.loop is None
