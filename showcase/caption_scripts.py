"""Captions in the scripts of the world."""

from itertools import pairwise

from cliply.domain.captions import CaptionSettings, Cue, CueWord
from cliply.domain.editing import Edit
from cliply.domain.framing import AspectRatio, ReframeSettings
from cliply.domain.timing import TimeRange
from showcase.exhibits import PREVIEW, Exhibit, Plan, Row

SCRIPTS = {
    "Latin": "Straße, œuvre and naïve façades everywhere!",
    "Cyrillic": "Съешь же ещё этих мягких французских булок",
    "Greek": "Ξεσκεπάζω την ψυχοφθόρα βδελυγμία",
    "Arabic": "مرحبا بكم في قناتنا على YouTube اليوم!",
    "Persian": "این بهترین روش برای ساخت ویدئو است",
    "Urdu": "یہ ویڈیو بنانے کا بہترین طریقہ ہے",
    "Hebrew": "שלום לכולם, ברוכים הבאים ל-YouTube שלנו!",
    "Chinese, simplified": "我们 今天 来 学习 如何 直接 制作 短 视频 。",
    "Chinese, traditional": "我們 今天 來 學習 如何 直接 製作 短 影片 。",
    "Japanese": "今日 は 日本語 で 字幕 を 直接 作り ます 。",
    "Korean": "오늘은 한국어 자막을 만들어 보겠습니다",
    "Devanagari": "नमस्ते, आज हम क्षत्रिय इतिहास सीखेंगे",
    "Thai": "สวัสดี ครับ วันนี้ เรา จะ เรียนรู้ ที่นี่",
    "Emoji": "Money 💰 never sleeps 🔥 ok 👍🏽",
}
"""A cue in every script, its words parted by spaces; some say things a script is hard by."""

LENGTH_MS, MOMENT_MS = 1200, 500


def plan() -> Plan:
    return Plan(
        name="captions-scripts",
        heading="Captions in the world's scripts",
        rows=tuple(Row(name, (_exhibit(text),)) for name, text in SCRIPTS.items()),
        cell_px=290,
        width_px=1620,
    )


def _exhibit(text: str) -> Exhibit:
    edit = Edit(
        reframe=ReframeSettings(aspect_ratio=AspectRatio.square),
        captions=CaptionSettings(cues=(_cue(text),)),
        export=PREVIEW,
    )
    return Exhibit(edit, length_ms=LENGTH_MS, moments_ms=(MOMENT_MS,))


def _cue(text: str) -> Cue:
    """A cue whose words take equal time."""
    parts = text.split()
    edges = [round(LENGTH_MS * number / len(parts)) for number in range(len(parts) + 1)]
    words = tuple(
        CueWord(text=part, span=TimeRange(start_ms=start, end_ms=end))
        for part, (start, end) in zip(parts, pairwise(edges), strict=True)
    )
    return Cue(span=TimeRange(start_ms=0, end_ms=LENGTH_MS), words=words)
