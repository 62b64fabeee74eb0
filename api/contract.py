"""`python -m api.contract`: write the contract that is checked in as `openapi.json`."""

import json
import sys
from pathlib import Path
from typing import Any

from pydantic import SecretStr
from sqlalchemy import URL, create_engine

from api.app import create_app
from api.backend import Backend
from cliply.db.urls import DRIVER
from cliply.identity.access_tokens import AccessTokens, SigningKey
from cliply.identity.mail import ConsoleMail
from cliply.search.database import SearchPlace
from cliply.settings import PROJECT, Settings
from cliply.storage.objects import ObjectStore

FILE = PROJECT / "openapi.json"


def contract() -> dict[str, Any]:
    """What the application tells of itself; nothing is connected to and no setting is read."""
    return create_app(nowhere()).openapi()


def as_text(told: dict[str, Any]) -> str:
    """In one form, so that a change of the file is a change of the contract."""
    return json.dumps(told, indent=2, ensure_ascii=False) + "\n"


def nowhere() -> Backend:
    """A backend that an application can be made over, and that answers nothing."""
    engine = create_engine(URL.create(DRIVER, host="nowhere.invalid"))
    place = "s3://nowhere"
    return Backend(
        settings=Settings(_env_file=None),
        engine=engine,
        system=engine,
        store=ObjectStore(place),
        search=SearchPlace(place),
        access_tokens=AccessTokens([SigningKey("none", SecretStr("0" * 32))]),
        secret=SecretStr("0" * 32),
        limiter=None,
        mail=ConsoleMail(),
    )


def main() -> None:
    """Write the file, or only compare with `--check`; the status then says whether it is old."""
    told = as_text(contract())
    if "--check" in sys.argv[1:]:
        sys.exit(told != FILE.read_text())
    Path(FILE).write_text(told)


if __name__ == "__main__":
    main()
