"""Media to measure on, composed once and kept in the home."""

import subprocess
from pathlib import Path

import pysubs2

from cliply.media.ffmpeg import find_ffmpeg
from cliply.media.probe import probe
from cliply.services.demo import compose_demo, srt_of


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
    """The talk, repeated, at 30 fps with sensor noise so that it costs what filmed video does."""
    path = folder() / f"talk-{seconds}s-{height}p.mp4"
    if not path.exists():
        source = demo()
        partial = path.with_suffix(".part.mp4")
        filters = f"scale=-2:{height}:flags=bicubic,noise=alls=6:allf=t"
        command = [
            str(find_ffmpeg(None)), "-v", "error", "-nostdin", "-y",
            "-stream_loop", "-1", "-i", str(source), "-t", str(seconds), "-vf", filters,
            "-c:v", "libx264", "-preset", "veryfast", "-b:v", "4M", "-maxrate", "6M",
            "-bufsize", "12M", "-r", "30", "-c:a", "aac", "-b:a", "128k", str(partial),
        ]  # fmt: skip
        subprocess.run(command, check=True)
        partial.replace(path)
    return path


def captions(seconds: int) -> Path:
    """What is said in `talk(seconds)`."""
    path = folder() / f"talk-{seconds}s.srt"
    once = pysubs2.load(str(demo().with_suffix(".srt")))
    length_ms = probe(demo()).duration_ms
    whole = pysubs2.SSAFile()
    for start_ms in range(0, seconds * 1000, length_ms):
        for line in once:
            if start_ms + line.end <= seconds * 1000:
                whole.append(
                    pysubs2.SSAEvent(line.start + start_ms, line.end + start_ms, line.text)
                )
    whole.save(str(path))
    return path
