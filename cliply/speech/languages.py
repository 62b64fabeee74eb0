"""Guesses the language of a written text by its script and its smallest words."""

import unicodedata
from collections import Counter
from collections.abc import Iterable

from cliply.speech.words import primary_language

UNKNOWN = "und"
"""BCP 47 for a language that nobody knows; caption files seldom name theirs."""

LETTERS_NEEDED = 20
"""Fewer letters say nothing about the script."""

MOSTLY = 0.5
"""A text is in the script of at least so many of its letters."""

WORDS_NEEDED = 12
LEAST_SHARE = 0.12
"""Of running text in these languages, the listed words are 20 to 40 %."""

VARIETY = 3
"""Different small words; one that is sung again and again proves nothing."""

AHEAD = 1.6
"""The best language has this many times the words of the next one: Danish shares some with
Norwegian, Spanish with Portuguese."""

SCRIPTS = {
    "GREEK": "el", "HEBREW": "he", "ARABIC": "ar", "DEVANAGARI": "hi", "THAI": "th",
    "HANGUL": "ko", "HIRAGANA": "ja", "KATAKANA": "ja", "CJK": "zh",
}  # fmt: skip
"""Scripts, by the first word of their letters' Unicode names, that mean one language or nearly."""

SMALL_WORDS = {
    "en": "the and of to is that it you was for with this have not but are they what be so my we",
    "de": "der die und das ist nicht ich wir sie es ein eine zu mit auf den dem auch wie aber für",
    "fr": "le la les de des est et pas que je il nous vous dans une pour qui ce mais avec sur",
    "es": "el la los de que y es en no un una por con para se lo como pero más muy está yo",
    "pt": "o a os de que e é em não um uma por com para se mas como mais você eu isso está",
    "it": "il la che di e è non un una per sono con mi ma come più anche lo gli questo si",
    "nl": "de het een van en is dat niet ik je we zijn maar met voor op ook er wat hij naar",
    "sv": "och att det är som en på inte jag vi för med av den ett men har om så man",
    "pl": "i w nie to się na że jest z do jak ale co tak czy mi za już ja o po",
    "ru": "и в не на что я это он как мы но с по а то все так она у же",
    "uk": "і в не на що я це він як ми але з по а то все так вона є та",
}  # fmt: skip


def written_language(named: str | None, words: Iterable[str]) -> str | None:
    """The language of a text as its file names it, else as it looks."""
    return named if primary_language(named) else guess_language(words)


def guess_language(words: Iterable[str]) -> str | None:
    """The primary language tag of a text; None when it is too short or not sure."""
    plain = [word.strip(".,;:!?…\"'“”„«»()[]-–—").lower() for word in words]
    script = _script(plain)
    if script in SCRIPTS:
        return "ja" if script == "CJK" and _has_kana(plain) else SCRIPTS[script]
    return _by_small_words([word for word in plain if word])


def _script(words: Iterable[str]) -> str | None:
    letters = Counter(
        unicodedata.name(letter, "").split(" ")[0].split("-")[0]
        for word in words
        for letter in word
        if letter.isalpha()
    )
    if letters.total() < LETTERS_NEEDED:
        return None
    script, count = letters.most_common(1)[0]
    return script if count >= MOSTLY * letters.total() else None


def _has_kana(words: Iterable[str]) -> bool:
    return any("\u3040" <= letter <= "\u30ff" for word in words for letter in word)


def _by_small_words(words: list[str]) -> str | None:
    if len(words) < WORDS_NEEDED:
        return None
    scores = Counter(
        {language: sum(word in small for word in words) for language, small in _SMALL.items()}
    )
    (best, most), (_, next_most) = scores.most_common(2)
    is_clear = most >= max(LEAST_SHARE * len(words), AHEAD * next_most)
    return best if is_clear and len(_SMALL[best].intersection(words)) >= VARIETY else None


_SMALL = {language: frozenset(small.split()) for language, small in SMALL_WORDS.items()}
