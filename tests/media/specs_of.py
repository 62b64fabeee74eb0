"""Sources that number their frames and beep, specs of clips of them, and what a clip shows."""

from collections.abc import Callable, Mapping, Sequence
from fractions import Fraction
from itertools import pairwise
from pathlib import Path
from typing import NamedTuple

import av
import numpy as np

from cliply.domain.attachments import Attachment
from cliply.domain.editing import CutSettings, Edit, TransitionSettings
from cliply.domain.faces import FaceTrackList
from cliply.domain.framing import AspectRatio, ReframeSettings
from cliply.domain.media import SourceLimits
from cliply.domain.rendering import RenderSpec
from cliply.domain.scenes import Scene, SceneList
from cliply.domain.timeline import SAMPLE_RATE, TransitionKind
from cliply.domain.timing import TimeRange
from cliply.domain.transcript import Transcript, TranscriptQuality, Word
from cliply.media import ffmpeg
from cliply.media.audio_features import measure_audio
from cliply.media.fonts import FontShelf
from cliply.media.invocation import Places, invocation
from cliply.media.probe import probe
from cliply.media.reads import reads_of
from cliply.media.render import Rendered, render
from cliply.media.specs import Equipment, Material, build_spec
from tests.media.synthesis import Layout, Painter, Picture, Shot, Sound, compose

BINARY = ffmpeg.find_ffmpeg(None)
SHELF = FontShelf()
ANY_LENGTH = SourceLimits(min_duration_ms=1)
NTSC = Fraction(30_000, 1001)
BITS = 12
NUMBERED_PX = (192, 108)
WIDE_PX = (192, 108)
UPRIGHT_PX = (108, 192)
CHIRP_S = 0.05


# --- sources ---------------------------------------------------------------------------------


