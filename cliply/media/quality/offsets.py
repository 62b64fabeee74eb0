"""Whether a finished clip is as long as planned and its sound keeps to its picture."""

from fractions import Fraction
from pathlib import Path

import av
from av.audio.stream import AudioStream
from av.container import InputContainer

from cliply.domain.quality import Finding, QualityCheck
from cliply.domain.rendering import Measured, RenderSpec
from cliply.media.quality.evidence import Evidence
from cliply.media.quality.sound_lag import sound_lag_ms

AV_LIMIT_MS = 10.0
"""Nobody sees less (ITU-R BT.1359: 45 ms early), and an encoder delay that is not
compensated, 21 ms for AAC at 48 kHz, is above it."""

AAC_DELAY_SAMPLES = 1024
"""What FFmpeg's AAC encoder puts before the first sample; an edit list takes it off."""


def duration(spec: RenderSpec, measured: Measured) -> Finding:
    """Frames, picture and sound against the timeline; the largest difference in ms.

    The limit is half a frame: one frame too many or too few fails.
    """
    timeline = spec.timeline
    frame_ms = float(1000 / timeline.frame_rate)
    apart = {
        f"{measured.frames} frames instead of {timeline.frames}": frame_ms
        * abs(measured.frames - timeline.frames),
        f"a picture of {measured.video_duration_ms} ms": float(
            abs(measured.video_duration_ms - timeline.duration_ms)
        ),
        f"a sound of {measured.audio_duration_ms} ms": float(
            abs(measured.audio_duration_ms - timeline.duration_ms)
        ),
    }
    worst = max(apart, key=lambda name: apart[name])
    passed = apart[worst] <= frame_ms / 2
    planned = f"{timeline.duration_ms} ms in {timeline.frames} frames"
    return Finding(
        check=QualityCheck.duration,
        passed=passed,
        value=round(apart[worst], 1),
        limit=round(frame_ms / 2, 1),
        message=f"The clip lasts {planned}, as planned."
        if passed
        else f"The clip has {worst}; planned were {planned}.",
    )


def av_offset(video: Path, spec: RenderSpec, evidence: Evidence) -> Finding:
    """How late the sound begins or is, in ms; negative when it is early.

    By the timestamps of the streams, and by comparing the sound with the source's.
    """
    with av.open(str(video)) as container:
        by_time = float(1000 * _start_difference_s(container))
    heard = sound_lag_ms(video, spec, evidence.source) if evidence.source else None
    offset = by_time if heard is None or abs(by_time) > AV_LIMIT_MS else heard
    passed = abs(offset) <= AV_LIMIT_MS
    how = "by its timestamps" if heard is None else "by its timestamps and by ear"
    side = "late" if offset > 0 else "early"
    return Finding(
        check=QualityCheck.av_offset,
        passed=passed,
        value=round(offset, 1),
        limit=AV_LIMIT_MS,
        message=f"The sound keeps to the picture, {how}."
        if passed
        else f"The sound is {abs(offset):.1f} ms {side}.",
    )


def _start_difference_s(container: InputContainer) -> Fraction:
    """When the sound begins after the picture does, the encoder's delay included."""
    picture, sound = container.streams.video[0], container.streams.audio[0]
    picture_s = (picture.start_time or 0) * (picture.time_base or Fraction(0))
    sound_s = (sound.start_time or 0) * (sound.time_base or Fraction(0))
    return sound_s - picture_s + _uncompensated_s(container, sound)


def _uncompensated_s(container: InputContainer, sound: AudioStream) -> Fraction:
    """The encoder's delay where no edit list takes it off."""
    if sound.codec_context.name != "aac":
        return Fraction(0)
    first = next((packet for packet in container.demux(sound) if packet.size), None)
    if first is None or first.has_sidedata("skip_samples"):
        return Fraction(0)
    return Fraction(AAC_DELAY_SAMPLES, sound.rate)
