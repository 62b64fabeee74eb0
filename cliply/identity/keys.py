"""Secrets of the installation: given by settings, or made once and kept in the home."""

import os
import secrets
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from tempfile import NamedTemporaryFile

from pydantic import SecretStr

from cliply.errors import SettingsError
from cliply.identity.access_tokens import AccessTokens, SigningKey

FOLDER = "secrets"
LEAST_SECRET_LENGTH = 32
NEW_SECRET_BYTES = 48


@dataclass(frozen=True)
class Keys:
    """What the API signs and encrypts with."""

    access_tokens: AccessTokens
    secret: SecretStr


def open_keys(home: Path, jwt_keys: tuple[SecretStr, ...], secret_key: SecretStr | None) -> Keys:
    """The given keys; what is not given is in `<home>/secrets`, made by the first that asks.

    Raises SettingsError that names the variable and shows nothing of it.
    """
    pairs = jwt_keys or (SecretStr(_kept(home / FOLDER / "jwt_key", _new_pair)),)
    secret = secret_key or SecretStr(_kept(home / FOLDER / "secret_key", _new_secret))
    if len(secret.get_secret_value()) < LEAST_SECRET_LENGTH:
        raise SettingsError(
            f"SECRET_KEY needs {LEAST_SECRET_LENGTH} characters at least; make one with "
            "`openssl rand -base64 48`."
        )
    try:
        return Keys(AccessTokens([_parsed(pair) for pair in pairs]), secret)
    except ValueError as error:
        raise SettingsError(
            f"JWT_KEYS: {error}. Write it as `name:secret,name:secret`; the first one signs."
        ) from None


def _parsed(pair: SecretStr) -> SigningKey:
    """Raises ValueError for what is no `kid:secret`."""
    kid, colon, secret = pair.get_secret_value().partition(":")
    if not colon or not kid.strip():
        raise ValueError("a key has no name before a colon")
    return SigningKey(kid.strip(), SecretStr(secret.strip()))


def _new_secret() -> str:
    return secrets.token_urlsafe(NEW_SECRET_BYTES)


def _new_pair() -> str:
    """Named at random, so that a token of an installation that is gone names no present key."""
    return f"{secrets.token_hex(4)}:{_new_secret()}"


def _kept(path: Path, make: Callable[[], str]) -> str:
    """What the file holds; of processes that make it at once, all get what the first made."""
    try:
        if not path.exists():
            _write_once(path, make())
        content = path.read_text(encoding="ascii").strip()
    except (OSError, UnicodeDecodeError) as error:
        raise SettingsError(
            f"{path} can not be read or written ({type(error).__name__}); "
            "give this account the folder, or set JWT_KEYS and SECRET_KEY."
        ) from None
    if not content:
        raise SettingsError(f"{path} is empty; remove it, and a new one is made.")
    return content


def _write_once(path: Path, content: str) -> None:
    """All of the content or none, readable by this account alone; never over another."""
    path.parent.mkdir(mode=0o700, parents=True, exist_ok=True)
    with NamedTemporaryFile("w", dir=path.parent, prefix=".new-", encoding="ascii") as new:
        new.write(content + "\n")
        new.flush()
        os.fsync(new.fileno())
        try:
            os.link(new.name, path)
        except FileExistsError:
            return
