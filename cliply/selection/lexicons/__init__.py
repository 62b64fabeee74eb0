"""The languages whose words selection knows; one file each."""

from cliply.selection.lexicon import Lexicon
from cliply.selection.lexicons import english, french, german, italian, portuguese, spanish

LEXICONS = {
    "en": english.LEXICON,
    "de": german.LEXICON,
    "es": spanish.LEXICON,
    "fr": french.LEXICON,
    "it": italian.LEXICON,
    "pt": portuguese.LEXICON,
}
UNKNOWN = Lexicon()


def lexicon_of(language: str) -> Lexicon:
    """By BCP 47 tag; `und` is taken for English, any other language has no words."""
    primary = language.partition("-")[0].lower()
    return LEXICONS.get("en" if primary == "und" else primary, UNKNOWN)
