"""A render spec becomes a clip: one decode, one encode, one FFmpeg."""

import errno
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from tempfile import TemporaryDirectory

from cliply.domain.framing import Layout
from cliply.domain.progress import OnProgress, part_of, unwatched
from cliply.domain.rendering import Measured, RenderSpec
from cliply.errors import ErrorCode, InvalidInput, MediaError, Unavailable
from cliply.media import ffmpeg as tool
from cliply.media.captions import ass_document, srt_document, vtt_document
from cliply.media.filters import HD_HEIGHT, RenderInputs, crop_commands, frame_count, graph
from cliply.media.fonts import caption_fonts, install
from cliply.media.measure import measure
from cliply.media.poster import poster
from cliply.media.seeking import decode_from_ms

KEYFRAME_S = 2
"""Longest distance of two keyframes, in seconds."""

TAIL_MS = 100
"""Read beyond the clip's end: a frame and what sound decoders hold back."""

LONGEST_GAP_MS = 40
HEADER_ERROR_MS = 1000
"""Picture and sound may differ in length by one frame and the rounding of both."""


@dataclass(frozen=True)
class Rendered:
    """The files of one rendered clip and what was measured in it."""

    video: Path
    srt: Path
    vtt: Path
    poster: Path
    measured: Measured


def render(
    spec: RenderSpec,
    source_path: Path,
    folder: Path,
    *,
    ffmpeg: Path,
    on_progress: OnProgress = unwatched,
) -> Rendered:
    """Render one clip into `clip.mp4`, `clip.srt`, `clip.vtt` and `clip.jpg` of a folder.

    The same spec gives the same bytes on the same machine. Nothing is in the folder until
    all of it is finished, and nothing stays when anything fails.

    Raises MediaError when the source can not be decoded, InvalidInput when the folder can
    not be written to, Unavailable when the disk is full or FFmpeg hangs.
    """
    _check_span(spec, source_path)
    with _writing(folder):
        folder.mkdir(parents=True, exist_ok=True)
        with TemporaryDirectory(dir=folder, prefix=".rendering-") as name:
            scratch = Path(name)
            done = _render_in(scratch, spec, source_path, ffmpeg, on_progress)
            on_progress(1.0)
            return _moved(done, folder)


@contextmanager
def _writing(folder: Path) -> Iterator[None]:
    try:
        yield
    except OSError as error:
        if error.errno in (errno.ENOSPC, errno.EDQUOT):
            raise Unavailable(
                ErrorCode.disk_full, f"The disk of {folder} is full. Free space and try again."
            ) from error
        raise InvalidInput(
            ErrorCode.output_unwritable,
            f"The clip can not be written to {folder}: {error.strerror}. Choose another folder.",
        ) from error


def _render_in(
    scratch: Path, spec: RenderSpec, source_path: Path, ffmpeg: Path, on_progress: OnProgress
) -> Rendered:
    video, environment = scratch / "clip.mp4", install(caption_fonts(), scratch / "fonts")
    inputs = write_inputs(spec, source_path, scratch, can_tonemap=_can_tonemap(ffmpeg))
    seconds = spec.span.duration_ms / 1000
    tool.run(
        ffmpeg,
        command(spec, inputs, video),
        duration_ms=spec.span.duration_ms,
        timeout_s=300 + 20 * seconds,
        environment=environment,
        on_progress=part_of(on_progress, 0.0, 0.95),
    )
    measured = measure(video, ffmpeg, part_of(on_progress, 0.95, 1.0))
    _check(measured, spec, source_path)
    finished = Rendered(
        video, scratch / "clip.srt", scratch / "clip.vtt", scratch / "clip.jpg", measured
    )
    finished.srt.write_text(srt_document(spec.cues), encoding="utf-8")
    finished.vtt.write_text(vtt_document(spec.cues), encoding="utf-8")
    finished.poster.write_bytes(poster(video))
    return finished


def _check_span(spec: RenderSpec, source_path: Path) -> None:
    """Durations in headers are off by a little, and a clip may outlast its source by that."""
    if spec.span.end_ms > spec.source.duration_ms + HEADER_ERROR_MS:
        raise MediaError(
            ErrorCode.render_failed,
            f"The clip ends at {spec.span.end_ms} ms, after {source_path.name} does at "
            f"{spec.source.duration_ms} ms. Choose an earlier end.",
        )