def numbered(times_s: Sequence[float], flashes: Sequence[int], paint: Painter | None = None):
    """Frames that carry their number as bars in the lower half; white above in flashes."""
    frame_at = {round(time_s * 90_000): number for number, time_s in enumerate(times_s)}
    white = set(flashes)

    def painted(width: int, height: int, time_s: float) -> Picture:
        number = frame_at[round(time_s * 90_000)]
        picture = np.full((height, width, 3), 60, np.uint8)
        if paint is not None:
            picture[: height // 2] = paint(width, height, time_s)[: height // 2]
        if number in white:
            picture[: height // 2] = 255
        bits = [255 * (number >> bit & 1) for bit in range(BITS)]
        picture[height // 2 :] = np.repeat(bits, width // BITS)[None, :, None]
        return picture

    return painted


def chirp(sample_rate: int = SAMPLE_RATE) -> np.ndarray:
    """50 ms that sound like no later part of themselves: 400 to 3400 Hz."""
    time_s = np.arange(round(CHIRP_S * sample_rate)) / sample_rate
    return 0.5 * np.sin(2 * np.pi * (400 + 1500 * time_s / CHIRP_S) * time_s)


def beeps(
    times_s: Sequence[float], duration_s: float, channels: int = 2, rate: int = SAMPLE_RATE
) -> Sound:
    """Silence with a chirp at each of these times."""
    samples = np.zeros((channels, round(duration_s * rate)), np.float32)
    wave = chirp(rate)
    for time_s in times_s:
        start = round(time_s * rate)
        part = samples[:, start : start + len(wave)]
        part[:] = wave[: part.shape[1]]
    return Sound(samples, rate)


def counted(
    path: Path,
    rate: Fraction | int,
    duration_s: float,
    every_s: float = 1.0,
    noise: float = 0.0,
    **layout: object,
) -> Path:
    """A frame that flashes and a beep every so often, at the frame nearest to it.

    The sound goes on from 0 to the end of the picture, wherever that begins; with noise
    (its RMS) there is enough of it to be levelled.
    """
    rate = Fraction(rate)
    frames = round(duration_s * rate)
    times = [float(number / rate) for number in range(frames)]
    flashes = [round(n * every_s * rate) for n in range(1, int(duration_s / every_s))]
    options = {"preset": "ultrafast", "crf": "20", "g": "250"}
    usual = {"fps": rate, "size": NUMBERED_PX, "video_options": options, "to_frame": grey}
    file = Layout(**(usual | layout))
    beeps_s = [file.video_start_s + float(frame / rate) for frame in flashes]
    sound = beeps(beeps_s, file.video_start_s + duration_s, channels=1)
    hiss = np.random.default_rng(1).standard_normal(sound.samples.shape)
    sound.samples[:] += (noise * hiss).astype(np.float32)
    return compose(path, [Shot(duration_s, numbered(times, flashes))], sound, file)


def grey(picture: Picture) -> av.VideoFrame:
    """The frame of a picture without colour; a converter made for each costs 1.4 ms."""
    height, width = picture.shape[:2]
    planes = np.full((height * 3 // 2, width), 128, np.uint8)
    planes[:height] = 16 + picture[..., 0].astype(np.uint16) * 219 // 255
    return av.VideoFrame.from_ndarray(planes, "yuv420p")


def halves(left: Sequence[int], right: Sequence[int]) -> Painter:
    """Two colours side by side."""

    def paint(width: int, height: int, _time_s: float) -> Picture:
        picture = np.full((height, width, 3), left, np.uint8)
        picture[:, width // 2 :] = right
        return picture

    return paint


# --- specs -----------------------------------------------------------------------------------


def span(start_ms: int, end_ms: int) -> TimeRange:
    return TimeRange(start_ms=start_ms, end_ms=end_ms)


def material_of(
    path: Path,
    *,
    cuts_ms: Sequence[int] = (),
    looks: Sequence[tuple[int, float]] = (),
    words: Sequence[Word] = (),
    motion: float = 5.0,
    listens: bool = True,
) -> Material:
    """What analysis would find; `looks` are the places where something moves."""
    source = probe(path, ANY_LENGTH)
    deaf = source.model_copy(update={"audio": None})
    heard = measure_audio(path, source if listens else deaf)
    first = source.video.start_ms if source.video else 0
    edges = [first, *cuts_ms, source.duration_ms]
    scenes = tuple(Scene(span=span(a, b), motion=motion) for a, b in pairwise(edges))
    return Material(
        source=source,
        source_hash="0" * 64,
        transcript=Transcript(
            language="en", words=tuple(words), engine="test", quality=TranscriptQuality.given
        ),
        features=heard.features,
        levels=heard.levels,
        scenes=SceneList(detector="test", scenes=scenes if source.video else ()),
        faces=FaceTrackList(detector="test", sample_interval_ms=500, motion_centres=tuple(looks)),
    )


def spec_of(
    material: Material,
    edit: Edit,
    moment: TimeRange | None = None,
    *,
    size_px: tuple[int, int] | None = None,
    attachments: Mapping[str, Attachment] | None = None,
    title: str = "A title",
    preset: str = "ultrafast",
) -> RenderSpec:
    """The spec as a job makes it, then encoded fast and in a small size."""
    whole = span(0, material.source.duration_ms)
    equipment = Equipment(ffmpeg.toolchain(BINARY), SHELF, frozenset())
    spec = build_spec(edit, moment or whole, title, material, equipment, attachments or {})
    small = {} if size_px is None else {"width_px": size_px[0], "height_px": size_px[1]}
    encoder = spec.encoder.model_copy(update={"preset": preset, **small})
    return spec.model_copy(update={"encoder": encoder})


def wide(**changes: object) -> Edit:
    """16:9, so that a source of that shape is shown whole."""
    reframe = ReframeSettings(aspect_ratio=AspectRatio.landscape)
    return Edit.model_validate({"reframe": reframe} | changes)


def cut_of(
    *spans_ms: tuple[int, int], transition: TransitionKind | None = None, **changes: object
) -> CutSettings:
    joint = TransitionSettings(kind=transition, duration_ms=400) if transition else None
    keep = tuple(span(start, end) for start, end in spans_ms)
    return CutSettings.model_validate({"keep": keep, "transition": joint} | changes)


# --- renders ---------------------------------------------------------------------------------


def rendered(
    spec: RenderSpec,
    source: Path,
    folder: Path,
    *,
    files: Mapping[str, Path] | None = None,
    on_progress: Callable[[float], None] = lambda _done: None,
    binary: Path = BINARY,
) -> Rendered:
    return render(
        spec,
        source,
        folder,
        ffmpeg=binary,
        shelf=SHELF,
        attachments=files or {},
        on_progress=on_progress,
    )


def call_of(spec: RenderSpec, source: Path, folder: Path, files: Mapping[str, Path] | None = None):
    """The invocation of a spec; nothing is run."""
    places = Places(source=source, folder=folder, attachments=files or {})
    return invocation(spec, reads_of(spec, source), places, SHELF, folder / "clip.mp4")


def graph_of(spec: RenderSpec, source: Path, folder: Path, files=None) -> str:
    arguments = call_of(spec, source, folder, files).arguments
    return arguments[arguments.index("-filter_complex") + 1]


def encoded(
    spec: RenderSpec, source: Path, folder: Path, files: Mapping[str, Path] | None = None
) -> Path:
    """The one FFmpeg call alone, without report and poster."""
    folder.mkdir(parents=True, exist_ok=True)
    call = call_of(spec, source, folder, files)
    for name, content in call.files.items():
        (folder / name).write_bytes(content)
    ffmpeg.run(BINARY, call.arguments, duration_ms=spec.timeline.duration_ms, timeout_s=60)
    return folder / "clip.mp4"


# --- what a clip shows -----------------------------------------------------------------------


class Seen(NamedTuple):
    """One frame of a clip of a counted source."""

    time_s: float
    number: int
    """Which frame of the source it shows."""
    is_white: bool


def seen(video: Path) -> list[Seen]:
    with av.open(str(video)) as container:
        return [
            Seen(float(frame.pts * frame.time_base), *_read(frame.to_ndarray()[: frame.height]))
            for frame in container.decode(video=0)
        ]


def _read(luma: np.ndarray) -> tuple[int, bool]:
    height, width = luma.shape
    row = luma[height * 3 // 4]
    bits = [int(row[round((bit + 0.5) * width / BITS)] > 128) for bit in range(BITS)]
    return sum(one << bit for bit, one in enumerate(bits)), bool(luma[height // 4].mean() > 150)


def pictures(video: Path, size_px: tuple[int, int] | None = None) -> np.ndarray:
    """RGB `[frame, row, column, colour]`."""
    width, height = size_px or (None, None)
    with av.open(str(video)) as container:
        return np.stack(
            [
                frame.reformat(width, height, "rgb24").to_ndarray()
                for frame in container.decode(video=0)
            ]
        )


NAMES = {
    (1, 0, 0): "red", (0, 0, 1): "blue", (0, 1, 0): "green", (1, 1, 0): "yellow",
    (1, 1, 1): "white", (0, 0, 0): "black",
}  # fmt: skip


def colour_name(picture: np.ndarray) -> str:
    return NAMES.get(tuple(int(level > 100) for level in picture.mean(axis=(0, 1))), "mixed")


def colour_changes(shown: np.ndarray) -> list[tuple[str, int]]:
    """Name of the colour and number of the first frame, for every change of it."""
    named = [colour_name(picture) for picture in shown]
    changes = [n for n, (before, after) in enumerate(pairwise(named), 1) if before != after]
    return [(named[n], n) for n in (0, *changes)]


def sound_of(video: Path) -> np.ndarray:
    """float32 `[2, n]`, each frame at its own time, as a player hears it."""
    with av.open(str(video)) as container:
        frames = list(container.decode(audio=0))
    ends = [round(frame.pts + frame.samples) for frame in frames]
    sound = np.zeros((2, ends[-1]), np.float32)
    for frame, end in zip(frames, ends, strict=True):
        start, part = max(0, end - frame.samples), frame.to_ndarray()
        sound[:, start:end] = part[:, start - end :]
    return sound


def beep_off_ms(video: Path, expected_s: float, within_s: float = 0.03) -> float:
    """How late the chirp is that should be heard at a time."""
    return heard_off_ms(sound_of(video)[0], expected_s, within_s)


def heard_off_ms(sound: np.ndarray, expected_s: float, within_s: float = 0.03) -> float:
    """By correlation, to a sample; fades at either end of the chirp do not matter."""
    reach, middle = round(within_s * SAMPLE_RATE), round(expected_s * SAMPLE_RATE)
    wave = chirp()
    padded = np.pad(sound, (reach, reach + len(wave)))
    part = padded[middle : middle + 2 * reach + len(wave)]
    match = np.correlate(part, wave, "valid")
    return (int(np.argmax(match)) - reach + middle - expected_s * SAMPLE_RATE) / SAMPLE_RATE * 1000


def flash_offsets_ms(video: Path) -> list[float]:
    """For every flash of a clip how late its beep is."""
    sound = sound_of(video)[0]
    times = [
        after.time_s
        for before, after in pairwise([Seen(0.0, 0, False), *seen(video)])
        if after.is_white and not before.is_white
    ]
    return [heard_off_ms(sound, time_s) for time_s in times]
