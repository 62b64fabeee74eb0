"""Names of people, workspaces and tokens: one line that looks like what it is."""

import unicodedata

from cliply.errors import ErrorCode, InvalidInput

MAX_LENGTH = 200
JOINERS = {"\u200c", "\u200d"}
"""Persian and Indic scripts and emoji need them."""


def normalise_name(given: str) -> str:
    """In composed form (NFC), blanks as single spaces.

    Raises InvalidInput (NAME_INVALID) for names that are empty, too long, or have controls or
    characters that turn or hide what stands beside them.
    """
    if any(_is_trick(char) for char in given):
        raise _invalid("It has control or invisible characters; type it again.")
    name = " ".join(unicodedata.normalize("NFC", given).split())
    if not name.strip("".join(JOINERS)):
        raise _invalid("It is empty.")
    if len(name) > MAX_LENGTH:
        raise _invalid(f"It has more than {MAX_LENGTH} characters.")
    return name


def _is_trick(char: str) -> bool:
    """Controls, directions, zero-width marks, surrogates, and line and paragraph separators."""
    category = unicodedata.category(char)
    return category in {"Cc", "Cs", "Zl", "Zp"} or (category == "Cf" and char not in JOINERS)


def _invalid(why: str) -> InvalidInput:
    return InvalidInput(ErrorCode.name_invalid, f"The name can not be used. {why}")
