"""What listening costs: each part for an hour of sound, and its memory, beside librosa."""

import statistics
import subprocess
import sys
from collections.abc import Callable, Sequence
from pathlib import Path

import numpy as np

from benchmarks.media import talk
from benchmarks.timing import Row, alternate, cost_of, rows
from cliply.domain.media import SourceMedia
from cliply.media.audio import read_audio
from cliply.media.audio_features import BLOCK_S, PIECE, measure_audio
from cliply.media.beat_grid import BeatMeter
from cliply.media.compiled_weighting import CompiledWeighting
from cliply.media.ffmpeg import find_ffmpeg
from cliply.media.levels import LEVEL_RATE, LevelMeter
from cliply.media.mono import MonoMixer
from cliply.media.probe import probe
from cliply.media.sound_texture import TextureMeter
from cliply.media.spectra import Spectra
from cliply.media.voice import VoiceDetector

LENGTH_S = 120
HOUR = 3600 / LENGTH_S
RUNS = 3

FEATURES_S = 2.0
"""CPU seconds that an hour may cost beside decoding, resampling and voice."""

MEMORY_MB = 100.0
"""What listening to an hour may take beside decoding and voice."""

LISTEN = """
import sys
from pathlib import Path
import numpy as np
from benchmarks.timing import peak_mb, shared_mb
from cliply.media.audio import read_audio
from cliply.media.audio_features import measure_audio
from cliply.media.probe import probe
from cliply.media.voice import VoiceDetector
path = Path(sys.argv[1])
source = probe(path)
first = next(read_audio(path, source, sample_rate=16_000, layout="mono", block_s=16.0))
VoiceDetector().feed(first[0])
if sys.argv[2] == "scanned":
    from cliply.media import kernels
    plane, places, shares = np.zeros((1, 1), np.uint8), np.zeros(1, np.uintp), np.zeros(1, np.int32)
    axis = places, places, shares
    kernels.mix(plane, *axis, *axis, np.zeros(1, np.uint16), plane.copy())
before, code = peak_mb(), shared_mb()
measure_audio(path, source)
print(peak_mb() - before, peak_mb(), shared_mb() - code)
"""

LOAD = """
import os, sys
import numpy as np
from cliply.media.beat_grid import BeatMeter
from cliply.media.compiled_weighting import CompiledWeighting
from cliply.media.sound_texture import TextureMeter
from cliply.media.spectra import Spectra
block, piece = np.zeros((2, 9_600), np.float32), np.zeros(3_200, np.float32)
def first():
    before = os.times()
    spectra, texture, beats = Spectra(), TextureMeter(), BeatMeter()
    CompiledWeighting().measured(block)
    magnitudes = spectra.feed(piece)
    beats.feed(magnitudes)
    texture.feed(piece, magnitudes)
    now = os.times()
    return now.user + now.system - before.user - before.system
print(first() - first())
"""

LIBROSA = """
import sys
import librosa
samples, rate = librosa.load(sys.argv[1], sr=16_000)
librosa.feature.rms(y=samples)
librosa.beat.beat_track(y=samples, sr=rate)
"""


def measure() -> list[Row]:
    """Two minutes of the talk, scaled to an hour; then the same two against librosa."""
    path = talk(LENGTH_S, 360)
    sound = _wav(path)
    ours, theirs = alternate(
        lambda: measure_audio(sound, probe(sound)), lambda: _run(LIBROSA, sound), RUNS
    )
    (grown_mb, long_mb, code_mb), (_, short_mb, _) = map(_memory_mb, (3600, 600))
    beside_mb, _, _ = _memory_mb(3600, "scanned")
    load_s = statistics.median(float(_run(LOAD, sound)) for _ in range(RUNS))
    return [
        *_parts(path, probe(path)),
        *rows("2 min of WAV", ours, theirs, against="librosa: import, load, rms, beat_track"),
        Row(
            "loading the compiled loops, once, cpu", load_s, FEATURES_S, "s", "features, 1 h", RUNS
        ),
        Row("memory, sound alone, 1 h", grown_mb, MEMORY_MB, "M", "allowed", 1),
        Row("the same without LLVM's code", grown_mb - code_mb, MEMORY_MB, "M", "allowed", 1, 1.0),
        Row("memory where a scan has been, 1 h", beside_mb, MEMORY_MB, "M", "allowed", 1, 1.0),
        Row("peak memory, 1 h", long_mb, short_mb, "M", "10 min of the same", 1, 1.10),
    ]


