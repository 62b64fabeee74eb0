"""Ten minutes of mixed material: hard cuts among motion, noise, fades, flashes and talk."""

import random
import subprocess
from pathlib import Path

from benchmarks.media import BASE_S, X264, folder, talk
from cliply.media.ffmpeg import find_ffmpeg

SIZE = "1280x720"

SOURCES = (
    f"testsrc2=s={SIZE}:r=30",
    f"mandelbrot=s={SIZE}:r=30:start_scale=0.1:end_pts=300",
    "life=s=320x180:r=30:mold=10:ratio=0.2:death_color=#C83232:life_color=#00ff00,scale=1280:720",
    f"gradients=s={SIZE}:r=30:speed=0.05:n=4",
    f"gradients=s={SIZE}:r=30:speed=0.02:n=3,noise=alls=40:allf=t",
    f"gradients=s={SIZE}:r=30:speed=0.1,format=gray,noise=alls=25:allf=t",
    f"sierpinski=s={SIZE}:r=30",
    f"smptehdbars=s={SIZE}:r=30",
    f"testsrc2=s={SIZE}:r=30,crop=iw/2:ih/2:x='(iw-ow)*mod(t,1)':y=0,scale=1280:720",
    f"mandelbrot=s={SIZE}:r=30:start_x=-0.75:start_y=0.1,eq=brightness=-0.35:contrast=0.3",
)
"""FFmpeg's test pictures: drawn, zoomed, noisy, grey, panned, dark."""

ENDINGS = ("", "", "", "fade=in:0:20", "fade=in:0:4:color=white", "hue=H='PI*t/3'")


def mixed(seconds: int = 600) -> Path:
    """Two minutes of random shots, repeated without encoding again."""
    path = folder() / f"mixed-{seconds}s.mp4"
    if not path.exists():
        ffmpeg = [str(find_ffmpeg(None)), "-v", "error", "-nostdin", "-y"]
        partial = path.with_suffix(".part.mp4")
        made = (
            _shots()
            if seconds == BASE_S
            else ["-stream_loop", "-1", "-i", str(mixed(BASE_S)), "-c", "copy"]
        )
        subprocess.run([*ffmpeg, *made, "-t", str(seconds), str(partial)], check=True)
        partial.replace(path)
    return path


def _shots() -> list[str]:
    """FFmpeg's arguments; the same on every machine."""
    dice = random.Random(5)
    inputs: list[str] = []
    filters: list[str] = []
    total_s = 0.0
    while total_s < BASE_S:
        length_s = dice.choice((1.2, 2.0, 3.3, 4.7, 6.0))
        number = len(filters)
        if dice.random() < 0.3:
            inputs += ["-ss", f"{dice.uniform(0, 110):.2f}", "-t", str(length_s)]
            inputs += ["-i", str(talk(BASE_S, 1080))]
        else:
            inputs += ["-f", "lavfi", "-t", str(length_s), "-i", dice.choice(SOURCES)]
        steps = [dice.choice(ENDINGS), "scale=1280:720", "fps=30", "setsar=1", "format=yuv420p"]
        filters.append(f"[{number}:v]{','.join(step for step in steps if step)}[v{number}]")
        total_s += length_s
    joined = "".join(f"[v{number}]" for number in range(len(filters)))
    graph = ";".join([*filters, f"{joined}concat=n={len(filters)}:v=1:a=0[v]"])
    return [*inputs, "-filter_complex", graph, "-map", "[v]", *X264]
