"""Passwords: which are taken, and how they are kept."""

import unicodedata

from argon2 import PasswordHasher
from argon2.exceptions import InvalidHashError, VerifyMismatchError
from pydantic import SecretStr

from cliply.errors import ErrorCode, InvalidInput

MEMORY_KIB = 19_456
ITERATIONS = 2
LANES = 1
"""Argon2id as in OWASP's password storage cheat sheet: 19 MiB, 2 passes, 1 lane.

About 25 ms of one core; the 40 threads of a process can take 760 MiB at the very most.
"""

HASHER = PasswordHasher(time_cost=ITERATIONS, memory_cost=MEMORY_KIB, parallelism=LANES)

NOBODYS = (
    "$argon2id$v=19$m=19456,t=2,p=1$bm9ib2R5cy1zYWx0LTAwMQ$"
    "AAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAA"
)
"""Checked in place of an account that is not there, so that the time tells nothing."""

LEAST_LENGTH = 10
MOST_LENGTH = 200
LEAST_DISTINCT = 5
"""Characters that differ: `aaaaaaaaaaaa` is guessed first."""

COMMON = frozenset(
    {
        "1234567890", "0123456789", "12345678910", "123456789a", "1q2w3e4r5t", "1qaz2wsx3edc",
        "abcdefghij", "changeme123", "iloveyou123", "letmein123", "password01", "password12",
        "password123", "password1234", "passw0rd123", "qwerty12345", "qwerty123456",
        "qwertyuiop", "qwertyuiop123", "welcome123", "zaq12wsxcde3", "asdfghjkl123",
    }
)  # fmt: skip
"""The most used ones that are long enough; in lower case."""


def hash_password(password: SecretStr, *own: str | None) -> str:
    """What is stored of a new password.

    `own` are name and address of its owner, which it may not be. Raises InvalidInput
    (PASSWORD_WEAK) with what to do about it.
    """
    text = _composed(password)
    if text is None:
        raise _weak("It is not valid text; choose another one.")
    if not LEAST_LENGTH <= len(text) <= MOST_LENGTH:
        raise _weak(f"It needs {LEAST_LENGTH} to {MOST_LENGTH} characters.")
    if len(set(text)) < LEAST_DISTINCT or text.casefold() in COMMON:
        raise _weak("It is one of the first that are guessed; a few words make a good one.")
    if text.casefold() in {part.casefold() for part in own if part}:
        raise _weak("It is your own name or address; choose another one.")
    return HASHER.hash(text)


def verify_password(stored: str | None, password: SecretStr) -> bool:
    """Whether it is the one that was stored; takes as long when nothing is (`stored` None)."""
    text = _composed(password)
    try:
        HASHER.verify(stored or NOBODYS, (text or "")[: MOST_LENGTH + 1])
    except (VerifyMismatchError, InvalidHashError):
        return False
    return stored is not None and text is not None


def is_outdated(stored: str) -> bool:
    """Whether it was made with other parameters and is to be made again."""
    return HASHER.check_needs_rehash(stored)


def rehash(password: SecretStr) -> str:
    """The same password with the present parameters; it was verified just now."""
    return HASHER.hash(_composed(password) or "")


def _composed(password: SecretStr) -> str | None:
    """One way to write it, whatever keyboard it came from (RFC 8265 takes NFC, NIST NFKC)."""
    text = unicodedata.normalize("NFKC", password.get_secret_value())
    try:
        text.encode()
    except UnicodeEncodeError:
        return None
    return text


def _weak(why: str) -> InvalidInput:
    return InvalidInput(ErrorCode.password_weak, f"The password is not good enough. {why}")