def _parts(path: Path, source: SourceMedia) -> list[Row]:
    """CPU seconds of each part for an hour, beside those of the decode."""
    blocks = _blocks(path, source)
    mono = _mono(blocks)
    parts = {
        "decode": lambda: _blocks(path, source),
        "mono at 16 kHz": lambda: _mono(blocks),
        "voice": lambda: _voice(mono),
        "levels": lambda: _levels(blocks),
        "texture and beats": lambda: _texture(mono),
    }
    spent = {name: _cpu_s(part) for name, part in parts.items()}
    features = spent["levels"] + spent["texture and beats"]
    return [
        *(
            Row(f"{name}, 1 h, cpu", cpu_s, spent["decode"], "s", "decode", RUNS)
            for name, cpu_s in spent.items()
        ),
        Row("features, 1 h, cpu", features, FEATURES_S, "s", "what is allowed", RUNS, 1.0),
    ]


def _cpu_s(part: Callable[[], object]) -> float:
    return HOUR * statistics.median(cost_of(part).cpu_s for _ in range(RUNS))


def _blocks(path: Path, source: SourceMedia) -> list[np.ndarray]:
    return list(read_audio(path, source, sample_rate=LEVEL_RATE, block_s=BLOCK_S))


def _mono(blocks: Sequence[np.ndarray]) -> list[np.ndarray]:
    """Pieces as they are listened to; the last, shorter one is left out."""
    mixer = MonoMixer()
    joined = np.concatenate([mixer.feed(block) for block in blocks])
    return list(joined[: len(joined) // PIECE * PIECE].reshape(-1, PIECE))


def _voice(pieces: Sequence[np.ndarray]) -> None:
    detector = VoiceDetector()
    for piece in pieces:
        detector.feed(piece)
    detector.spans()


def _levels(blocks: Sequence[np.ndarray]) -> None:
    meter = LevelMeter(CompiledWeighting())
    for block in blocks:
        meter.feed(block)
    meter.table(np.zeros(0, np.float32))


def _texture(pieces: Sequence[np.ndarray]) -> None:
    spectra, texture, beats = Spectra(), TextureMeter(), BeatMeter()
    for piece in pieces:
        magnitudes = spectra.feed(piece)
        beats.feed(magnitudes)
        texture.feed(piece, magnitudes)
    texture.texture()
    beats.pulse()


def _wav(path: Path) -> Path:
    """The sound alone, which librosa reads without help."""
    sound = path.with_suffix(".wav")
    if not sound.exists():
        ffmpeg = [str(find_ffmpeg(None)), "-v", "error", "-nostdin", "-i", str(path)]
        subprocess.run([*ffmpeg, "-vn", "-c:a", "pcm_s16le", str(sound)], check=True)
    return sound


def _memory_mb(length_s: int, before: str = "alone") -> tuple[float, float, float]:
    """What listening adds to a process that has decoded and has the voice model; its peak.

    A process that has `scanned` a video, as that of a job has, has loaded numba, too.
    """
    grown, peak, code = map(float, _run(LISTEN, _looped(length_s), before).split())
    return grown, peak, code


def _looped(length_s: int) -> Path:
    """The sound of the talk again and again, without encoding it again."""
    base = talk(LENGTH_S, 360)
    sound = base.with_name(f"talk-{length_s}s.m4a")
    if not sound.exists():
        ffmpeg = [str(find_ffmpeg(None)), "-v", "error", "-nostdin", "-stream_loop", "-1"]
        ffmpeg += ["-i", str(base), "-t", str(length_s), "-vn", "-c:a", "copy", str(sound)]
        subprocess.run(ffmpeg, check=True)
    return sound


def _run(program: str, path: Path, *more: str) -> str:
    command = [sys.executable, "-c", program, str(path), *more]
    return subprocess.run(command, check=True, capture_output=True, text=True).stdout
