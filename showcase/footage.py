"""Scenes and voices become files, and what an analysis would know of them."""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from fractions import Fraction
from pathlib import Path

import av
import numpy as np
from av.audio.frame import AudioFrame
from av.container import OutputContainer
from av.video.frame import VideoFrame
from av.video.stream import VideoStream
from numpy.typing import NDArray
from PIL import Image, ImageDraw

from cliply.domain.faces import FaceSample, FaceTrack, FaceTrackList
from cliply.domain.media import SourceLimits
from cliply.domain.scenes import Scene as Shot
from cliply.domain.scenes import SceneList
from cliply.domain.timing import TimeRange
from cliply.domain.transcript import Transcript, TranscriptQuality, Word
from cliply.media.audio_features import measure_audio
from cliply.media.hashing import hash_file
from cliply.media.probe import probe
from cliply.media.specs import Material
from showcase.people import Picture
from showcase.scenes import SIZE_PX, Scene

RATE = 30
SAMPLE_RATE = 48_000
SAMPLE_MS = 500
"""From one look for faces to the next."""

TALK = (
    "Most videos lose half of their viewers in three seconds. "
    "So say the best thing first! Then show that it is true."
)
"""What is said in every scene."""

WORD_MS, GAP_MS = 250, 40

ANY_LENGTH = SourceLimits(min_duration_ms=100)


@dataclass(frozen=True)
class Footage:
    """A composed source and what is known of it."""

    path: Path
    material: Material


def compose(path: Path, scenes: Sequence[Scene], shot_ms: int) -> Footage:
    """Scenes as shots of one length each, one after the other, with a voice."""
    frames = shot_ms * RATE // 1000
    pictures = (scene.draw(frame) for scene in scenes for frame in range(frames))
    length_ms = shot_ms * len(scenes)
    _write(path, pictures, voice(length_ms))
    return Footage(path, _material(path, scenes, shot_ms))


def compose_voice(path: Path, length_ms: int) -> Footage:
    """A voice without a picture."""
    _write(path, None, voice(length_ms))
    return Footage(path, _material(path, (), length_ms))


def compose_logo(path: Path) -> Path:
    """A round badge with soft edges and a clear ground."""
    picture = Image.new("RGBA", (640, 640), (0, 0, 0, 0))
    pen = ImageDraw.Draw(picture)
    pen.ellipse((16, 16, 624, 624), fill=(29, 78, 216, 255))
    pen.polygon(((250, 190), (250, 450), (470, 320)), fill=(255, 255, 255, 255))
    picture.resize((320, 320), Image.Resampling.LANCZOS).save(path)
    return path


def compose_still(path: Path, scene: Scene) -> Path:
    """The first frame of a scene."""
    Image.fromarray(scene.draw(0)).save(path)
    return path


def voice(length_ms: int) -> NDArray[np.float32]:
    """Syllables of a buzzing tone, stereo at 48 kHz."""
    time_s = np.arange(length_ms * SAMPLE_RATE // 1000) / SAMPLE_RATE
    pitch = 2 * np.pi * np.cumsum(120 + 15 * np.sin(2 * np.pi * 0.7 * time_s)) / SAMPLE_RATE
    tone = sum(np.sin(n * pitch) / n for n in range(1, 12))
    syllables = np.clip(np.sin(2 * np.pi * 2.1 * time_s) + 0.3, 0, 1)
    stressed = syllables * (0.6 + 0.4 * np.sin(2 * np.pi * 0.9 * time_s))
    return np.asarray(np.stack([tone * stressed * 0.18] * 2), np.float32)


def said(length_ms: int) -> Transcript:
    """The talk, a word after the other, as far as there is time."""
    words = []
    for number, text in enumerate(TALK.split()):
        start = 100 + number * (WORD_MS + GAP_MS)
        if start + WORD_MS <= length_ms:
            span = TimeRange(start_ms=start, end_ms=start + WORD_MS)
            words.append(Word(text=text, span=span))
    return Transcript(
        language="en", words=tuple(words), engine="given", quality=TranscriptQuality.given
    )


def _material(path: Path, scenes: Sequence[Scene], shot_ms: int) -> Material:
    source = probe(path, ANY_LENGTH)
    heard = measure_audio(path, source)
    return Material(
        source=source,
        source_hash=hash_file(path),
        transcript=said(source.duration_ms),
        features=heard.features,
        levels=heard.levels,
        scenes=_shots(scenes, shot_ms),
        faces=_faces(scenes, shot_ms),
    )


def _shots(scenes: Sequence[Scene], shot_ms: int) -> SceneList:
    shots = tuple(
        Shot(span=_span(number, shot_ms), motion=scene.motion)
        for number, scene in enumerate(scenes)
    )
    return SceneList(scenes=shots, detector="drawn")


def _faces(scenes: Sequence[Scene], shot_ms: int) -> FaceTrackList:
    """Every drawn face, looked at as often as a scan does, all speaking alike."""
    seen = [
        (number, person.face(SIZE_PX), 1 / len(scene.people))
        for number, scene in enumerate(scenes)
        for person in scene.people
    ]
    tracks = tuple(
        FaceTrack(
            track_id=track_id,
            scene=number,
            speaking=speaking,
            samples=tuple(
                FaceSample(time_ms, box, 1.0, 0.2)
                for time_ms in range(number * shot_ms, (number + 1) * shot_ms, SAMPLE_MS)
            ),
        )
        for track_id, (number, box, speaking) in enumerate(seen)
    )
    return FaceTrackList(tracks=tracks, detector="drawn", sample_interval_ms=SAMPLE_MS)


def _span(number: int, shot_ms: int) -> TimeRange:
    return TimeRange(start_ms=number * shot_ms, end_ms=(number + 1) * shot_ms)


def _write(path: Path, pictures: Iterator[Picture] | None, sound: NDArray[np.float32]) -> None:
    """H.264 and AAC in MP4; the same input gives the same file."""
    with av.open(path, "w", format="mp4", options={"fflags": "+bitexact"}) as output:
        video = None if pictures is None else _video_stream(output)
        audio = output.add_stream("aac", rate=SAMPLE_RATE, layout="stereo")
        for number, picture in enumerate(pictures or ()):
            frame = _in_bt709(picture)
            frame.pts = number
            assert video is not None, "pictures have a stream"
            output.mux(video.encode(frame))
        if video is not None:
            output.mux(video.encode(None))
        heard = AudioFrame.from_ndarray(np.ascontiguousarray(sound), "fltp", "stereo")
        heard.sample_rate, heard.pts, heard.time_base = SAMPLE_RATE, 0, Fraction(1, SAMPLE_RATE)
        output.mux(audio.encode(heard))
        output.mux(audio.encode(None))


def _in_bt709(picture: Picture) -> VideoFrame:
    """As cameras record high definition."""
    frame = VideoFrame.from_ndarray(picture, "rgb24")
    return frame.reformat(format="yuv420p", dst_colorspace="ITU709", dst_color_range="MPEG")


def _video_stream(output: OutputContainer) -> VideoStream:
    video = output.add_stream("libx264", rate=RATE)
    video.width, video.height = SIZE_PX
    video.pix_fmt = "yuv420p"
    video.codec_context.thread_count = 2
    video.options = {"preset": "ultrafast", "crf": "14", "g": str(RATE // 2)}
    video.options |= {"colorspace": "bt709", "color_primaries": "bt709", "color_trc": "bt709"}
    return video
