"""Which encoder a clip gets, and that what FFmpeg is told works."""

from fractions import Fraction
from pathlib import Path

import av
import pytest

from cliply.domain.export import (
    EncoderSpec,
    ExportSettings,
    FrameRate,
    Platform,
    Quality,
    VideoCodec,
    limits,
)
from cliply.domain.framing import AspectRatio
from cliply.domain.media import SourceMedia, VideoStream
from cliply.media import ffmpeg as tool
from cliply.media.encoders import (
    encoder_arguments,
    encoder_spec,
    frame_rate_for,
    limit_notes,
    memory_bytes,
    usable_encoders,
)

SOFTWARE = frozenset({"libx264", "libx265"})
WITH_GPU = SOFTWARE | {"h264_nvenc", "hevc_nvenc"}
NTSC = Fraction(30000, 1001)
UPRIGHT = AspectRatio.portrait


@pytest.fixture(scope="module")
def ffmpeg() -> Path:
    return tool.find_ffmpeg(None)


def source(rate: Fraction | None, *, variable: bool = False) -> SourceMedia:
    video = rate and VideoStream(
        index=0, codec="h264", width=1920, height=1080, coded_width=1920, coded_height=1080,
        frame_rate=rate, pixel_format="yuv420p", is_variable_rate=variable, duration_ms=9000,
    )  # fmt: skip
    return SourceMedia(
        container="mov", duration_ms=9000, size_bytes=1, bitrate_bps=1, video=video or None
    )


def rate_of(rate: Fraction | None, choice: FrameRate, *, variable: bool = False) -> Fraction:
    return frame_rate_for(ExportSettings(frame_rate=choice), source(rate, variable=variable))


@pytest.mark.parametrize(
    ("own", "thirty", "source_rate"),
    [
        (Fraction(30), 30, 30),
        (NTSC, NTSC, NTSC),
        (2 * NTSC, NTSC, NTSC),
        (Fraction(2997, 100), NTSC, NTSC),
        (Fraction(60), 30, 30),
        (Fraction(25), 30, 25),
        (Fraction(50), 30, 25),
        (Fraction(24000, 1001), 30, Fraction(24000, 1001)),
        (Fraction(2398, 100), 30, Fraction(24000, 1001)),
        (Fraction(120), 30, 30),
        (Fraction(15), 30, 30),
        (Fraction(31), 30, 31),
        (None, 30, 30),
    ],
)
def test_the_frame_rate_follows_the_source(
    own: Fraction | None, thirty: Fraction, source_rate: Fraction
) -> None:
    assert rate_of(own, FrameRate.thirty) == thirty
    assert rate_of(own, FrameRate.source) == source_rate


def test_a_variable_rate_becomes_thirty() -> None:
    assert rate_of(NTSC, FrameRate.thirty, variable=True) == 30
    assert rate_of(Fraction(25), FrameRate.source, variable=True) == 30


def spec_for(available: frozenset[str] = SOFTWARE, **settings: object) -> EncoderSpec:
    return encoder_spec(ExportSettings(**settings), UPRIGHT, source(Fraction(30)), available)


def test_software_h264_is_what_one_gets_without_asking() -> None:
    spec = spec_for()
    assert (spec.video_codec, spec.preset, spec.crf) == ("libx264", "veryfast", 20)
    assert (spec.width_px, spec.height_px, spec.frame_rate) == (1080, 1920, 30)
    assert spec.notes == ()


@pytest.mark.parametrize(
    ("codec", "name"), [(VideoCodec.h264, "h264_nvenc"), (VideoCodec.h265, "hevc_nvenc")]
)
def test_hardware_is_used_when_asked_for_and_there(codec: VideoCodec, name: str) -> None:
    assert spec_for(WITH_GPU, codec=codec, hardware=True).video_codec == name
    assert spec_for(WITH_GPU, codec=codec).video_codec in SOFTWARE
    fallback = spec_for(codec=codec, hardware=True)
    assert fallback.video_codec in SOFTWARE
    assert "software" in fallback.notes[0]


def test_without_an_h265_encoder_the_clip_is_h264_and_says_so() -> None:
    spec = spec_for(frozenset({"libx264"}), codec=VideoCodec.h265)
    assert (spec.video_codec, spec.crf) == ("libx264", 20)
    assert "H.265" in spec.notes[0]


@pytest.mark.parametrize("aspect", AspectRatio)
def test_a_preview_is_small_even_and_in_the_clips_shape(aspect: AspectRatio) -> None:
    settings = ExportSettings(quality=Quality.preview, codec=VideoCodec.h265, hardware=True)
    spec = encoder_spec(settings, aspect, source(Fraction(30)), WITH_GPU)
    width, height = aspect.size_px
    assert min(spec.width_px, spec.height_px) == 540
    assert spec.width_px % 2 == spec.height_px % 2 == 0
    assert spec.width_px / spec.height_px == pytest.approx(width / height, rel=0.005)
    assert (spec.video_codec, spec.preset) == ("libx264", "ultrafast")


def test_a_rate_that_platforms_refuse_is_noted() -> None:
    settings = ExportSettings(frame_rate=FrameRate.source)
    spec = encoder_spec(settings, UPRIGHT, source(Fraction(15)), SOFTWARE)
    assert "15 frames" in spec.notes[0]
    assert encoder_spec(settings, UPRIGHT, source(Fraction(50)), SOFTWARE).notes == ()


