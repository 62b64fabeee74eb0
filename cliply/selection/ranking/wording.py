"""Titles, descriptions and hashtags of a language model, kept only when they are harmless."""

import re
from collections.abc import Iterable

from cliply.selection.hashtags import MOST_HASHTAGS
from cliply.selection.ranking.guard import GAP, find_orders
from cliply.selection.ranking.hidden import has_hidden, undisguised, without_hidden
from cliply.selection.ranking.prompt import INSTRUCTIONS
from cliply.selection.titles import DESCRIPTION_LENGTH, TITLE_LENGTH

REASON_LENGTH = 240
LONGEST_TAG = 30
SHORTEST_TITLE = 3
RUN = 6
"""Words in a row that are in the instructions too: then it is a leak."""

_ADDRESS = re.compile(
    r"https?:|www\.|\b[\w-]+\s?(?:\.|\(dot\)|\[dot\]|\sdot\s)\s?"
    r"(?:com|net|org|io|co|ly|me|app|dev|xyz|info|biz|tv|gg|link|site|shop|online|top|club|ru|cn|tk|de"
    r"|uk|us|example|test|invalid|onion|zip|ai)\b|\b\d{1,3}(?:\.\d{1,3}){3}\b|://",
    re.IGNORECASE,
)
_ACCOUNT = re.compile(r"(?<!\w)@\s?\w|\w@\w")
_MARKUP = re.compile(r"[<>{}`\\|]|\]\s*\(|!\[|\*\*|__|&#?\w+;|&(?:lt|gt|amp);|\bjavascript:", re.I)
_NUMBER = re.compile(r"(?:\+|\b00)?\d[\d\s().-]{7,}\d")
_CODE = re.compile(r"\b(?=\w*\d)(?=\w*[a-zA-Z])\w{20,}\b|\b[A-Za-z0-9]{32,}\b")


def _runs(text: str) -> set[tuple[str, ...]]:
    words = [plain for word in text.split() if (plain := undisguised(word))]
    return {tuple(words[i : i + RUN]) for i in range(len(words) - RUN + 1)}


_INSTRUCTED = _runs(INSTRUCTIONS)


def checked(text: str, most_characters: int, secret: Iterable[str] = ()) -> str | None:
    """A text of a model on one line and in its bounds, None when any of it is not harmless.

    Not harmless are addresses, accounts, phone numbers, codes, markup, invisible characters,
    words of our instructions, anything in `secret`, and what speaks to a machine.
    """
    plain = without_hidden(text).strip("\"“”' ").replace(GAP, "…")
    if not any(map(str.isalpha, plain)) or has_hidden(text):
        return None
    if any(pattern.search(plain) for pattern in (_ADDRESS, _ACCOUNT, _MARKUP, _NUMBER, _CODE)):
        return None
    if any(one in plain for one in secret) or find_orders(plain) or _runs(plain) & _INSTRUCTED:
        return None
    return _cut(plain, most_characters)


def checked_title(text: str, secret: Iterable[str] = ()) -> str | None:
    title = checked(text.replace("#", ""), TITLE_LENGTH, secret)
    return title if title is not None and len(title) >= SHORTEST_TITLE else None


def checked_description(text: str, secret: Iterable[str] = ()) -> str | None:
    return checked(text, DESCRIPTION_LENGTH, secret)


def checked_reason(text: str, secret: Iterable[str] = ()) -> str | None:
    return checked(text, REASON_LENGTH, secret)


def checked_hashtags(tags: Iterable[str], secret: Iterable[str] = ()) -> tuple[str, ...]:
    """Single words of letters and digits, lower case, each once; others are left out."""
    hidden = tuple(secret)
    plain = [
        tag.lower().lstrip("#").replace(" ", "")
        for tag in tags
        if checked(tag, LONGEST_TAG + 10, hidden) is not None
    ]
    fits = [tag for tag in plain if tag.isalnum() and len(tag) <= LONGEST_TAG and not tag.isdigit()]
    return tuple(dict.fromkeys(fits))[:MOST_HASHTAGS]


def shares_words(text: str, source: str) -> bool:
    """Whether a text has a longer word of its source, or is in a script without spaces."""
    said = {plain[:5] for word in source.split() if len(plain := undisguised(word)) >= 4}
    told = [plain for word in text.split() if len(plain := undisguised(word)) >= 4]
    if not any(word.isascii() for word in told):
        return bool(set(text) & set(source))
    return any(word[:5] in said for word in told)


def _cut(text: str, most: int) -> str:
    if len(text) <= most:
        return text
    return (text[: most - 1].rpartition(" ")[0] or text[: most - 1]).rstrip(" ,;:–—-") + "…"
