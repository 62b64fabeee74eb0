"""Passwords: which are taken, and that they are checked in the same time."""

import time

import pytest
from pydantic import SecretStr

from cliply.errors import CliplyError
from cliply.identity.passwords import (
    NOBODYS,
    hash_password,
    is_outdated,
    rehash,
    verify_password,
)

GOOD = SecretStr("four plain words here")


def test_a_password_is_verified_by_its_hash_and_no_other() -> None:
    stored = hash_password(GOOD)
    assert "four" not in stored
    assert hash_password(GOOD) != stored
    assert verify_password(stored, GOOD)
    assert not verify_password(stored, SecretStr("Four plain words here"))
    assert not verify_password(stored, SecretStr(""))
    assert not verify_password(NOBODYS, GOOD)
    assert not verify_password(None, GOOD)
    assert not verify_password("not a hash", GOOD)
    assert verify_password(rehash(GOOD), GOOD)
    assert not is_outdated(stored)


def test_nobodys_hash_takes_as_long_as_anybodys() -> None:
    """A hash that can not be read would be refused at once, at 1000 times the speed."""

    def taken_s(stored: str | None) -> float:
        began = time.process_time()
        verify_password(stored, SecretStr("another password"))
        return time.process_time() - began

    real = hash_password(GOOD)
    assert not is_outdated(NOBODYS)
    ratio = min(taken_s(None) for _ in range(3)) / min(taken_s(real) for _ in range(3))
    assert 0.4 < ratio < 2.5


@pytest.mark.parametrize(
    "text",
    [
        "ninechars", "x" * 201, "aaaaaaaaaaaaaaa", "QWERTYuiop", "ada@example.com",
        "Ada Lovelace", "\ud800 and nine more",
    ],
)  # fmt: skip
def test_weak_passwords_are_refused_without_being_repeated(text: str) -> None:
    with pytest.raises(CliplyError) as refused:
        hash_password(SecretStr(text), "ada@example.com", "ada lovelace", None)
    assert refused.value.code == "PASSWORD_WEAK"
    assert text not in refused.value.message


def test_any_character_makes_a_password() -> None:
    for text in (
        "pässwörter im wald",
        "密码密码一二三四五六七",
        "nul \x00 and more",
        "🔑" * 3 + " five keys",
    ):
        assert verify_password(hash_password(SecretStr(text)), SecretStr(text))
