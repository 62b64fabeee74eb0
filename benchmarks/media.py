"""Media to measure on, composed once and kept in the home."""

import subprocess
from pathlib import Path

import pysubs2

from cliply.media.ffmpeg import find_ffmpeg
from cliply.services.demo import compose_demo, srt_of

BASE_S = 120
X264 = ["-c:v", "libx264", "-preset", "veryfast", "-b:v", "4M", "-maxrate", "6M", "-bufsize", "12M"]


def folder() -> Path:
    """Where the composed media are kept: some 700 MB."""
    return Path(__file__).resolve().parent.parent / ".cliply" / "benchmarks"


def demo() -> Path:
    """The composed talk: faces, speech, cuts; about 3 minutes of 720p. Captions beside it."""
    path = folder() / "demo.mp4"
    if not path.with_suffix(".srt").exists():
        path.parent.mkdir(parents=True, exist_ok=True)
        truth = compose_demo(path)
        path.with_suffix(".srt").write_text(srt_of(truth))
    return path


def talk(seconds: int, height: int = 1080) -> Path:
    """Two minutes of the talk at 30 fps, repeated without encoding again.

    Sensor noise is added, so that it costs what filmed video does.
    """
    path = folder() / f"talk-{seconds}s-{height}p.mp4"
    if not path.exists():
        partial = path.with_suffix(".part.mp4")
        if seconds == BASE_S:
            filters = f"scale=-2:{height}:flags=bicubic,noise=alls=6:allf=t"
            made = ["-i", str(demo()), "-vf", filters, "-r", "30", *X264, "-c:a", "aac"]
        else:
            made = ["-stream_loop", "-1", "-i", str(talk(BASE_S, height)), "-c", "copy"]
        ffmpeg = [str(find_ffmpeg(None)), "-v", "error", "-nostdin", "-y"]
        subprocess.run([*ffmpeg, *made, "-t", str(seconds), str(partial)], check=True)
        partial.replace(path)
    return path


def captions(seconds: int) -> Path:
    """What is said in `talk(seconds)`."""
    demo()
    path = folder() / f"talk-{seconds}s.srt"
    once = pysubs2.load(str(folder() / "demo.srt"))
    whole = pysubs2.SSAFile()
    for start_ms in range(0, seconds * 1000, BASE_S * 1000):
        for line in once:
            if line.end <= BASE_S * 1000:
                again = pysubs2.SSAEvent(line.start + start_ms, line.end + start_ms, line.text)
                whole.append(again)
    whole.save(str(path))
    return path
