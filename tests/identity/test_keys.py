"""Secrets of an installation: given, or made once for all its processes."""

import stat
from concurrent.futures import ProcessPoolExecutor
from multiprocessing import get_context
from pathlib import Path
from uuid import uuid4

import pytest
from pydantic import SecretStr

from cliply.domain.ids import UserId
from cliply.errors import NotAllowed, SettingsError
from cliply.identity.keys import Keys, open_keys
from cliply.identity.sealing import seal, unseal

LONG = "0123456789abcdef0123456789abcdef"
USER = UserId(uuid4())


def token_of(keys: Keys) -> str:
    return keys.access_tokens.issue(USER, session_id=uuid4())


def test_given_keys_are_used_and_nothing_is_written(tmp_path: Path) -> None:
    pairs = (SecretStr(f" k2 : {LONG}:with a colon "), SecretStr(f"k1:{LONG}"))
    keys = open_keys(tmp_path, pairs, SecretStr(LONG * 2))
    old = open_keys(tmp_path, pairs[1:], SecretStr(LONG * 2))
    assert keys.secret.get_secret_value() == LONG * 2
    assert keys.access_tokens.read(token_of(old)) == USER
    assert list(tmp_path.iterdir()) == []


def test_made_keys_are_kept_and_readable_by_their_account_alone(tmp_path: Path) -> None:
    first, again = open_keys(tmp_path, (), None), open_keys(tmp_path, (), None)
    assert again.access_tokens.read(token_of(first)) == USER
    assert again.secret == first.secret
    files = sorted((tmp_path / "secrets").iterdir())
    assert [path.name for path in files] == ["jwt_key", "secret_key"]
    assert {stat.S_IMODE(path.stat().st_mode) for path in files} == {0o600}
    assert stat.S_IMODE((tmp_path / "secrets").stat().st_mode) == 0o700
    other = open_keys(tmp_path / "other", (), None)
    assert other.secret != first.secret


def _opened(home: Path) -> tuple[str, str]:
    keys = open_keys(home, (), None)
    return keys.secret.get_secret_value(), token_of(keys)


def test_processes_that_start_at_once_share_one_key(tmp_path: Path) -> None:
    # Not forked from here: libraries have threads, whose locks a copy would find taken.
    with ProcessPoolExecutor(6, get_context("forkserver")) as pool:
        opened = list(pool.map(_opened, [tmp_path] * 12))
    assert len({secret for secret, _ in opened}) == 1
    last = open_keys(tmp_path, (), None)
    for _, token in opened:
        last.access_tokens.read(token)


@pytest.mark.parametrize(
    ("jwt_keys", "secret", "named"),
    [
        ("no colon at all and long enough", LONG, "JWT_KEYS"),
        (f":{LONG}", LONG, "JWT_KEYS"),
        ("k1:hunter2", LONG, "JWT_KEYS"),
        (f"k1:{LONG}", "hunter2", "SECRET_KEY"),
    ],
)
def test_wrong_keys_are_named_and_never_shown(
    tmp_path: Path, jwt_keys: str, secret: str, named: str
) -> None:
    with pytest.raises(SettingsError) as refused:
        open_keys(tmp_path, (SecretStr(jwt_keys),), SecretStr(secret))
    assert named in refused.value.message
    assert "hunter2" not in refused.value.message
    assert "colon at all" not in refused.value.message


def test_an_empty_key_file_is_an_error_and_not_an_empty_secret(tmp_path: Path) -> None:
    (tmp_path / "secrets").mkdir()
    (tmp_path / "secrets" / "secret_key").touch()
    with pytest.raises(SettingsError, match="is empty"):
        open_keys(tmp_path, (), None)


def test_a_sealed_secret_is_opened_by_its_key_alone() -> None:
    key = SecretStr(LONG)
    sealed = seal(key, "cliply_secret")
    assert "secret" not in sealed
    assert seal(key, "cliply_secret") != sealed
    assert unseal(key, sealed) == "cliply_secret"
    for other, content in ((SecretStr(LONG + "x"), sealed), (key, sealed[:-8]), (key, "")):
        with pytest.raises(NotAllowed):
            unseal(other, content)
