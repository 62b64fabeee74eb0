"""Takes out of a text what a person does not see, and shows it as a disguise would be read."""

import codecs
import re
import unicodedata

JOINERS = frozenset("\u200c\u200d\ufe0f")
"""Kept after a letter or a picture: Persian, Indic scripts and emoji are wrong without them."""

VOICED = frozenset("\u3099\u309a")
"""Marks that make another letter of a kana."""

_UNSEEN = frozenset({"Cc", "Cf", "Cs", "Co", "Cn"})
_FILLERS = frozenset("\u115f\u1160\u3164\uffa0\u2800\u034f")
"""Letters by their class that show nothing."""

_LOOKALIKES = str.maketrans(
    "асԁеһіјкӏморԛѕтԝхуѵαειοκνρτυχıłøđ",
    "acdehijklmopqstwxyvaeioknptuxilod",
)
"""Letters that look like plain Latin ones (Unicode TR39, those that occur)."""
_LEET = str.maketrans("0134578@$!|", "oieastbasil")
_SPACED = re.compile(r"\b(?:\w[ .\-_*]){4,}\w\b")
_LETTER = re.compile(r"[a-z]")


def without_hidden(text: str) -> str:
    """The text on one line without controls, direction marks, tags and invisible letters."""
    composed = unicodedata.normalize("NFC", text)
    seen = [
        " " if character.isspace() else character
        for index, character in enumerate(composed)
        if character.isspace() or _is_seen(composed, index)
    ]
    return " ".join("".join(seen).split())


def has_hidden(text: str) -> bool:
    """Whether something stands in the text that no person would see or type."""
    plain = unicodedata.normalize("NFC", text)
    return any(
        not character.isspace() and not _is_seen(plain, index)
        for index, character in enumerate(plain)
    )


def undisguised(word: str) -> str:
    """A word as a disguise is read: `Ign0rе` (with a Cyrillic е) is `ignore`; no marks, lower case.

    Only letters and digits are left. Digits are read as letters only beside letters.
    """
    plain = unicodedata.normalize("NFKD", word).casefold()
    plain = "".join(c for c in plain if c in VOICED or unicodedata.category(c)[0] != "M")
    plain = unicodedata.normalize("NFC", plain)
    latin = plain.translate(_LOOKALIKES)
    if _LETTER.search(latin) and latin.isascii():
        core = latin.strip(".,;:!?\"'()[]{}<>*_`~-#")
        return re.sub(r"[^a-z0-9']", "", core.translate(_LEET) if _is_mixed(core) else core)
    return "".join(c for c in plain if c.isalnum())


def readings(text: str) -> tuple[str, ...]:
    """Other texts that this one may be meant as: by rot13, backwards, with its letters apart."""
    joined = _SPACED.sub(lambda spaced: re.sub(r"[ .\-_*]", "", spaced[0]), text)
    apart = (joined,) if joined != text else ()
    return (codecs.encode(text, "rot13"), text[::-1], *apart)


def _is_seen(text: str, index: int) -> bool:
    character = text[index]
    if character in JOINERS:
        return index > 0 and ord(text[index - 1]) > 0x2FF and text[index - 1] not in JOINERS
    return unicodedata.category(character) not in _UNSEEN and character not in _FILLERS


def _is_mixed(word: str) -> bool:
    return bool(_LETTER.search(word)) and not word.isalpha()