def test_any_platform_means_the_strictest_of_all() -> None:
    every = limits(Platform.any)
    assert (every.min_duration_ms, every.max_duration_ms) == (3_000, 140_000)
    assert (every.max_size_bytes, every.max_bitrate_bps) == (300_000_000, 25_000_000)


def test_instagrams_bitrates_are_kept_where_it_is_a_target() -> None:
    for platform in (Platform.instagram, Platform.any):
        spec = spec_for(platform=platform)
        assert spec.audio_bitrate_bps == 128_000
        assert (spec.max_bitrate_bps or 0) + spec.audio_bitrate_bps == 25_000_000
    assert spec_for(platform=Platform.tiktok).max_bitrate_bps is None


def test_a_long_clip_gets_the_bitrate_that_fits_the_largest_size() -> None:
    settings = ExportSettings(platform=Platform.x)
    media = source(Fraction(30))
    spec = encoder_spec(settings, UPRIGHT, media, SOFTWARE, duration_ms=600_000)
    whole = ((spec.max_bitrate_bps or 0) + spec.audio_bitrate_bps) * 600 / 8
    assert 0.9 * 512e6 < whole < 512e6


def test_a_clip_too_long_for_a_platform_is_told_which() -> None:
    assert limit_notes(Platform.tiktok, 200_000) == ()
    (note,) = limit_notes(Platform.x, 200_000)
    assert "200.0 s" in note
    assert "140 s" in note
    together = limit_notes(Platform.any, 200_000)
    assert [name in "".join(together) for name in ("YouTube", "X ", "TikTok")] == [1, 1, 0]


def test_a_clip_too_short_or_too_large_is_told_so() -> None:
    assert "no less than 3 s" in limit_notes(Platform.instagram, 2_000)[0]
    assert "301 MB" in limit_notes(Platform.instagram, 60_000, 301_000_000)[0]


def encoded(ffmpeg: Path, path: Path, encoder: EncoderSpec) -> Path:
    size = f"{encoder.width_px}x{encoder.height_px}"
    picture = f"testsrc2=s={size}:r={encoder.frame_rate}:d=3,format=yuv420p"
    arguments = [
        "-f", "lavfi", "-i", picture, "-f", "lavfi", "-i", "sine=r=48000:d=3",
        *encoder_arguments(encoder), "-fflags", "+bitexact", "-f", "mp4", "-y", str(path),
    ]  # fmt: skip
    log = tool.run(ffmpeg, ["-loglevel", "warning", *arguments], duration_ms=3000, timeout_s=60)
    assert "x265" not in log
    return path


def small(codec: str, preset: str, **changes: object) -> EncoderSpec:
    fields = {"width_px": 144, "height_px": 256, "frame_rate": NTSC, "crf": 28}
    return EncoderSpec(video_codec=codec, preset=preset, **fields | changes)


@pytest.mark.parametrize(
    ("codec", "preset", "tag"), [("libx264", "veryfast", "avc1"), ("libx265", "ultrafast", "hvc1")]
)
def test_software_encodes_the_same_bytes_twice(
    ffmpeg: Path, tmp_path: Path, codec: str, preset: str, tag: str
) -> None:
    encoder = small(codec, preset)
    first, second = (encoded(ffmpeg, tmp_path / f"{n}.mp4", encoder) for n in "ab")
    assert first.read_bytes() == second.read_bytes()
    with av.open(str(first)) as container:
        stream = container.streams.video[0]
        assert (stream.codec_context.codec_tag, stream.average_rate) == (tag, NTSC)
        packets = [packet for packet in container.demux(stream) if packet.pts is not None]
    keys = [packet.pts for packet in packets if packet.is_keyframe]
    assert (keys[1] - keys[0]) * stream.time_base == 60 / NTSC
    assert is_closed([packet.pts for packet in packets], keys[1])


def is_closed(times: list[int], key: int) -> bool:
    """Whether nothing that is decoded after a keyframe is shown before it."""
    return min(times[times.index(key) :]) == key


def test_a_highest_bitrate_is_kept(ffmpeg: Path, tmp_path: Path) -> None:
    free = encoded(ffmpeg, tmp_path / "free.mp4", small("libx264", "ultrafast", crf=1))
    capped = small("libx264", "ultrafast", crf=1, max_bitrate_bps=200_000)
    held = encoded(ffmpeg, tmp_path / "held.mp4", capped)
    assert free.stat().st_size > 3 * held.stat().st_size
    sound_bits, buffer_s = 3 * capped.audio_bitrate_bps, 2
    assert held.stat().st_size * 8 < 1.05 * ((3 + buffer_s) * 200_000 + sound_bits)


def test_encoders_of_a_gpu_have_to_prove_themselves(ffmpeg: Path) -> None:
    """FFmpeg lists NVENC on every machine."""
    usable = usable_encoders(ffmpeg)
    assert usable >= SOFTWARE
    assert "h264_nvenc" in tool.ask(ffmpeg, "-encoders")
    if not Path("/dev/nvidiactl").exists():
        assert not usable & {"h264_nvenc", "hevc_nvenc"}


def test_without_an_ffmpeg_there_are_no_encoders(tmp_path: Path) -> None:
    assert usable_encoders(tmp_path / "ffmpeg") == frozenset()
    broken = tmp_path / "broken"
    broken.write_text("#!/bin/sh\nexit 1\n")
    broken.chmod(0o755)
    assert usable_encoders(broken) == frozenset()


def test_a_gpu_encoder_may_reserve_more_address_space() -> None:
    assert memory_bytes(small("h264_nvenc", "p5")) > memory_bytes(small("libx264", "veryfast"))
