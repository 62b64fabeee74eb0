"""Migrations lead to what the models say, whoever runs them and how often."""

from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import pytest
from alembic.autogenerate import compare_metadata
from alembic.migration import MigrationContext
from alembic.script import ScriptDirectory
from sqlalchemy import Connection, Engine, create_engine, text

from cliply.db.migrate import HEAD, find_revision, migrations_folder, upgrade
from cliply.db.models import Row
from cliply.db.urls import DatabaseUrls
from cliply.domain.ids import LOCAL_WORKSPACE
from cliply.embedded import EmbeddedPostgres
from cliply.errors import SettingsError, Unavailable

STRUCTURE = text(
    "select conrelid::regclass::text, conname, pg_get_constraintdef(oid) from pg_constraint "
    "where connamespace::regnamespace::text = :schema "
    "union all select tablename, indexname, indexdef from pg_indexes "
    "where schemaname::text = :schema"
)


def test_models_and_migrations_agree(owner_engine: Engine) -> None:
    with owner_engine.connect() as connection:
        context = MigrationContext.configure(connection, opts={"compare_type": True})
        assert compare_metadata(context, Row.metadata) == []


def test_checks_keys_and_indexes_agree_too(owner_engine: Engine) -> None:
    """Autogeneration does not look at check constraints."""
    with owner_engine.connect() as connection:
        migrated = _structure(connection, "public")
        connection.execute(text("create schema drafted"))
        connection.execute(text("set local search_path to drafted"))
        Row.metadata.create_all(connection)
        drafted = _structure(connection, "drafted")
        connection.rollback()
    assert len(drafted) > 50
    assert drafted == {entry for entry in migrated if entry[0] != "alembic_version"}


def _structure(connection: Connection, schema: str) -> set[tuple[str, ...]]:
    rows = connection.execute(STRUCTURE, {"schema": schema})
    return {tuple(str(part).replace(f"{schema}.", "") for part in row) for row in rows}


def test_the_code_knows_its_newest_migration() -> None:
    assert ScriptDirectory(str(migrations_folder())).get_current_head() == HEAD


def test_the_local_workspace_is_built_in(owner_engine: Engine) -> None:
    with owner_engine.connect() as connection:
        found = connection.execute(text("select id from workspaces where name = 'local'"))
        assert found.scalar_one() == LOCAL_WORKSPACE


def test_two_processes_may_upgrade_at_once(
    new_home: Path, capfd: pytest.CaptureFixture[str]
) -> None:
    with EmbeddedPostgres(new_home) as urls:
        with ThreadPoolExecutor(3) as pool:
            list(pool.map(upgrade, [urls] * 3))
        owner = create_engine(urls.owner)
        with owner.connect() as connection:
            assert find_revision(connection) == HEAD
        owner.dispose()
    assert capfd.readouterr() == ("", "")


def test_a_database_of_a_newer_version_is_refused(
    database: DatabaseUrls, owner_engine: Engine
) -> None:
    _set_revision(owner_engine, "9999")
    try:
        with pytest.raises(SettingsError, match="does not fit this version"):
            upgrade(database)
    finally:
        _set_revision(owner_engine, HEAD)


def _set_revision(owner_engine: Engine, revision: str) -> None:
    with owner_engine.begin() as connection:
        connection.execute(text("update alembic_version set version_num = :r"), {"r": revision})


@pytest.mark.parametrize(
    ("weaken", "mend"),
    [
        ("alter role cliply_app bypassrls", "alter role cliply_app nobypassrls"),
        ("alter role cliply_system nobypassrls", "alter role cliply_system bypassrls"),
    ],
)
def test_a_role_with_the_wrong_rights_is_refused(
    database: DatabaseUrls, owner_engine: Engine, weaken: str, mend: str
) -> None:
    with owner_engine.begin() as connection:
        connection.execute(text(weaken))
    try:
        with pytest.raises(SettingsError, match="alter role"):
            upgrade(database)
    finally:
        with owner_engine.begin() as connection:
            connection.execute(text(mend))


def test_a_database_that_is_gone_is_unavailable(database: DatabaseUrls) -> None:
    owner = database.owner.set(query={"host": "/nonexistent"})
    with pytest.raises(Unavailable, match="DATABASE_URL"):
        upgrade(DatabaseUrls(owner, database.app, database.system))
