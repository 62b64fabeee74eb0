"""Sources of every odd kind, each showing the same test card and sounding the same beep.

The card has four colours around its middle and a bar that moves through it; it turns white
when it beeps for 100 ms, until the next frame after that. All are 320x180 as a player
shows them unless they say otherwise.
"""

from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from fractions import Fraction
from itertools import accumulate, cycle, takewhile
from pathlib import Path

import av
import numpy as np
from numpy.typing import NDArray

from tests.media.synthesis import Layout, Picture, Shot, Sound, compose

SIZE = (320, 180)
RATE = Fraction(15)
LENGTH_S = 5.4
FLASH_S = 2.0
FLASH_LENGTH_S = 0.1
BEEP_HZ = 1000

RED, GREEN, BLUE, YELLOW = (200, 40, 40), (40, 170, 60), (50, 60, 200), (210, 200, 60)

Place = tuple[float, float]
COLOURS: dict[Place, tuple[int, int, int]] = {
    (0.42, 0.2): RED,
    (0.58, 0.2): GREEN,
    (0.42, 0.8): BLUE,
    (0.58, 0.8): YELLOW,
}
"""Colours (RGB) at places of the shown picture, as fractions of it: all inside the middle
9:16 of it, where they fill everything around the place."""

BAR_ROWS = (0.4, 0.6)
BAR_WIDTH = 0.1
BAR_SPEED = 0.5
"""A white bar on grey, in picture widths per second."""


def card(width: int, height: int, time_s: float) -> Picture:
    """The test card."""
    if FLASH_S - 1e-6 <= time_s < FLASH_S + FLASH_LENGTH_S - 1e-6:
        return np.full((height, width, 3), 255, np.uint8)
    picture = np.empty((height, width, 3), np.uint8)
    middle, centre = height // 2, width // 2
    picture[:middle, :centre], picture[:middle, centre:] = RED, GREEN
    picture[middle:, :centre], picture[middle:, centre:] = BLUE, YELLOW
    rows = slice(*(round(edge * height) for edge in BAR_ROWS))
    left = round(BAR_SPEED * time_s % (1 - BAR_WIDTH) * width)
    picture[rows] = 60
    picture[rows, left : left + round(BAR_WIDTH * width)] = 255
    return picture


def beep(channels: int = 2, *, only: int | None = None, rate: int = 48_000) -> Sound:
    """Silence with one beep, in all channels or in one; of 5.1 the third is the centre."""
    samples = np.zeros((channels, round(LENGTH_S * rate)), np.float32)
    start, length = round(FLASH_S * rate), round(FLASH_LENGTH_S * rate)
    wave = 0.5 * np.sin(2 * np.pi * BEEP_HZ * np.arange(length) / rate)
    samples[slice(None) if only is None else only, start : start + length] = wave
    return Sound(samples, rate)


@dataclass(frozen=True)
class OddSource:
    """One kind of source and the truth about it."""

    name: str
    suffix: str = ".mp4"
    layout: Layout = field(default_factory=lambda: Layout(fps=RATE, size=SIZE))
    paint: Callable[[int, int, float], Picture] = card
    sound: Callable[[], Sound] | None = beep
    shown_size: tuple[int, int] = SIZE
    tolerance: int = 14
    """How far each of red, green and blue may be off `COLOURS`."""
    hears_beep: bool = True

    def make(self, folder: Path) -> Path:
        """Write it into a folder."""
        sounds = () if self.sound is None else (self.sound(),)
        path = folder / f"{self.name}{self.suffix}"
        return compose(path, [Shot(LENGTH_S, self.paint)], sounds, self.layout)


def _coded(**changes: object) -> Layout:
    return Layout(**({"fps": RATE, "size": SIZE} | changes))


def _x264(**params: str) -> dict[str, str]:
    text = ":".join(f"{name}={value}" for name, value in params.items())
    return {"preset": "ultrafast", "crf": "18", "x264-params": text}


def _x265(**params: str) -> dict[str, str]:
    text = ":".join(f"{name}={value}" for name, value in {"log-level": "error", **params}.items())
    return {"preset": "ultrafast", "crf": "18", "x265-params": text}


WHITE_NITS = 203.0
"""Diffuse white in HDR (ITU-R BT.2408)."""

TO_BT2020 = np.array([[0.6274, 0.3293, 0.0433], [0.0691, 0.9195, 0.0114], [0.0164, 0.0880, 0.8956]])
"""Linear light from BT.709 to BT.2020 primaries (ITU-R BT.2087)."""


def pq(linear: NDArray[np.float64]) -> NDArray[np.float64]:
    """Signal of linear light, 1 being diffuse white (SMPTE ST 2084)."""
    m1, m2, c1, c2, c3 = 0.1593017578125, 78.84375, 0.8359375, 18.8515625, 18.6875
    power = np.power(linear * WHITE_NITS / 10_000, m1)
    return np.power((c1 + c2 * power) / (1 + c3 * power), m2)


def hlg(linear: NDArray[np.float64]) -> NDArray[np.float64]:
    """Signal of linear light, diffuse white at 75 % (ARIB STD-B67, scene light)."""
    scene = linear * 0.265
    high = 0.17883277 * np.log(np.maximum(12 * scene - 0.28466892, 1e-6)) + 0.55991073
    return np.where(scene <= 1 / 12, np.sqrt(3 * scene), high)


