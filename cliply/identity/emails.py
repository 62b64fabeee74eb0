"""E-mail addresses: one way to write each, and no two that look alike."""

import unicodedata

from email_validator import EmailNotValidError, validate_email

from cliply.errors import ErrorCode, InvalidInput

MAX_LENGTH = 254
"""RFC 5321 with erratum 1690."""


def normalise_email(given: str) -> str:
    """The address in lower case, its domain as in the DNS; nothing is looked up.

    Compatibility forms (full-width letters) become what they stand for (NFKC). What is
    left before the @ is ASCII and domains of other scripts are stored as `xn--…`, so two
    stored addresses never look alike. Raises InvalidInput (EMAIL_INVALID).
    """
    if len(given) > MAX_LENGTH:
        raise _invalid(f"It has more than {MAX_LENGTH} characters.")
    stripped = given.strip(" ")
    if any(_is_invisible(char) for char in stripped):
        raise _invalid("It has blanks, control or invisible characters; type it again.")
    composed = unicodedata.normalize("NFKC", stripped)
    try:
        checked = validate_email(composed, check_deliverability=False, allow_smtputf8=False)
    except (EmailNotValidError, UnicodeError) as error:
        raise _invalid(_reason(error)) from None
    if checked.ascii_email is None:
        raise _invalid("It has letters before the @ that mail servers do not take.")
    return checked.ascii_email.lower()


def find_normalised(given: str) -> str | None:
    """The same, None for what is no address at all."""
    try:
        return normalise_email(given)
    except InvalidInput:
        return None


def _is_invisible(char: str) -> bool:
    """Separators, controls, format characters, surrogates and what is not assigned."""
    return unicodedata.category(char)[0] in "ZC"


def _reason(error: Exception) -> str:
    """What is wrong, without the address."""
    if isinstance(error, EmailNotValidError) and str(error).isascii():
        return str(error)
    return "It has characters that are not allowed there."


def _invalid(why: str) -> InvalidInput:
    return InvalidInput(
        ErrorCode.email_invalid, f"This is no e-mail address that can be used. {why}"
    )
