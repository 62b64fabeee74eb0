"""A render spec becomes the one FFmpeg call that makes the clip: pure, nothing is run here."""

from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path

from cliply.domain.framing import Layout
from cliply.domain.rendering import RenderSpec
from cliply.media.audio_suite import audio_chain
from cliply.media.base_cut import put_picture, put_sound
from cliply.media.board import Board, escaped
from cliply.media.brand_clips import picture_with_brand_clips, sound_with_brand_clips
from cliply.media.bt709 import BT709_TAGS
from cliply.media.captions import ass_document
from cliply.media.effects import draw_effects
from cliply.media.encoders import audio_arguments, encoder_arguments
from cliply.media.fonts import FontShelf
from cliply.media.reads import Read, put_reads
from cliply.media.safe_areas import safe_area

SOUND_CLOCK = "asetpts=N/SR/TB"
"""Sound is whole here, and its samples tell its time: `concat` rounds theirs to microseconds,
and `alimiter` puts frames of uneven lengths up to 16 ms off for the rest of the clip."""


@dataclass(frozen=True)
class Places:
    """Where things are on this machine; nothing of it decides the bytes."""

    source: Path
    folder: Path
    """Of the sidecar files and the finished clip."""
    attachments: Mapping[str, Path]
    """By content hash."""
    can_tonemap: bool = True


@dataclass(frozen=True)
class Invocation:
    """FFmpeg's arguments and the files that have to lie in `Places.folder`."""

    arguments: list[str]
    files: Mapping[str, bytes]


def invocation(
    spec: RenderSpec,
    reads: tuple[Read, ...],
    places: Places,
    shelf: FontShelf,
    output: Path,
    mask: Path | None = None,
) -> Invocation:
    """The whole effects graph as one decode and one encode; `mask` for keying by person."""
    board = Board(
        folder=places.folder, attachments=places.attachments, can_tonemap=places.can_tonemap
    )
    put_reads(spec, places.source, reads, board)
    picture, sound = _body(spec, reads, board, places)
    picture = picture_with_brand_clips(spec, picture, board)
    sound = sound_with_brand_clips(spec, sound, board)
    # Overlays are converted to the colours that this is tagged with.
    picture = board.chain(picture, BT709_TAGS, "tagged")
    picture = draw_effects(
        spec.effects,
        size_px=spec.size_px,
        frame_rate=spec.encoder.frame_rate,
        timeline=spec.timeline,
        board=board,
        link=picture,
        mask=mask,
    )
    board.add(f"{picture}{_text(spec, board, shelf)}format=yuv420p[v]")
    sound = audio_chain(spec.audio, spec.timeline, board, sound)
    board.add(f"{sound}{SOUND_CLOCK}[a]")
    return Invocation(_arguments(spec, board, output), board.files)


def sound_again(
    spec: RenderSpec, reads: tuple[Read, ...], places: Places, picture: Path, output: Path
) -> Invocation:
    """The sound of a clip anew; the picture is copied from a finished file."""
    board = Board(folder=places.folder, attachments=places.attachments)
    put_reads(spec, places.source, reads, board)
    sound = put_sound(spec, reads, board)
    sound = sound_with_brand_clips(spec, sound, board)
    sound = audio_chain(spec.audio, spec.timeline, board, sound)
    board.add(f"{sound}{SOUND_CLOCK}[a]")
    finished = board.input(picture)
    return Invocation(
        [
            "-loglevel", "warning",
            *board.input_arguments,
            "-filter_threads", "1", "-filter_complex_threads", "1",
            "-filter_complex", board.graph,
            "-map", f"{finished}:v", "-map", "[a]", "-c:v", "copy",
            *audio_arguments(spec.encoder),
            *_container(output),
        ],
        board.files,
    )  # fmt: skip


def _body(
    spec: RenderSpec, reads: tuple[Read, ...], board: Board, places: Places
) -> tuple[str, str | None]:
    sound = put_sound(spec, reads, board)
    if sound is None and _draws_sound(spec):
        samples = spec.timeline.samples_at(spec.timeline.body_end_frame)
        sound = board.chain("", f"anullsrc=r=48000:cl=stereo,atrim=end_sample={samples}", "silence")
    picture, left = put_picture(spec, reads, sound, board, can_tonemap=places.can_tonemap)
    return picture, left


def _draws_sound(spec: RenderSpec) -> bool:
    return any(framed.layout is Layout.waveform for framed in spec.framing.spans)


def _text(spec: RenderSpec, board: Board, shelf: FontShelf) -> str:
    """All that is written into the picture, in one ASS file."""
    document = ass_document(
        spec.cues,
        spec.captions,
        spec.size_px,
        shelf,
        safe=safe_area(spec.edit.export.platform, spec.aspect_ratio),
        fonts=spec.fonts,
        title=spec.effects.title,
        lower_third=spec.effects.lower_third,
        waveform_title=spec.title if _draws_sound(spec) else None,
        duration_ms=spec.timeline.duration_ms,
    )
    if not document:
        return ""
    return f"ass={escaped(board.file('clip.ass', document))},"


def _arguments(spec: RenderSpec, board: Board, output: Path) -> list[str]:
    return [
        "-loglevel", "warning",
        *board.input_arguments,
        "-filter_threads", "1", "-filter_complex_threads", "1",
        "-filter_complex", board.graph,
        "-map", "[v]", "-map", "[a]",
        *encoder_arguments(spec.encoder),
        *_container(output),
    ]  # fmt: skip


def _container(output: Path) -> list[str]:
    return [
        "-fflags", "+bitexact", "-map_metadata", "-1", "-map_chapters", "-1",
        "-movflags", "+faststart", "-f", "mp4", "-y", f"file:{output}",
    ]  # fmt: skip
