"""Media to measure on, composed once and kept in the home."""

import subprocess
from pathlib import Path

from cliply.services.demo import compose_demo

from cliply.media.ffmpeg import find_ffmpeg
from cliply.settings import load_settings

FOLDER = load_settings().cliply_home / "benchmarks"


def demo() -> Path:
    """The composed talk: faces, speech, cuts; about 3 minutes of 720p."""
    path = FOLDER / "demo.mp4"
    if not path.exists():
        FOLDER.mkdir(parents=True, exist_ok=True)
        compose_demo(path)
    return path


def talk(seconds: int, height: int = 1080) -> Path:
    """The talk, repeated, at 30 fps with sensor noise so that it costs what filmed video does."""
    path = FOLDER / f"talk-{seconds}s-{height}p.mp4"
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
