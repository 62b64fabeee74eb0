"""A source is described as a player would show and play it."""

import time
from fractions import Fraction
from pathlib import Path

import av
import numpy as np
import pytest
from av.stream import Disposition

from cliply.media.probe import probe
from tests.media.synthesis import Layout, Shot, alternating_shots, compose, silence, solid, tone

SLOW = Layout(fps=Fraction(10), size=(160, 90))
SHOTS = alternating_shots([3, 3])


@pytest.fixture(scope="module")
def talk(tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("probe")
    return compose(folder / "talk.mp4", SHOTS, tone(6, channels=2), SLOW)


def test_a_video_with_sound_is_described(talk: Path) -> None:
    source = probe(talk)
    assert source.duration_ms == pytest.approx(6000, abs=50)
    assert source.size_bytes == talk.stat().st_size
    assert source.bitrate_bps == talk.stat().st_size * 8000 // source.duration_ms
    video, audio = source.video, source.audio
    assert video is not None
    assert audio is not None
    assert (video.codec, video.width, video.height, video.frame_rate) == ("h264", 160, 90, 10)
    assert (video.coded_width, video.coded_height, video.rotation) == (160, 90, 0)
    assert (video.start_ms, video.duration_ms) == (0, 6000)
    assert not video.is_hdr
    assert not video.is_variable_rate
    assert (audio.codec, audio.sample_rate, audio.channels, audio.start_ms) == ("aac", 48000, 2, 0)
    assert source.warnings == ()


@pytest.mark.parametrize("suffix", ["mkv", "webm", "mov", "avi", "ts", "flv"])
def test_common_containers_are_read(tmp_path: Path, suffix: str) -> None:
    sound = tone(6, sample_rate=44_100 if suffix == "flv" else 48_000)
    source = probe(compose(tmp_path / f"talk.{suffix}", SHOTS, sound, SLOW))
    assert source.video is not None
    assert source.audio is not None
    assert source.duration_ms == pytest.approx(6000, abs=120)
    assert source.video.frame_rate == 10


@pytest.mark.parametrize("suffix", ["wav", "flac", "mp3", "m4a", "ogg", "aac"])
def test_audio_alone_is_a_source_without_video(tmp_path: Path, suffix: str) -> None:
    source = probe(compose(tmp_path / f"talk.{suffix}", (), tone(6)))
    assert source.video is None
    assert source.audio is not None
    assert source.duration_ms == pytest.approx(6000, abs=60)


def test_a_silent_film_is_a_source_without_audio(tmp_path: Path) -> None:
    source = probe(compose(tmp_path / "film.mp4", SHOTS, (), SLOW))
    assert source.audio is None
    assert source.video is not None


def test_cover_art_is_not_a_video(tmp_path: Path) -> None:
    path = tmp_path / "podcast.mp3"
    with av.open(str(path), "w") as container:
        cover = container.add_stream("png", rate=1)
        cover.width, cover.height, cover.pix_fmt = 64, 64, "rgb24"
        cover.disposition = Disposition.attached_pic
        audio = container.add_stream("libmp3lame", rate=48_000, layout="mono")
        picture = av.VideoFrame.from_ndarray(np.full((64, 64, 3), 200, np.uint8), "rgb24")
        container.mux(cover.encode(picture))
        container.mux(cover.encode(None))
        for _ in range(6):
            frame = av.AudioFrame.from_ndarray(np.zeros((1, 48_000), np.float32), "fltp", "mono")
            frame.sample_rate = 48_000
            container.mux(audio.encode(frame))
        container.mux(audio.encode(None))
    source = probe(path)
    assert source.video is None
    assert source.audio is not None


def test_the_best_of_several_video_streams_is_taken(shared_media: Path) -> None:
    source = probe(shared_media / "nasa_13013.mp4")
    assert source.video is not None
    assert (source.video.index, source.video.width, source.video.height) == (3, 480, 270)
    assert source.video.frame_rate == Fraction(30000, 1001)
    assert [(s.codec, s.language) for s in source.subtitles] == [("mov_text", "eng")] * 2
    assert any("2 video streams" in warning for warning in source.warnings)


def test_the_default_audio_stream_comes_before_a_richer_one(tmp_path: Path) -> None:
    sounds = [tone(6), tone(6, channels=2)]
    source = probe(compose(tmp_path / "two.mp4", SHOTS, sounds, SLOW))
    assert source.audio is not None
    assert source.audio.channels == 1


def test_real_files_are_read(shared_media: Path) -> None:
    assert probe(shared_media / "jfk.flac").duration_ms == 11_000
    assert probe(shared_media / "stereo_diarization.wav").duration_ms == 5_000
    assert probe(shared_media / "big_buck_bunny_0_30.webm").video is not None


@pytest.mark.parametrize(
    ("rotation", "shown"), [(0, (160, 90)), (90, (90, 160)), (180, (160, 90)), (270, (90, 160))]
)
def test_size_is_as_a_player_shows_it(
    tmp_path: Path, rotation: int, shown: tuple[int, int]
) -> None:
    layout = Layout(fps=Fraction(10), size=(160, 90), rotation=rotation)
    video = probe(compose(tmp_path / "phone.mov", SHOTS, (), layout)).video
    assert video is not None
    assert video.rotation == rotation
    assert (video.width, video.height) == shown
    assert (video.coded_width, video.coded_height) == (160, 90)


def test_pixels_that_are_not_square_widen_the_picture(tmp_path: Path) -> None:
    layout = Layout(fps=Fraction(10), size=(180, 144), sample_aspect=Fraction(16, 15))
    video = probe(compose(tmp_path / "dv.mp4", SHOTS, (), layout)).video
    assert video is not None
    assert (video.width, video.height, video.coded_width) == (192, 144, 180)


@pytest.mark.parametrize(("start_s", "start_ms"), [(0.85, 850), (0.0, 0)])
def test_a_late_video_keeps_its_offset(tmp_path: Path, start_s: float, start_ms: int) -> None:
    layout = Layout(fps=Fraction(20), size=(160, 90), video_start_s=start_s)
    source = probe(compose(tmp_path / "late.mp4", SHOTS, tone(7), layout))
    assert source.video is not None
    assert source.audio is not None
    assert (source.video.start_ms, source.audio.start_ms) == (start_ms, 0)
    assert source.video.duration_ms == 6000


def test_a_late_audio_keeps_its_offset(tmp_path: Path) -> None:
    layout = Layout(fps=Fraction(10), size=(160, 90), audio_start_s=0.5)
    source = probe(compose(tmp_path / "late.mp4", SHOTS, tone(5), layout))
    assert source.audio is not None
    assert source.audio.start_ms == pytest.approx(500, abs=25)


def test_a_variable_frame_rate_is_noticed(tmp_path: Path) -> None:
    rng = np.random.default_rng(4)
    times = np.cumsum(rng.choice([1 / 30, 1 / 30, 1 / 15, 1 / 10], 90)).tolist()
    layout = Layout(size=(160, 90), frame_times_s=[0.0, *times])
    video = probe(compose(tmp_path / "screen.mp4", SHOTS, tone(6), layout)).video
    assert video is not None
    assert video.is_variable_rate


def test_milliseconds_of_matroska_are_not_a_variable_rate(tmp_path: Path) -> None:
    layout = Layout(fps=Fraction(30000, 1001), size=(160, 90))
    video = probe(compose(tmp_path / "steady.mkv", SHOTS, (), layout)).video
    assert video is not None
    assert not video.is_variable_rate
    assert float(video.frame_rate) == pytest.approx(29.97, abs=0.02)


def test_ten_bits_with_a_pq_transfer_are_hdr(tmp_path: Path) -> None:
    options = {"preset": "ultrafast", "x264-params": "transfer=smpte2084"}
    layout = Layout(Fraction(10), (160, 90), pixel_format="yuv420p10le", video_options=options)
    video = probe(compose(tmp_path / "hdr.mp4", SHOTS, (), layout)).video
    assert video is not None
    assert video.is_hdr
    assert video.pixel_format == "yuv420p10le"


def test_odd_sizes_work(tmp_path: Path) -> None:
    layout = Layout(fps=Fraction(10), size=(321, 181), pixel_format="yuv444p")
    video = probe(compose(tmp_path / "odd.mp4", SHOTS, (), layout)).video
    assert video is not None
    assert (video.width, video.height) == (321, 181)


@pytest.mark.parametrize("suffix", ["webm", "mkv"])
def test_a_missing_duration_is_measured(tmp_path: Path, suffix: str) -> None:
    layout = Layout(fps=Fraction(10), size=(160, 90), container_options={"live": "1"})
    path = compose(tmp_path / f"live.{suffix}", SHOTS, tone(6), layout)
    with av.open(str(path)) as container:
        assert container.duration is None, "the test file has to lack a duration"
    assert probe(path).duration_ms == pytest.approx(6000, abs=60)


def test_four_hours_are_probed_without_reading_them(tmp_path: Path) -> None:
    layout = Layout(fps=Fraction(1, 60), size=(64, 36))
    path = compose(tmp_path / "long.mp4", [Shot(4 * 3600, solid(90, 90, 90))], (), layout)
    begin = time.perf_counter()
    assert probe(path).duration_ms == 4 * 3_600_000
    assert time.perf_counter() - begin < 5


def test_audio_that_can_not_be_decoded_is_left_out_with_a_warning(tmp_path: Path) -> None:
    layout = Layout(Fraction(10), (160, 90), audio_codec="flac")
    whole = compose(tmp_path / "talk.mkv", SHOTS, silence(6), layout).read_bytes()
    path = tmp_path / "mute.mkv"
    path.write_bytes(whole.replace(b"A_FLAC", b"A_FLIC"))
    source = probe(path)
    assert source.video is not None
    assert source.audio is None
    assert any("audio" in warning for warning in source.warnings)
