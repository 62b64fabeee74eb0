"""The brand's intro and outro, before and after the clip proper."""

from fractions import Fraction
from itertools import pairwise

from cliply.domain.attachments import Attachment
from cliply.domain.rendering import RenderSpec
from cliply.domain.timeline import SAMPLE_RATE
from cliply.media.base_cut import IN_STEP, STEREO, concatenated, on_the_clock
from cliply.media.board import Board
from cliply.media.bt709 import HDR_TO_SDR, TO_BT709


def picture_with_brand_clips(spec: RenderSpec, picture: str, board: Board) -> str:
    """The body's picture with the intro before and the outro after it."""
    parts = [
        _shown(spec, attachment, frames, board) if attachment else picture
        for attachment, frames, _ in _parts(spec)
    ]
    return concatenated(board, parts, picture=True, frame_rate=spec.timeline.frame_rate)


def sound_with_brand_clips(spec: RenderSpec, sound: str | None, board: Board) -> str | None:
    """The body's sound with those of intro and outro; None stays None without them."""
    parts = _parts(spec)
    if len(parts) == 1:
        return sound
    links = []
    for attachment, _, samples in parts:
        if attachment:
            links.append(_heard(spec, attachment, samples, board))
        else:
            links.append(sound or _silence(samples, board))
    return concatenated(board, links, picture=False)


def _parts(spec: RenderSpec) -> list[tuple[Attachment | None, int, int]]:
    """Attachment (None is the body), frames and samples of each part, in playing order."""
    timeline, brand = spec.timeline, spec.brand
    bounds = [0, timeline.intro_frames, timeline.body_end_frame, timeline.frames]
    files = [brand.intro, None, brand.outro]
    return [
        (file, last - first, timeline.samples_at(last) - timeline.samples_at(first))
        for file, (first, last) in zip(files, pairwise(bounds), strict=True)
        if last > first
    ]


def _shown(spec: RenderSpec, attachment: Attachment, frames: int, board: Board) -> str:
    """An intro or outro in the clip's size and rate."""
    index = board.attached(attachment)
    is_toned = attachment.is_hdr and board.can_tonemap
    filled = _filled(spec.size_px, is_toned=is_toned)
    shown = board.chain(f"[{index}:v:0]", f"settb=AVTB,{filled}", "brand")
    return on_the_clock(board, shown, spec.encoder.frame_rate, frames)


def _heard(spec: RenderSpec, attachment: Attachment, samples: int, board: Board) -> str:
    """The sound of an intro or outro at the clip's loudness."""
    if not attachment.has_audio:
        return _silence(samples, board)
    index = board.attached(attachment)
    return board.chain(
        f"[{index}:a:0]",
        f"{IN_STEP},volume={_gain_db(spec, attachment):.2f}dB,apad,atrim=end_sample={samples}",
        "brand",
    )


def _filled(size_px: tuple[int, int], *, is_toned: bool) -> str:
    """The whole picture inside the frame, on black; a high dynamic range brought down."""
    width, height = size_px
    colour = "" if is_toned else f":{TO_BT709}"
    tone = f"{HDR_TO_SDR},format=yuv420p," if is_toned else ""
    return (
        f"scale={width}:{height}:force_original_aspect_ratio=decrease:force_divisible_by=2"
        f":flags=bicubic{colour},{tone}"
        f"pad={width}:{height}:-1:-1,setsar=1,format=yuv420p"
    )


def _gain_db(spec: RenderSpec, attachment: Attachment) -> float:
    """Brings it to the target after the clip's own gain, which it goes through as well."""
    gain = spec.audio.gain
    if gain is None or attachment.loudness_lufs is None:
        return 0.0
    return gain.target_lufs - attachment.loudness_lufs - gain.gain_db


def _silence(samples: int, board: Board) -> str:
    return board.chain(
        "", f"anullsrc=r={SAMPLE_RATE}:cl=stereo,{STEREO},atrim=end_sample={samples}", "silence"
    )


def brand_frames(attachment: Attachment | None, frame_rate: Fraction) -> int:
    """Frames that an intro or outro lasts."""
    return round(attachment.duration_ms * frame_rate / 1000) if attachment else 0
