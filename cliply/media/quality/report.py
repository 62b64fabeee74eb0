"""The quality report of a finished render."""

from pathlib import Path

from cliply.domain.quality import QualityReport
from cliply.domain.rendering import Measured, RenderSpec
from cliply.media.captions import caption_boxes
from cliply.media.fonts import FontShelf
from cliply.media.quality.black_and_frozen import black_and_frozen
from cliply.media.quality.canvas import CaptionBoxes
from cliply.media.quality.caption_checks import caption_safe_area, caption_speed
from cliply.media.quality.evidence import Evidence
from cliply.media.quality.faces_in_frame import face_cut_off
from cliply.media.quality.offsets import av_offset, duration
from cliply.media.quality.sound import loudness, true_peak
from cliply.media.quality.word_edges import word_cut


def examine(
    video: Path,
    spec: RenderSpec,
    measured: Measured,
    evidence: Evidence,
    *,
    shelf: FontShelf | None = None,
) -> QualityReport:
    """Every check of a finished clip, each once, in the order of `QualityCheck`.

    Costs a few per cent of the render: the sound was measured already, and only suspicious
    parts of the picture are decoded. `shelf` is needed to know where captions stand.
    Raises `av.FFmpegError` when the clip itself can not be read; a source that can not be
    read leaves checks unknown.
    """
    boxes = _caption_boxes(spec, shelf)
    black, frozen = black_and_frozen(video, spec, evidence, boxes)
    return QualityReport(
        findings=(
            duration(spec, measured),
            av_offset(video, spec, evidence),
            black,
            frozen,
            face_cut_off(spec, evidence),
            caption_safe_area(spec, boxes),
            caption_speed(spec),
            word_cut(spec, evidence),
            loudness(spec, measured),
            true_peak(measured),
        ),
        repairs=evidence.repairs,
    )


def _caption_boxes(spec: RenderSpec, shelf: FontShelf | None) -> CaptionBoxes | None:
    if spec.captions is None:
        return []
    if shelf is None:
        return None
    return caption_boxes(spec.cues, spec.captions, spec.size_px, shelf)
