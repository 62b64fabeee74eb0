"""Fixtures that every test may ask for."""

import logging
import shutil
import signal
import tempfile
from collections.abc import Iterator
from pathlib import Path
from uuid import uuid4

import pytest
from sqlalchemy import Engine

from cliply.db.migrate import upgrade
from cliply.db.session import create_app_engine
from cliply.db.system import system_session
from cliply.db.urls import DatabaseUrls
from cliply.db.workspaces import add_workspace
from cliply.domain.ids import WorkspaceId
from cliply.embedded import EmbeddedPostgres
from tests.media.synthesis import Shot, Sound, compose, gradient, solid, tone
from tests.s3 import S3Storage

TALK = """\
1
00:00:00,400 --> 00:00:03,600
Why do bees never get lost?

2
00:00:04,300 --> 00:00:07,500
The secret is, um, the best map of all.

3
00:00:08,300 --> 00:00:11,400
They count nine landmarks on the way.
"""

# Workers of pytest ignore it, and whatever a test starts would take that over.
signal.signal(signal.SIGTERM, signal.SIG_DFL)

PROJECT = Path(__file__).resolve().parent.parent


@pytest.fixture(scope="session")
def shared_media() -> Path:
    """The folder of real media; its absence is a failure, never a skip."""
    folder = PROJECT.parent / "shared" / "media"
    assert folder.is_dir(), f"the real media for tests are missing: expected the folder {folder}"
    return folder


@pytest.fixture(scope="session")
def talk(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """12 s with a cut at 6 s and a loud second around 5 s."""
    folder = tmp_path_factory.mktemp("talk")
    loud = tone(12.0, 300.0).samples * 0.2
    loud[:, 48_000 * 5 : 48_000 * 6] *= 4
    path = folder / "talk.mp4"
    compose(path, [Shot(6.0, gradient(200, 40, 40)), Shot(6.0, solid(30, 60, 200))], [Sound(loud)])
    (folder / "talk.srt").write_text(TALK)
    return path


def open_home() -> Path:
    """A new home that a server under another account gets into, unlike pytest's own folders."""
    home = Path(tempfile.mkdtemp(prefix="cliply-home-"))
    home.chmod(0o755)
    return home


@pytest.fixture(scope="session")
def home() -> Iterator[Path]:
    """One home for the session; each xdist worker is a session of its own."""
    folder = open_home()
    yield folder
    shutil.rmtree(folder)


@pytest.fixture
def new_home() -> Iterator[Path]:
    """A home that nothing has used yet."""
    folder = open_home()
    yield folder
    shutil.rmtree(folder)


@pytest.fixture(scope="session")
def database(home: Path) -> Iterator[DatabaseUrls]:
    """A real Postgres at the newest migration."""
    with EmbeddedPostgres(home) as urls:
        upgrade(urls)
        yield urls


@pytest.fixture(scope="session")
def engine(database: DatabaseUrls) -> Iterator[Engine]:
    """Role `cliply_app`, under row security."""
    opened = create_app_engine(database.app)
    yield opened
    opened.dispose()


@pytest.fixture(scope="session")
def system_engine(database: DatabaseUrls) -> Iterator[Engine]:
    """Role `cliply_system`, which sees every workspace."""
    opened = create_app_engine(database.system)
    yield opened
    opened.dispose()


@pytest.fixture(scope="session")
def owner_engine(database: DatabaseUrls) -> Iterator[Engine]:
    """The role that owns the tables."""
    opened = create_app_engine(database.owner)
    yield opened
    opened.dispose()


@pytest.fixture
def workspace(system_engine: Engine) -> WorkspaceId:
    """A fresh workspace: what a test writes in it, no other test sees."""
    return _new_workspace(system_engine)


@pytest.fixture
def rival(system_engine: Engine) -> WorkspaceId:
    """Another workspace, which must not see the first."""
    return _new_workspace(system_engine)


def _new_workspace(system_engine: Engine) -> WorkspaceId:
    workspace_id = WorkspaceId(uuid4())
    with system_session(system_engine) as session:
        add_workspace(session, workspace_id, f"test {workspace_id.hex}")
    return workspace_id


@pytest.fixture(scope="session")
def s3_storage() -> Iterator[S3Storage]:
    """An S3 server on a free port, spoken to over HTTP."""
    from moto.server import ThreadedMotoServer

    logging.getLogger("werkzeug").setLevel(logging.CRITICAL)
    server = ThreadedMotoServer("127.0.0.1", 0, verbose=False)
    server.start()
    host, port = server.get_host_and_port()
    storage = S3Storage(f"http://{host}:{port}", "cliply-test")
    storage.client().create_bucket(Bucket=storage.bucket)
    yield storage
    server.stop()
