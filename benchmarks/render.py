"""One invocation for a clip, against its limit and against a chain of single steps."""

import subprocess
import tempfile
from functools import partial
from pathlib import Path

from benchmarks.media import captions, talk
from benchmarks.timing import Row, alternate, cost_of, rows
from cliply.domain.captions import CaptionStyle
from cliply.domain.framing import AspectRatio
from cliply.domain.rendering import RenderSpec
from cliply.domain.timing import TimeRange
from cliply.media.audio_features import measure_audio
from cliply.media.faces import make_detector
from cliply.media.ffmpeg import find_ffmpeg, toolchain
from cliply.media.fonts import caption_fonts
from cliply.media.loudness import gain_for
from cliply.media.probe import probe
from cliply.media.reframe import reframe
from cliply.media.render import render
from cliply.media.scan import scan
from cliply.media.specs import build_spec
from cliply.speech.sidecar import parse_sidecar

RUNS = 3
SPAN = TimeRange(start_ms=20_000, end_ms=50_000)
SCALE = "scale=3414:1920:flags=bicubic"
X264 = ["-c:v", "libx264", "-preset", "veryfast", "-crf", "20"]


def measure() -> list[Row]:
    """30 s of 1080p to 1080x1920: moving crop, word captions, levelled sound, poster."""
    path = talk(120)
    spec = full_spec(path)
    with tempfile.TemporaryDirectory() as folder:
        ours = partial(render, spec, path, Path(folder), ffmpeg=find_ffmpeg(None))
        limit = partial(_limit, path, Path(folder) / "limit.mp4")
        made, bare = alternate(ours, limit, RUNS)
        chain = [cost_of(partial(_chain, path, Path(folder)))]
    name = "render 30 s, everything on"
    return [
        *rows(name, made, bare, against="decode + scale + crop + encode", target=1.30),
        *rows(name, made, chain, against="cut, crop, fade, level one after another"),
    ]


def full_spec(path: Path) -> RenderSpec:
    """The clip as `cliply clip` would make it."""
    source = probe(path)
    seen = scan(path, source, detector=make_detector(None))
    levels = measure_audio(path, source).levels
    said = parse_sidecar(captions(120).read_bytes(), "talk.srt", source.duration_ms)
    return build_spec(
        source=source,
        source_hash="benchmark",
        title="A talk",
        aspect=AspectRatio.portrait,
        style=CaptionStyle.highlight_word,
        framing=reframe(SPAN, source, AspectRatio.portrait, seen.scenes, seen.faces),
        words=said.words_in(SPAN),
        gain=gain_for(levels, SPAN),
        toolchain=toolchain(find_ffmpeg(None)),
        fonts=caption_fonts(),
    )


def _limit(path: Path, target: Path) -> None:
    """Nothing but the picture, on as many threads as a render has."""
    one = ["-threads", "1", "-filter_threads", "1"]
    window = ["-ss", "20", "-t", "30", "-i", str(path)]
    filters = ["-vf", f"{SCALE},crop=1080:1920:1167:0,fps=30"]
    _ffmpeg(["-threads", "1", *window, *filters, "-an", *X264, *one, str(target)])


def _chain(path: Path, folder: Path) -> None:
    """A file between any two steps, as tools that wrap FFmpeg step by step do."""
    one = ["-threads", "1"]
    cut, crop, fade, level = (folder / f"{name}.mp4" for name in ("cut", "crop", "fade", "level"))
    aac = ["-c:a", "aac", "-b:a", "160k"]
    _ffmpeg([*one, "-ss", "20", "-t", "30", "-i", str(path), *X264, *aac, *one, str(cut)])
    crops = ["-vf", f"{SCALE},crop=1080:1920:1167:0,fps=30"]
    _ffmpeg([*one, "-i", str(cut), *crops, *X264, "-c:a", "copy", *one, str(crop)])
    fades = ["-vf", "fade=t=in:d=0.2"]
    _ffmpeg([*one, "-i", str(crop), *fades, *X264, "-c:a", "copy", *one, str(fade)])
    _ffmpeg(
        [*one, "-i", str(fade), "-c:v", "copy", "-af", "loudnorm=I=-14:TP=-1", *aac, str(level)]
    )


def _ffmpeg(arguments: list[str]) -> None:
    command = [str(find_ffmpeg(None)), "-v", "error", "-nostdin", "-y", *arguments]
    subprocess.run(command, check=True)
