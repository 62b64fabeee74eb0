"""Which language the letters of East Asia are written in."""

from collections.abc import Iterable

SIMPLIFIED = frozenset(
    "们这说还让总对时语会来个为国学么没过发东车马门问间开关长见觉认识话请谢吗妈爱听写买卖钱"
)
TRADITIONAL = frozenset(
    "們這說還讓總對時語會來個為國學麼沒過發東車馬門問間開關長見覺認識話請謝嗎媽愛聽寫買賣錢"
)
"""Frequent letters that have another shape in the other way of writing, in the same order."""


def han_language(texts: Iterable[str]) -> str:
    """BCP 47 of the language whose shapes Han letters should have; `und` without any.

    Kana tell Japanese, Hangul tells Korean; else it is Chinese.
    """
    letters = set().union(*texts)
    if any("\u3041" <= letter <= "\u30ff" for letter in letters):
        return "ja"
    if any("\uac00" <= letter <= "\ud7a3" for letter in letters):
        return "ko"
    if not any("\u3400" <= letter <= "\u9fff" for letter in letters):
        return "und"
    traditional = len(letters & TRADITIONAL) > len(letters & SIMPLIFIED)
    return "zh-Hant" if traditional else "zh-Hans"
