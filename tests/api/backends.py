"""Backends over the tests' database that several tests may share."""

from pathlib import Path
from typing import Any

from pydantic import SecretStr
from sqlalchemy import Engine

from api.backend import Backend
from cliply.identity.access_tokens import AccessTokens, SigningKey
from cliply.search.database import SearchPlace
from cliply.settings import Settings
from cliply.storage.objects import ObjectStore
from tests.api.clients import KeptMail


def open_backend(engine: Engine, system_engine: Engine, folder: Path, **changed: Any) -> Backend:
    """Without rate limits; `changed` are settings."""
    url = (folder / "objects").as_uri()
    wanted = {"cliply_home": folder / "home", "storage_url": url, "rate_limits": "off"}
    settings = Settings(_env_file=None, **{**wanted, **changed})
    key = SigningKey("k1", SecretStr("a-signing-key-for-tests-only-0001"))
    return Backend(
        settings=settings,
        engine=engine,
        system=system_engine,
        store=ObjectStore(url),
        search=SearchPlace(url),
        access_tokens=AccessTokens([key]),
        secret=SecretStr("tests-sign-and-encrypt-with-this-one"),
        limiter=None,
        mail=KeptMail(),
    )
