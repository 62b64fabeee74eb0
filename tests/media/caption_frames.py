"""Draws ASS documents onto a plain picture, to look at and to measure."""

from collections.abc import Sequence
from itertools import pairwise
from pathlib import Path

import numpy as np

from cliply.domain.captions import CaptionSettings, CaptionSpec, CaptionStyle, Cue, CueWord
from cliply.domain.export import Platform
from cliply.domain.framing import AspectRatio
from cliply.domain.timing import TimeRange
from cliply.media import ffmpeg
from cliply.media.captions import ass_document, caption_spec
from cliply.media.fonts import FontShelf, install
from cliply.media.safe_areas import safe_area

Pictures = np.ndarray
"""Moments × height × width × red, green, blue."""

SCRIPTS = {
    "latin": "Straße, œuvre and naïve façades everywhere!",
    "cyrillic": "Съешь же ещё этих мягких французских булок",
    "greek": "Ξεσκεπάζω την ψυχοφθόρα βδελυγμία",
    "arabic": "مرحبا بكم في قناتنا على YouTube اليوم!",
    "hebrew": "שלום לכולם, ברוכים הבאים ל-YouTube שלנו!",
    "chinese": "我们 今天 来 学习 如何 直接 制作 短 视频 。",
    "traditional": "我們 今天 來 學習 如何 直接 製作 短 影片 。",
    "japanese": "今日 は 日本語 で 字幕 を 直接 作り ます 。",
    "korean": "오늘은 한국어 자막을 만들어 보겠습니다",
    "devanagari": "नमस्ते, आज हम क्षत्रिय इतिहास सीखेंगे",
    "thai": "สวัสดี ครับ วันนี้ เรา จะ เรียนรู้ ที่นี่",
}
"""A cue in every script, its words parted by spaces; some say things a script is hard by."""


def one_cue(text: str, length_ms: int = 2000, start_ms: int = 0) -> Cue:
    """A cue whose words take equal time."""
    parts = text.split()
    edges = [start_ms + round(length_ms * n / len(parts)) for n in range(len(parts) + 1)]
    words = tuple(
        CueWord(text=part, span=TimeRange(start_ms=a, end_ms=b))
        for part, (a, b) in zip(parts, pairwise(edges), strict=True)
    )
    return Cue(span=TimeRange(start_ms=start_ms, end_ms=start_ms + length_ms), words=words)


def spec_of(
    settings: CaptionSettings,
    cues: Sequence[Cue],
    aspect: AspectRatio,
    size_px: tuple[int, int],
    *,
    platform: Platform = Platform.any,
    shelf: FontShelf | None = None,
) -> CaptionSpec:
    texts = [cue.text for cue in cues]
    spec = caption_spec(settings, aspect, size_px, platform, shelf or FontShelf(), texts)
    assert spec is not None
    return spec


def captioned(
    cues: Sequence[Cue],
    settings: CaptionSettings | CaptionStyle,
    aspect: AspectRatio = AspectRatio.portrait,
    size_px: tuple[int, int] | None = None,
    *,
    platform: Platform = Platform.any,
    shelf: FontShelf | None = None,
) -> str:
    """The ASS document of cues in a style, for a frame of the aspect's size if not told."""
    chosen = CaptionSettings(style=settings) if isinstance(settings, str) else settings
    size, shelf = size_px or aspect.size_px, shelf or FontShelf()
    spec = spec_of(chosen, cues, aspect, size, platform=platform, shelf=shelf)
    return ass_document(
        cues, spec, size, shelf, safe=safe_area(platform, aspect), duration_ms=10_000
    )


class Screen:
    """Draws documents with all packaged fonts, and uploaded ones if given."""

    def __init__(self, folder: Path, fonts: Sequence[Path]) -> None:
        self._folder = folder
        self._binary = ffmpeg.find_ffmpeg(None)
        self._environment = install(fonts, folder / "fonts")
        self.log = ""
        """What FFmpeg said about the document drawn last."""

    def draw(
        self,
        document: str,
        size_px: tuple[int, int],
        *times_ms: int,
        background: str = "black",
    ) -> Pictures:
        """The document at some moments, in order."""
        (self._folder / "t.ass").write_text(document, encoding="utf-8")
        out, (width, height) = self._folder / "t.rgb", size_px
        wanted = "+".join(f"eq(n\\,{time // 10})" for time in times_ms)
        source = f"color={background}:s={width}x{height}:r=100:d={max(times_ms) / 1000 + 0.02}"
        graph = f"select={wanted},format=rgb24,ass={self._folder}/t.ass"
        self.log = ffmpeg.run(
            self._binary,
            [
                "-v", "verbose", "-f", "lavfi", "-i", source, "-vf", graph,
                "-fps_mode", "passthrough", "-f", "rawvideo", "-pix_fmt", "rgb24", "-y", str(out),
            ],
            duration_ms=1000, timeout_s=60, environment=self._environment,
        )  # fmt: skip
        return np.fromfile(out, np.uint8).reshape(-1, height, width, 3)