def _check(measured: Measured, spec: RenderSpec, source_path: Path) -> None:
    apart = abs(measured.video_duration_ms - measured.audio_duration_ms)
    if measured.frames != frame_count(spec) or apart > LONGEST_GAP_MS:
        raise MediaError(
            ErrorCode.render_failed,
            f"The clip of {source_path.name} came out with {measured.frames} frames instead of "
            f"{frame_count(spec)}. Check that the source plays to its end.",
        )


def _moved(done: Rendered, folder: Path) -> Rendered:
    def move(path: Path) -> Path:
        return path.rename(folder / path.name)

    sidecars = move(done.srt), move(done.vtt), move(done.poster)
    return Rendered(move(done.video), *sidecars, done.measured)


def write_inputs(
    spec: RenderSpec, source_path: Path, folder: Path, *, can_tonemap: bool
) -> RenderInputs:
    """Captions and window moves as files in a folder, and from where to read the source."""
    return RenderInputs(
        source=source_path.absolute(),
        decode_from_ms=decode_from_ms(spec.source, source_path, spec.span.start_ms),
        fonts_folder=folder / "fonts",
        ass=_written(folder / "clip.ass", _drawn_text(spec)),
        sendcmd=_written(folder / "window.cmd", _moves(spec)),
        can_tonemap=can_tonemap,
    )


def _written(path: Path, text: str) -> Path | None:
    if not text:
        return None
    path.write_text(text, encoding="utf-8")
    return path


def _drawn_text(spec: RenderSpec) -> str:
    title = spec.title if spec.framing.layout is Layout.waveform else None
    if not title and not (spec.captions and spec.cues):
        return ""
    return ass_document(
        spec.cues,
        spec.captions,
        spec.aspect_ratio.size_px,
        caption_fonts(),
        title=title,
        duration_ms=spec.span.duration_ms,
    )


def _moves(spec: RenderSpec) -> str:
    video, path = spec.source.video, spec.framing.path
    return crop_commands(spec, video, path) if video and path else ""


def _can_tonemap(ffmpeg: Path) -> bool:
    return {"zscale", "tonemap"} <= tool.filters(ffmpeg)


def command(spec: RenderSpec, inputs: RenderInputs, output: Path) -> list[str]:
    """FFmpeg's arguments for one render."""
    return [
        "-loglevel", "warning",
        *_input(spec, inputs),
        "-filter_threads", "1", "-filter_complex_threads", "1",
        "-filter_complex", graph(spec, inputs),
        "-map", "[v]", "-map", "[a]",
        *_encoder(spec),
        "-fflags", "+bitexact", "-map_metadata", "-1", "-map_chapters", "-1",
        "-movflags", "+faststart", "-f", "mp4", "-y", f"file:{output}",
    ]  # fmt: skip


def _input(spec: RenderSpec, inputs: RenderInputs) -> list[str]:
    """Reads the clip's part of the source; the container's start is time 0 to FFmpeg too."""
    length_ms = spec.span.end_ms - inputs.decode_from_ms + TAIL_MS
    return [
        "-protocol_whitelist", "file,pipe", "-format_whitelist", spec.source.container,
        *_colour_when_untagged(spec),
        "-threads", str(spec.encoder.threads),
        "-ss", f"{inputs.decode_from_ms / 1000:.3f}", "-t", f"{length_ms / 1000:.3f}",
        "-i", f"file:{inputs.source}",
    ]  # fmt: skip


def _colour_when_untagged(spec: RenderSpec) -> list[str]:
    video = spec.source.video
    if video is None:
        return []
    return ["-colorspace", "bt709" if video.height >= HD_HEIGHT else "smpte170m"]


def _encoder(spec: RenderSpec) -> list[str]:
    encoder = spec.encoder
    return [
        "-c:v", encoder.video_codec, "-preset", encoder.preset, "-crf", str(encoder.crf),
        "-profile:v", "high", "-g", str(round(KEYFRAME_S * encoder.frame_rate)),
        "-r", str(encoder.frame_rate), "-threads", str(encoder.threads),
        "-c:a", "aac", "-b:a", str(encoder.audio_bitrate_bps), "-ac", "2",
        "-flags:v", "+bitexact", "-flags:a", "+bitexact",
    ]  # fmt: skip
