"""An application over the tests' database, and members of every role."""

from collections.abc import Callable, Iterator
from pathlib import Path

import pytest
from fastapi import FastAPI
from pydantic import SecretStr
from sqlalchemy import Engine
from starlette.testclient import TestClient

from api.app import create_app
from api.backend import Backend
from api.contract import nowhere
from cliply.domain.access import Role
from cliply.domain.ids import WorkspaceId
from cliply.identity.access_tokens import AccessTokens, SigningKey
from cliply.search.database import SearchPlace
from cliply.settings import Settings
from cliply.storage.objects import ObjectStore
from tests.api.clients import KeptMail, Person, add_member, as_person

SECRET = SecretStr("tests-sign-and-encrypt-with-this-one")


@pytest.fixture
def api_settings(tmp_path: Path) -> Settings:
    return Settings(
        _env_file=None,
        cliply_home=tmp_path / "home",
        storage_url=(tmp_path / "objects").as_uri(),
        rate_limits="off",
    )


@pytest.fixture
def mailbox() -> KeptMail:
    """Every mail that the application has sent."""
    return KeptMail()


@pytest.fixture
def backend(
    api_settings: Settings, engine: Engine, system_engine: Engine, mailbox: KeptMail
) -> Backend:
    """Without rate limits; `dataclasses.replace` gives it what a test wants to differ."""
    return Backend(
        settings=api_settings,
        engine=engine,
        system=system_engine,
        store=ObjectStore(api_settings.resolved_storage_url),
        search=SearchPlace(api_settings.resolved_storage_url),
        access_tokens=AccessTokens(
            [SigningKey("k1", SecretStr("a-signing-key-for-tests-only-0001"))]
        ),
        secret=SECRET,
        limiter=None,
        mail=mailbox,
    )


@pytest.fixture(scope="session")
def only_app() -> FastAPI:
    """Made once: the first request to a new one costs 0.3 s."""
    return create_app(nowhere())


@pytest.fixture
def app(only_app: FastAPI, backend: Backend) -> FastAPI:
    """Over the test's backend, with the settings that all tests share for what frames it."""
    only_app.state.backend = backend
    return only_app


@pytest.fixture
def anonymous(app: FastAPI) -> Iterator[TestClient]:
    """Nobody in particular."""
    with TestClient(app, raise_server_exceptions=False) as client:
        yield client


@pytest.fixture
def member(
    system_engine: Engine, backend: Backend, workspace: WorkspaceId
) -> Callable[[Role], Person]:
    """Make a member of the test's workspace."""
    return lambda role: add_member(system_engine, backend, workspace, role)


@pytest.fixture
def viewer(anonymous: TestClient, member: Callable[[Role], Person]) -> TestClient:
    return as_person(anonymous, member(Role.viewer))


@pytest.fixture
def editor(anonymous: TestClient, member: Callable[[Role], Person]) -> TestClient:
    return as_person(anonymous, member(Role.editor))


@pytest.fixture
def admin(anonymous: TestClient, member: Callable[[Role], Person]) -> TestClient:
    return as_person(anonymous, member(Role.admin))


@pytest.fixture
def owner(anonymous: TestClient, member: Callable[[Role], Person]) -> TestClient:
    return as_person(anonymous, member(Role.owner))


@pytest.fixture
def stranger(
    anonymous: TestClient, system_engine: Engine, backend: Backend, rival: WorkspaceId
) -> TestClient:
    """An owner of another workspace."""
    return as_person(anonymous, add_member(system_engine, backend, rival, Role.owner))
