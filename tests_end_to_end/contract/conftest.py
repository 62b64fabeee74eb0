"""One application, one workspace and its owner for the whole run."""

import shutil
import tempfile
from collections.abc import Iterator
from pathlib import Path
from uuid import uuid4

import pytest
from fastapi import FastAPI
from pydantic import SecretStr
from sqlalchemy import Engine

from api.app import create_app
from api.backend import Backend
from cliply.db.system import system_session
from cliply.db.workspaces import add_workspace
from cliply.domain.access import Role
from cliply.domain.ids import WorkspaceId
from cliply.identity.access_tokens import AccessTokens, SigningKey
from cliply.identity.mail import ConsoleMail
from cliply.search.database import SearchPlace
from cliply.settings import Settings
from cliply.storage.objects import ObjectStore
from tests.api.clients import Person, add_member


@pytest.fixture(scope="session")
def backend(engine: Engine, system_engine: Engine) -> Iterator[Backend]:
    folder = Path(tempfile.mkdtemp(prefix="cliply-contract-"))
    settings = Settings(
        _env_file=None,
        cliply_home=folder / "home",
        storage_url=(folder / "objects").as_uri(),
        rate_limits="off",
    )
    yield Backend(
        settings=settings,
        engine=engine,
        system=system_engine,
        store=ObjectStore(settings.resolved_storage_url),
        search=SearchPlace(settings.resolved_storage_url),
        access_tokens=AccessTokens([SigningKey("k1", SecretStr("0" * 32))]),
        secret=SecretStr("tests-sign-and-encrypt-with-this-one"),
        limiter=None,
        mail=ConsoleMail(),
    )
    shutil.rmtree(folder)


@pytest.fixture(scope="session")
def app(backend: Backend) -> FastAPI:
    return create_app(backend)


@pytest.fixture(scope="session")
def person(system_engine: Engine, backend: Backend) -> Person:
    workspace = WorkspaceId(uuid4())
    with system_session(system_engine) as session:
        add_workspace(session, workspace, "contract")
    return add_member(system_engine, backend, workspace, Role.owner)
