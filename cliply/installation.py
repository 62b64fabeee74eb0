"""The database and the storage of one installation, as its settings say."""

import atexit
from collections.abc import Iterator
from contextlib import contextmanager

from cliply.db.urls import DatabaseUrls
from cliply.embedded import EmbeddedPostgres
from cliply.settings import Settings
from cliply.storage.objects import ObjectStore


def open_store(settings: Settings) -> ObjectStore:
    """Object storage as the settings say."""
    key, secret = settings.aws_access_key_id, settings.aws_secret_access_key
    return ObjectStore(
        settings.resolved_storage_url,
        endpoint=settings.aws_endpoint_url,
        region=settings.aws_region,
        access_key_id=key.get_secret_value() if key else None,
        secret_access_key=secret.get_secret_value() if secret else None,
    )


@contextmanager
def database_urls(settings: Settings) -> Iterator[DatabaseUrls]:
    """The external database, or the embedded one for as long as the body runs."""
    external = _external_urls(settings)
    if external is not None:
        yield external
        return
    with EmbeddedPostgres(settings.cliply_home) as urls:
        yield urls


def connect(settings: Settings) -> DatabaseUrls:
    """The database for as long as this process lives."""
    external = _external_urls(settings)
    if external is not None:
        return external
    server = EmbeddedPostgres(settings.cliply_home)
    atexit.register(server.release)
    return server.acquire()


def _external_urls(settings: Settings) -> DatabaseUrls | None:
    urls = (settings.database_url, settings.app_database_url, settings.system_database_url)
    if urls[0] is None or urls[1] is None or urls[2] is None:
        return None
    return DatabaseUrls.parse(*(url.get_secret_value() for url in urls if url is not None))
