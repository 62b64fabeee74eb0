import re
from fractions import Fraction
from itertools import pairwise
from pathlib import Path

import av
import numpy as np
import pytest

from cliply.domain.captions import CaptionStyle
from cliply.domain.faces import FaceTrackList
from cliply.domain.framing import AspectRatio, CropPath, CropPoint, Framing, Layout
from cliply.domain.media import AudioStream, SourceMedia, VideoStream
from cliply.domain.rendering import AudioGain, RenderSpec
from cliply.domain.scenes import Scene, SceneList
from cliply.domain.timing import TimeRange
from cliply.domain.transcript import Word
from cliply.errors import Cancelled, ErrorCode, InvalidInput, MediaError
from cliply.media import ffmpeg
from cliply.media.filters import centre_at, crop_commands, escaped
from cliply.media.fonts import caption_fonts
from cliply.media.reframe import reframe
from cliply.media.render import Rendered, render
from cliply.media.source import SourceClock, open_source
from cliply.media.specs import build_spec
from tests.media.synthesis import Layout as FileLayout
from tests.media.synthesis import Shot, Sound, compose

RED, BLUE, GREEN, YELLOW = (200, 0, 0), (0, 0, 200), (0, 200, 0), (200, 200, 0)
CUT_S, FLASH_S = 2.0, 2.8


@pytest.fixture(scope="module")
def binary() -> Path:
    return ffmpeg.find_ffmpeg(None)


