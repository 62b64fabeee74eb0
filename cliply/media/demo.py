"""Encodes the demo talk: drawn frames and given sound as H.264 and AAC in MP4."""

from collections.abc import Iterator
from dataclasses import dataclass
from fractions import Fraction
from pathlib import Path

import av
import cv2
import numpy as np
from av.audio.frame import AudioFrame
from av.audio.stream import AudioStream
from av.container import OutputContainer
from av.packet import Packet
from av.video.frame import VideoFrame
from av.video.stream import VideoStream

from cliply.domain.progress import OnProgress, unwatched
from cliply.errors import ErrorCode, InvalidInput
from cliply.media.demo_faces import MOUTHS
from cliply.media.demo_stage import SIZE, Pose, ShotKind, draw_frame

FRAME_RATE = 30
SAMPLE_RATE = 48_000

_AUDIO_FRAME = 1024
_REPORT_EVERY = 5


@dataclass(frozen=True)
class DemoShot:
    """A shot from its first frame up to, not including, its last."""

    first_frame: int
    end_frame: int
    kind: ShotKind
    slide: tuple[str, ...] = ()
    """Heading and lines, for a slide."""


def write_demo(
    path: Path,
    shots: tuple[DemoShot, ...],
    voices: tuple[np.ndarray, np.ndarray],
    sound: np.ndarray,
    *,
    on_progress: OnProgress = unwatched,
) -> None:
    """Draw and encode the talk at 1280x720, 30 frames a second; same input, same bytes.

    `voices` is how loud each speaker is at each frame, 0…1: it opens their mouth. `sound`
    is float32 stereo `[2, samples]` at 48 kHz. The file appears when it is complete;
    nothing is left behind otherwise. Raises InvalidInput when it can not be written.
    """
    unfinished = path.with_name(f".{path.name}.unfinished")
    try:
        with av.open(unfinished, "w", format="mp4", options={"movflags": "faststart"}) as output:
            _encode(output, shots, voices, sound, on_progress)
        unfinished.replace(path)
    except OSError as error:
        raise InvalidInput(
            ErrorCode.output_unwritable,
            f"The demo talk can not be written to {path} ({error.strerror}); "
            "choose another folder or free some space.",
        ) from error
    finally:
        unfinished.unlink(missing_ok=True)


def _encode(
    output: OutputContainer,
    shots: tuple[DemoShot, ...],
    voices: tuple[np.ndarray, np.ndarray],
    sound: np.ndarray,
    on_progress: OnProgress,
) -> None:
    video = _video_stream(output)
    audio = output.add_stream("aac", rate=SAMPLE_RATE, layout="stereo")
    audio.bit_rate = 128_000
    spoken = _encoded_sound(audio, sound)
    for number, picture in _pictures(shots, voices):
        planes: np.ndarray = cv2.cvtColor(picture, cv2.COLOR_RGB2YUV_I420)
        frame = VideoFrame.from_ndarray(planes.astype(np.uint8, copy=False), "yuv420p")
        frame.pts = number
        output.mux(video.encode(frame))
        until = (number + 1) * SAMPLE_RATE // FRAME_RATE
        _mux_until(output, spoken, until)
        if number % _REPORT_EVERY == 0:
            on_progress(number / shots[-1].end_frame)
    output.mux(video.encode(None))
    _mux_until(output, spoken, sound.shape[1] + SAMPLE_RATE)
    on_progress(1.0)


def _video_stream(output: OutputContainer) -> VideoStream:
    video = output.add_stream("libx264", rate=FRAME_RATE)
    video.width, video.height = SIZE
    video.pix_fmt = "yuv420p"
    video.codec_context.thread_count = 2
    video.options = {"preset": "ultrafast", "crf": "22", "g": str(FRAME_RATE * 4)}
    return video


def _pictures(
    shots: tuple[DemoShot, ...], voices: tuple[np.ndarray, np.ndarray]
) -> Iterator[tuple[int, np.ndarray]]:
    for shot in shots:
        for number in range(shot.first_frame, shot.end_frame):
            poses = (_pose(0, number, voices[0][number]), _pose(1, number, voices[1][number]))
            yield number, draw_frame(shot.kind, poses, shot.slide)


def _pose(speaker: int, number: int, voice: float) -> Pose:
    """Mouth by loudness; a blink of 4 frames every 4 s and a sway of 3 px, in 5 s."""
    seconds = number / FRAME_RATE + 1.7 * speaker
    return Pose(
        mouth=min(MOUTHS - 1, int(voice * MOUTHS)),
        blink=seconds % 4.0 < 4 / FRAME_RATE,
        sway_px=3 * round(np.sin(2 * np.pi * seconds / 5)),
    )


def _encoded_sound(
    audio: AudioStream, sound: np.ndarray
) -> "Iterator[tuple[int, list[Packet[AudioStream]]]]":
    """Packets with the sample they were encoded at, the encoder's rest last."""
    for start in range(0, sound.shape[1], _AUDIO_FRAME):
        part = np.ascontiguousarray(sound[:, start : start + _AUDIO_FRAME])
        frame = AudioFrame.from_ndarray(part, "fltp", "stereo")
        frame.sample_rate = SAMPLE_RATE
        frame.pts = start
        frame.time_base = Fraction(1, SAMPLE_RATE)
        yield start, audio.encode(frame)
    yield sound.shape[1], audio.encode(None)


def _mux_until(
    output: OutputContainer, spoken: "Iterator[tuple[int, list[Packet[AudioStream]]]]", sample: int
) -> None:
    """Keeps the sound just ahead of the picture, so that nothing waits in the muxer."""
    for start, packets in spoken:
        output.mux(packets)
        if start >= sample:
            return
