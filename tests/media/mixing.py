"""Renders the sound of a clip by itself, from samples to samples."""

import re
import subprocess
from collections.abc import Mapping
from fractions import Fraction
from pathlib import Path

import av
import numpy as np
import polars as pl

from cliply.domain.sound import AudioSpec
from cliply.domain.timeline import KeptSpan, Timeline
from cliply.media import ffmpeg as tool
from cliply.media.audio_suite import audio_chain
from cliply.media.board import Board
from cliply.media.levels import LevelMeter
from cliply.media.loudness import AAC_OPTIONS
from cliply.media.sound_files import wav

PCM = ("-c:a", "pcm_f32le", "-f", "wav")
AAC = ("-c:a", "aac", "-b:a", "128k", *AAC_OPTIONS, "-f", "mp4")


def clip_of(*spans_s: tuple[float, float], rate: Fraction = Fraction(30), speed: int = 1):
    """A timeline of these spans of the source, in seconds."""
    kept = tuple(
        KeptSpan(
            start_frame=round(start * rate),
            frames=round((end - start) * rate) // speed,
            speed=Fraction(speed),
        )
        for start, end in spans_s
    )
    return Timeline(frame_rate=rate, spans=kept)


def cut(sound: np.ndarray, timeline: Timeline) -> np.ndarray:
    """The kept spans one after the other, with fades of 8 ms; at normal speed."""
    parts = []
    for span, at_frame in timeline.placed:
        first = timeline.samples_at(span.start_frame)
        length = timeline.samples_at(at_frame + span.frames) - timeline.samples_at(at_frame)
        part = np.zeros((2, length), np.float32)
        taken = sound[:, first : first + length]
        part[:, : taken.shape[1]] = taken
        ramp = np.linspace(0, 1, 384, dtype=np.float32)
        part[:, :384] *= ramp
        part[:, -384:] *= ramp[::-1]
        parts.append(part)
    return np.concatenate(parts, axis=1)


def board_of(
    folder: Path,
    spec: AudioSpec,
    timeline: Timeline,
    source: np.ndarray | None = None,
    attachments: Mapping[str, Path] | None = None,
) -> tuple[Board, str]:
    """The board with the chain on it, and the link it ends in."""
    board = Board(folder=folder, attachments=attachments or {})
    link = None
    if source is not None:
        (folder / "source.wav").write_bytes(wav(source))
        link = f"[{board.input(folder / 'source.wav')}:a]"
    return board, audio_chain(spec, timeline, board, link)


def mixed(
    folder: Path,
    spec: AudioSpec,
    timeline: Timeline,
    source: np.ndarray | None = None,
    attachments: Mapping[str, Path] | None = None,
    codec: tuple[str, ...] = PCM,
) -> Path:
    """The finished sound of a clip whose kept spans sound like `source`."""
    board, end = board_of(folder, spec, timeline, source, attachments)
    for name, content in board.files.items():
        (folder / name).write_bytes(content)
    output = folder / "mixed"
    graph = ["-filter_threads", "1", "-filter_complex", board.graph, "-map", end]
    tool.run(
        tool.find_ffmpeg(None),
        [*board.input_arguments, *graph, *codec, "-bitexact", "-y", f"file:{output}"],
        duration_ms=timeline.duration_ms,
        timeout_s=60,
    )
    return output


def samples_of(path: Path) -> np.ndarray:
    """float32 `[2, n]` as a player hears it, without the encoder's own lead."""
    with av.open(str(path)) as container:
        frames = list(container.decode(audio=0))
    first = [max(0, -(frame.pts or 0)) for frame in frames]
    parts = [frame.to_ndarray() for frame in frames]
    if frames[0].format.name == "flt":
        parts = [part.reshape(-1, 2).T for part in parts]
    return np.concatenate([p[:, skip:] for p, skip in zip(parts, first, strict=True)], axis=1)


def level_db(sound: np.ndarray, start_s: float, end_s: float) -> float:
    """RMS level of a stretch of 48 kHz sound, -200 for silence."""
    part = sound[:, round(start_s * 48_000) : round(end_s * 48_000)]
    return float(20 * np.log10(max(1e-10, np.sqrt(np.mean(part.astype(np.float64) ** 2)))))


def tone_db(sound: np.ndarray, hz: float, start_s: float, end_s: float) -> float:
    """Level of one frequency in a stretch, as the peak of its sine."""
    part = sound[0, round(start_s * 48_000) : round(end_s * 48_000)].astype(np.float64)
    taper = np.hanning(len(part))
    turn = np.exp(-2j * np.pi * hz * np.arange(len(part)) / 48_000)
    return float(20 * np.log10(max(1e-10, 2 * abs(np.sum(part * taper * turn)) / taper.sum())))


def levels_of(sound: np.ndarray) -> pl.DataFrame:
    """The level series of 48 kHz stereo samples."""
    meter = LevelMeter()
    meter.feed(sound)
    return meter.table(np.zeros(0, np.float32))


def ebur128(path: Path) -> tuple[float, float]:
    """Integrated loudness and true peak by FFmpeg."""
    command = [str(tool.find_ffmpeg(None)), "-hide_banner", "-nostats", "-i", str(path)]
    command += ["-map", "0:a:0", "-af", "ebur128=peak=true", "-f", "null", "-"]
    report = subprocess.run(command, capture_output=True, text=True, check=True).stderr
    summary = report[report.rindex("Summary:") :]
    loudness = re.search(r"I:\s+(-?[\d.]+) LUFS", summary)
    peak = re.search(r"Peak:\s+(-?[\d.]+) dBFS", summary)
    assert loudness is not None
    assert peak is not None
    return float(loudness[1]), float(peak[1])