def halves(left, right, flash_s: float | None = None):
    """Two colours side by side, all white for 100 ms from `flash_s` of the shot on."""

    def paint(width: int, height: int, time_s: float) -> np.ndarray:
        picture = np.full((height, width, 3), left, np.uint8)
        picture[:, width // 2 :] = right
        if flash_s is not None and flash_s - 1e-6 <= time_s < flash_s + 0.1 - 1e-6:
            picture[:] = 255
        return picture

    return paint


def beep_at(time_s: float, duration_s: float) -> Sound:
    samples = np.zeros((2, round(duration_s * 48_000)), np.float32)
    start = round(time_s * 48_000)
    wave = 0.5 * np.sin(2 * np.pi * 1000 * np.arange(4800) / 48_000)
    samples[:, start : start + 4800] = wave
    return Sound(samples)


def late_video(path: Path, *, start_s: float = 0.85, fps: int = 20) -> Path:
    """Its picture starts after its sound; then a cut, a flash and, with it, a beep."""
    shots = [
        Shot(CUT_S - start_s, halves(RED, BLUE)),
        Shot(4.0 - CUT_S, halves(GREEN, YELLOW, FLASH_S - CUT_S)),
    ]
    layout = FileLayout(
        fps=Fraction(fps),
        size=(640, 360),
        video_start_s=start_s,
        video_options={"preset": "ultrafast", "g": "250", "sc_threshold": "0"},
    )
    return compose(path, shots, beep_at(FLASH_S, 4.0), layout)


def described(path: Path) -> SourceMedia:
    with open_source(path) as container:
        clock = SourceClock(container)
        picture = next(iter(container.streams.video), None)
        sound = next(iter(container.streams.audio), None)
        start_ms = max(0, clock.time_ms(picture.start_time, picture.time_base)) if picture else 0
        duration_ms = round(container.duration / 1000)
        video = picture and VideoStream(
            index=picture.index,
            codec=picture.codec_context.name,
            width=picture.width,
            height=picture.height,
            coded_width=picture.width,
            coded_height=picture.height,
            frame_rate=picture.average_rate,
            pixel_format=picture.pix_fmt,
            start_ms=start_ms,
            duration_ms=duration_ms - start_ms,
        )
        audio = sound and AudioStream(
            index=sound.index, codec="aac", sample_rate=sound.rate, channels=sound.channels
        )
        return SourceMedia(
            container=container.format.name,
            duration_ms=duration_ms,
            size_bytes=container.size,
            bitrate_bps=1,
            video=video,
            audio=audio,
        )


def spec_of(
    path: Path,
    binary: Path,
    span: tuple[int, int],
    *,
    style: CaptionStyle = CaptionStyle.none,
    aspect: AspectRatio = AspectRatio.portrait,
    words: tuple[Word, ...] = (),
    cut_ms: int = 2000,
    motion: float = 5.0,
    preset: str = "ultrafast",
) -> RenderSpec:
    """A spec that looks at the left before the cut and at the right after it."""
    source = described(path)
    first = source.video.start_ms if source.video else 0
    shots = [(first, cut_ms), (cut_ms, source.duration_ms)]
    scenes = SceneList(
        detector="test",
        scenes=tuple(Scene(span=TimeRange(start_ms=a, end_ms=b), motion=motion) for a, b in shots),
    )
    looks = ((0, 0.2), (cut_ms - 1, 0.2), (cut_ms, 0.8), (9_000, 0.8)) if motion > 1 else ()
    faces = FaceTrackList(detector="test", sample_interval_ms=500, motion_centres=looks)
    spec = build_spec(
        source=source,
        source_hash="0",
        title="A title",
        aspect=aspect,
        style=style,
        framing=reframe(TimeRange(start_ms=span[0], end_ms=span[1]), source, aspect, scenes, faces),
        words=words,
        gain=AudioGain(gain_db=0.0),
        toolchain=ffmpeg.toolchain(binary),
        fonts=caption_fonts(),
    )
    encoder = spec.encoder.model_copy(update={"preset": preset})
    return spec.model_copy(update={"encoder": encoder})


def pictures(video: Path) -> list[np.ndarray]:
    with av.open(str(video)) as container:
        return [
            frame.reformat(108, 192, "rgb24").to_ndarray() for frame in container.decode(video=0)
        ]


def colours(video: Path) -> list[tuple[str, int]]:
    """Name of the upper half's colour and number of the first frame, for every change."""
    names = {(1, 0, 0): "red", (0, 0, 1): "blue", (0, 1, 0): "green", (1, 1, 0): "yellow"}
    names |= {(1, 1, 1): "white", (0, 0, 0): "black"}
    seen = [
        names.get(tuple(int(level > 100) for level in picture[:90].mean(axis=(0, 1))), "mixed")
        for picture in pictures(video)
    ]
    changes = [n for n, (a, b) in enumerate(pairwise(seen), 1) if a != b]
    return [(seen[n], n) for n in (0, *changes)]


def beep_s(video: Path) -> float:
    with av.open(str(video)) as container:
        sound = np.concatenate([f.to_ndarray()[0] for f in container.decode(audio=0)])
    return float(np.argmax(np.abs(sound) > 0.05)) / 48_000


@pytest.fixture(scope="module")
def late(tmp_path_factory) -> Path:
    return late_video(tmp_path_factory.mktemp("source") / "late.mp4")


@pytest.fixture(scope="module")
def words() -> tuple[Word, ...]:
    parts = [("Captions", 1800, 2300), ("stay", 2300, 2600), ("here.", 2600, 2700)]
    return tuple(Word(text=t, span=TimeRange(start_ms=a, end_ms=b)) for t, a, b in parts)


@pytest.fixture(scope="module")
def clip(late, binary, words, tmp_path_factory) -> Rendered:
    """From the source's 0.5 s on: the picture begins 0.35 s into the clip."""
    spec = spec_of(
        late,
        binary,
        (500, 3500),
        style=CaptionStyle.highlight_word,
        words=words,
        preset="veryfast",
    )
    return render(spec, late, tmp_path_factory.mktemp("clip"), ffmpeg=binary)


def test_picture_and_sound_have_the_clips_length_to_a_frame(clip):
    measured = clip.measured
    assert (measured.width, measured.height, measured.frames) == (1080, 1920, 90)
    assert measured.video_duration_ms == 3000
    assert abs(measured.audio_duration_ms - 3000) <= 22
    assert measured.size_bytes == clip.video.stat().st_size
    assert measured.true_peak_dbtp == pytest.approx(-6, abs=0.6)


def test_the_crop_jumps_with_the_frame_of_the_cut_and_the_beep_with_the_flash(clip):
    assert colours(clip.video) == [("red", 0), ("yellow", 45), ("white", 69), ("yellow", 72)]
    assert beep_s(clip.video) == pytest.approx(2.3, abs=0.01)


def test_captions_are_there_while_they_are_said_and_only_then(clip):
    lower = [picture[140:170] for picture in pictures(clip.video)]
    dark = [int((part.max(axis=2) < 60).sum()) for part in lower]
    assert max(dark[:38]) == 0
    assert min(dark[41:74]) > 8
    assert max(dark[77:]) == 0


def test_the_stream_is_what_players_expect(clip):
    with av.open(str(clip.video)) as container:
        video = container.streams.video[0].codec_context
        assert (video.profile, video.pix_fmt, video.framerate) == ("High", "yuv420p", 30)
        assert (video.color_primaries, video.color_trc, video.colorspace) == (1, 1, 1)
        assert container.streams.audio[0].rate == 48_000
        assert container.streams.audio[0].channels == 2
    head = clip.video.read_bytes()
    assert head.index(b"moov") < head.index(b"mdat")


def test_sidecars_and_poster_lie_beside_the_clip_and_nothing_else(clip):
    assert {path.name for path in clip.video.parent.iterdir()} == {
        "clip.mp4", "clip.srt", "clip.vtt", "clip.jpg",
    }  # fmt: skip
    assert "00:00:01,300 --> " in clip.srt.read_text()
    assert "Captions stay here." in clip.vtt.read_text()


def test_the_same_spec_gives_the_same_bytes(late, binary, words, tmp_path):
    spec = spec_of(late, binary, (1800, 2300), style=CaptionStyle.karaoke, words=words)
    again = RenderSpec.model_validate_json(spec.model_dump_json())
    one = render(spec, late, tmp_path / "one", ffmpeg=binary)
    two = render(again, late, tmp_path / "two", ffmpeg=binary)
    for first, second in ((one.video, two.video), (one.poster, two.poster), (one.srt, two.srt)):
        assert first.read_bytes() == second.read_bytes()


@pytest.mark.parametrize(("suffix", "fps"), [(".ts", 25), (".mkv", 24), (".mp4", 60)])
def test_other_containers_and_rates_are_in_step_too(tmp_path, binary, suffix, fps):
    path = late_video(tmp_path / f"late{suffix}", fps=fps)
    cut_ms = described(path).video.start_ms + round((CUT_S - 0.85) * 1000)
    spec = spec_of(path, binary, (1700, 3000), cut_ms=cut_ms)
    video = render(spec, path, tmp_path / "out", ffmpeg=binary).video
    names, frames = zip(*colours(video), strict=True)
    assert names[:3] == ("red", "yellow", "white")
    assert frames[1] == pytest.approx((cut_ms - 1700) * 0.03, abs=1)
    assert frames[2] / 30 == pytest.approx(beep_s(video), abs=1 / 30)


def test_a_picture_that_ends_early_stands_still_and_a_missing_sound_is_silence(tmp_path, binary):
    path = compose(
        tmp_path / "s.mp4", [Shot(1.0, halves(RED, RED))], (), FileLayout(size=(640, 360))
    )
    spec = spec_of(path, binary, (400, 1400), cut_ms=900)
    clip = render(spec, path, tmp_path / "out", ffmpeg=binary)
    assert colours(clip.video) == [("red", 0)]
    assert clip.measured.frames == 30
    assert clip.measured.integrated_lufs is None
    assert abs(clip.measured.audio_duration_ms - 1000) <= 22


def test_sound_that_starts_late_keeps_its_place(tmp_path, binary):
    layout = FileLayout(size=(640, 360), audio_start_s=0.4)
    shots = [Shot(1.2, halves(RED, BLUE))]
    path = compose(tmp_path / "late.mkv", shots, beep_at(0.3, 0.8), layout)
    clip = render(spec_of(path, binary, (100, 1000), cut_ms=1100), path, tmp_path, ffmpeg=binary)
    assert beep_s(clip.video) == pytest.approx(0.6, abs=0.01)


def test_a_still_is_shown_whole_over_its_blur(tmp_path, binary):
    shots = [Shot(1.0, halves(RED, BLUE))]
    path = compose(tmp_path / "slide.mkv", shots, beep_at(0.2, 1.0), FileLayout(size=(640, 360)))
    spec = spec_of(path, binary, (0, 500), cut_ms=900, motion=0.0, aspect=AspectRatio.square)
    assert spec.framing.layout is Layout.fit
    frame = pictures(render(spec, path, tmp_path / "out", ffmpeg=binary).video)[5]
    sharp, blurred = frame[96].astype(int), frame[10].astype(int)
    assert sharp[5][0] > 150
    assert sharp[-5][2] > 150
    assert blurred[5][0] < 0.8 * sharp[5][0]


def test_sound_without_a_picture_is_drawn_with_its_title(tmp_path, binary):
    path = compose(tmp_path / "talk.flac", (), beep_at(0.5, 1.0))
    spec = spec_of(path, binary, (0, 1000), cut_ms=500)
    assert spec.framing.layout is Layout.waveform
    clip = render(spec, path, tmp_path / "out", ffmpeg=binary)
    quiet, loud = (pictures(clip.video)[n][60:130].astype(int) for n in (5, 17))
    bars = [int(((part[..., 0] - part[..., 2]) > 100).sum()) for part in (quiet, loud)]
    assert bars[1] > 3 * bars[0]
    assert pictures(clip.video)[5][30:60].max() > 230
    assert clip.measured.frames == 30


def test_a_damaged_source_leaves_nothing_behind(tmp_path, binary, late):
    spec = spec_of(late, binary, (500, 1500))
    broken = tmp_path / "broken.mp4"
    broken.write_bytes(b"no video at all" * 100)
    with pytest.raises(MediaError) as error:
        render(spec, broken, tmp_path / "out", ffmpeg=binary)
    assert error.value.code == ErrorCode.render_failed
    assert list((tmp_path / "out").iterdir()) == []


@pytest.mark.parametrize("reason", [KeyboardInterrupt, Cancelled])
def test_a_render_that_is_stopped_leaves_nothing_behind(tmp_path, binary, late, reason):
    def stop(_part: float) -> None:
        raise reason

    with pytest.raises(reason):
        render(spec_of(late, binary, (500, 3500)), late, tmp_path, ffmpeg=binary, on_progress=stop)
    assert list(tmp_path.iterdir()) == []


def test_a_folder_that_can_not_be_made_is_the_callers_to_change(tmp_path, binary, late):
    (tmp_path / "file").touch()
    with pytest.raises(InvalidInput) as error:
        render(spec_of(late, binary, (500, 900)), late, tmp_path / "file" / "x", ffmpeg=binary)
    assert error.value.code == ErrorCode.output_unwritable


def test_paths_with_any_letters_work(tmp_path, binary, late):
    folder = tmp_path / "it's [50%], a:b;c\\d = ü"
    folder.mkdir()
    path = folder / "-in put%03d.mp4"
    path.write_bytes(late.read_bytes())
    spec = spec_of(path, binary, (1900, 2100), style=CaptionStyle.karaoke)
    assert render(spec, path, folder / "out", ffmpeg=binary).video.exists()


def test_a_filter_value_is_escaped_for_the_option_and_for_the_graph():
    assert escaped("a:b") == r"a\\:b"
    assert escaped("it's,[x];") == r"it\\\'s\,\[x\]\;"


def test_the_centre_moves_between_points_and_holds_before_a_jump():
    path = CropPath(
        width_px=2,
        height_px=2,
        points=tuple(
            CropPoint(time_ms=t, x=x, y=0.5) for t, x in ((0, 0.2), (1000, 0.4), (1500, 0.8))
        ),
        jumps_ms=(1500,),
    )
    found = [round(centre_at(path, t)[0], 3) for t in (0, 500, 1000, 1499, 1500, 9000)]
    assert found == [0.2, 0.3, 0.4, 0.4, 0.8, 0.8]


def test_a_still_window_needs_no_commands_and_a_jump_one_a_millisecond_early(late, binary):
    spec = spec_of(late, binary, (500, 3500))
    lines = crop_commands(spec, spec.source.video, spec.framing.path).splitlines()
    assert len(lines) == 1
    assert re.fullmatch(r"1\.499 crop x \d+, crop y \d+;", lines[0])
    still = Framing.model_validate(spec.framing.model_dump() | {"path": _still(spec)})
    assert crop_commands(spec, spec.source.video, still.path) == ""


def _still(spec: RenderSpec) -> dict:
    return spec.framing.path.model_dump() | {
        "points": [{"time_ms": 500, "x": 0.5, "y": 0.5}], "jumps_ms": ()
    }  # fmt: skip
