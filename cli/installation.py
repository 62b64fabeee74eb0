"""One installation, opened: its settings, database, storage and Dagster home."""

from collections.abc import Iterator
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass

from sqlalchemy import Engine

from cliply.db.migrate import upgrade
from cliply.db.session import create_app_engine
from cliply.db.urls import DatabaseUrls
from cliply.installation import database_urls, open_store
from cliply.settings import Settings, load_settings
from cliply.storage.objects import ObjectStore


@dataclass(frozen=True)
class Installation:
    """What every command works on."""

    settings: Settings
    urls: DatabaseUrls
    engine: Engine
    """Role `cliply_app`, under row security."""
    store: ObjectStore


@contextmanager
def opened() -> Iterator[Installation]:
    """Start the embedded database if it is used, bring the schema up to date, and open all.

    Raises SettingsError or Unavailable with what to mend.
    """
    settings = load_settings()
    with ExitStack() as stack:
        urls = stack.enter_context(database_urls(settings))
        upgrade(urls)
        engine = create_app_engine(urls.app)
        stack.callback(engine.dispose)
        yield Installation(settings, urls, engine, open_store(settings))