def in_bt2020(
    transfer: Callable[[NDArray[np.float64]], NDArray[np.float64]],
) -> Callable[[Picture], av.VideoFrame]:
    """Frames of 10 bits in BT.2020 with another transfer, from sRGB pictures."""

    def convert(picture: Picture) -> av.VideoFrame:
        height, width = picture.shape[:2]
        codes = picture.reshape(-1, 3) @ np.array([1 << 16, 1 << 8, 1])
        colours, places = np.unique(codes, return_inverse=True)
        sdr = np.stack([colours >> 16, colours >> 8 & 255, colours & 255], axis=1)
        red, green, blue = transfer(np.power(sdr / 255.0, 2.2) @ TO_BT2020.T).T
        luma = 0.2627 * red + 0.6780 * green + 0.0593 * blue
        signals = luma * 876 + 64, (blue - luma) / 1.8814 * 896 + 512
        signals = *signals, (red - luma) / 1.4746 * 896 + 512
        planes = [signal[places].reshape(height, width) for signal in signals]
        small = [plane[::2, ::2].reshape(-1, width) for plane in planes[1:]]
        shaped = np.concatenate([planes[0], *small]).round().astype(np.uint16)
        return av.VideoFrame.from_ndarray(shaped, "yuv420p10le")

    return convert


def turned(quarters: int) -> Callable[[int, int, float], Picture]:
    """The card as a phone writes it that is held so many quarters from upright."""

    def paint(width: int, height: int, time_s: float) -> Picture:
        shown = (width, height) if quarters % 2 == 0 else (height, width)
        return np.ascontiguousarray(np.rot90(card(*shown, time_s), quarters))

    return paint


def fields(width: int, height: int, time_s: float) -> Picture:
    """Two fields in one picture: odd lines show half a frame later."""
    picture = card(width, height, time_s)
    later = time_s + float(1 / RATE) / 2
    flashes = FLASH_S <= later < FLASH_S + FLASH_LENGTH_S
    if not flashes and picture.min() < 255:
        picture[1::2] = card(width, height, later)[1::2]
    return picture


def uneven_times() -> list[float]:
    """Frames 20 to 180 ms apart, with one at the flash and one after it."""
    gaps = cycle((0.04, 0.02, 0.12, 0.06, 0.18, 0.08))
    times = takewhile(lambda time_s: time_s < LENGTH_S, accumulate(gaps, initial=0.0))
    exact = (FLASH_S, FLASH_S + FLASH_LENGTH_S)
    near = {round(time_s, 3) for time_s in times}
    return sorted({t for t in near if all(abs(t - e) > 0.015 for e in exact)} | set(exact))


def _hdr(codec: str, transfer: str) -> Layout:
    tags = {"colorprim": "bt2020", "transfer": transfer, "colormatrix": "bt2020nc"}
    return _coded(
        video_codec=codec,
        pixel_format="yuv420p10le",
        video_options=_x264(**tags) if codec == "libx264" else _x265(**tags),
        to_frame=in_bt2020(pq if transfer == "smpte2084" else hlg),
    )


def _pictures() -> Iterator[OddSource]:
    ten_bit = {"pixel_format": "yuv420p10le"}
    yield OddSource("h264-high10", layout=_coded(**ten_bit))
    yield OddSource(
        "h265-main10", layout=_coded(video_codec="libx265", video_options=_x265(), **ten_bit)
    )
    yield OddSource(
        "prores-422",
        ".mov",
        _coded(video_codec="prores_ks", pixel_format="yuv422p10le"),
    )
    yield OddSource("hdr-pq", layout=_hdr("libx265", "smpte2084"), tolerance=25)
    yield OddSource("hdr-pq-h264", layout=_hdr("libx264", "smpte2084"), tolerance=25)
    yield OddSource("hdr-hlg", layout=_hdr("libx265", "arib-std-b67"), tolerance=60)
    odd = (321, 181)
    yield OddSource("odd-444", layout=_coded(size=odd, pixel_format="yuv444p"), shown_size=odd)
    yield OddSource(
        "odd-mjpeg",
        ".mov",
        _coded(size=odd, video_codec="mjpeg", pixel_format="yuvj420p"),
        shown_size=odd,
    )


def _shapes() -> Iterator[OddSource]:
    for degrees in (90, 180, 270):
        yield OddSource(
            f"rotated-{degrees}",
            ".mov",
            _coded(rotation=degrees),
            paint=turned(degrees // 90),
            shown_size=SIZE if degrees == 180 else SIZE[::-1],
        )
    yield OddSource("anamorphic", layout=_coded(size=(240, 180), sample_aspect=Fraction(4, 3)))
    yield OddSource("interlaced", layout=_coded(video_options=_x264(tff="1")), paint=fields)
    yield OddSource("variable-rate", layout=_coded(frame_times_s=uneven_times()))


def _sounds() -> Iterator[OddSource]:
    yield OddSource("mono", sound=lambda: beep(1))
    yield OddSource("surround", sound=lambda: beep(6, only=2))
    yield OddSource("surround-ac3", ".mkv", _coded(audio_codec="ac3"), sound=lambda: beep(6))
    yield OddSource("left-only", sound=lambda: beep(2, only=0))
    yield OddSource("rate-44100", sound=lambda: beep(2, rate=44_100))
    yield OddSource("no-audio", sound=None, hears_beep=False)
    yield OddSource("silent", sound=lambda: Sound(0 * beep().samples), hears_beep=False)


ODD_SOURCES = {one.name: one for one in (*_pictures(), *_shapes(), *_sounds())}
"""All of them, by name."""


def combing(luma: NDArray[np.uint8]) -> float:
    """How much neighbouring lines disagree where lines two apart agree, in levels.

    Under 1 for a picture of one moment, several for two fields with movement in them.
    """
    rows = luma.astype(np.float64)
    apart = np.abs(rows[1:-1] - (rows[:-2] + rows[2:]) / 2)
    smooth = np.abs(rows[:-2] - rows[2:]) < 4
    return float(np.mean(apart * smooth))
