"""Where a workspace's search tables lie, and what their library raises."""

import time
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path
from typing import TYPE_CHECKING, TypeVar
from urllib.parse import unquote, urlsplit

from cliply.errors import CliplyError, ErrorCode, Unavailable

if TYPE_CHECKING:
    from lancedb.db import DBConnection
    from lancedb.table import Table

IN_MEMORY = "memory://"
ATTEMPTS = 8
FIRST_PAUSE_S = 0.05

T = TypeVar("T")


@dataclass(frozen=True)
class SearchPlace:
    """A folder or bucket prefix: `file:///…`, `s3://bucket/prefix`, `gs://…`, `az://…`."""

    url: str
    options: Mapping[str, str] = field(default_factory=dict, repr=False)
    """How the bucket is reached; holds its credentials."""

    def below(self, prefix: str) -> "SearchPlace":
        return SearchPlace(f"{self.url.rstrip('/')}/{prefix}", self.options)

    def connect(self) -> "DBConnection":
        """The tables that lie here; a folder is made when it is missing."""
        import lancedb  # 1.8 CPU seconds and 120 MB

        parts = urlsplit(self.url)
        with failures():
            if parts.scheme == "file":
                return lancedb.connect(Path(unquote(parts.path)))
            options = dict(self.options) if parts.scheme == "s3" else None
            return lancedb.connect(self.url, storage_options=options)


def bucket_options(
    *,
    endpoint: str | None,
    region: str,
    access_key_id: str | None,
    secret_access_key: str | None,
) -> dict[str, str]:
    """How an S3 bucket is reached; what is None comes from the machine."""
    options = {
        "aws_endpoint": endpoint,
        "aws_region": region,
        "aws_access_key_id": access_key_id,
        "aws_secret_access_key": secret_access_key,
        "connect_timeout": "5s",
        "timeout": "60s",
        "client_max_retries": "4",
        "client_retry_timeout": "30",
    }
    if endpoint is not None:
        options["virtual_hosted_style_request"] = "false"
        options["allow_http"] = str(endpoint.startswith("http://")).lower()
    return {name: value for name, value in options.items() if value is not None}


def table_names(database: "DBConnection") -> list[str]:
    """All tables, sorted."""
    names: list[str] = []
    page: str | None = None
    with failures():
        while True:
            answer = database.list_tables(page_token=page)
            names += answer.tables
            page = answer.page_token
            if not page:
                return sorted(names)


def find_table(database: "DBConnection", name: str) -> "Table | None":
    """The newest state of a table; None before its first row."""
    if name not in table_names(database):
        return None
    with failures():
        return database.open_table(name)


def get_table(database: "DBConnection", name: str) -> "Table":
    """The newest state of a table that somebody has made. Raises Unavailable."""
    with failures():
        return database.open_table(name)


def settled(change: Callable[[], T]) -> T:
    """Make a change that writers in other processes may overtake; it is tried again then."""
    for attempt in range(ATTEMPTS - 1):
        try:
            return change()
        except RuntimeError as error:
            if not is_overtaken(error):
                raise
            time.sleep(FIRST_PAUSE_S * 2**attempt)
    return change()


def is_overtaken(error: RuntimeError) -> bool:
    """Whether another writer's commit came first, so that the same change may succeed now."""
    return "commit conflict" in str(error).lower()


@contextmanager
def failures() -> Iterator[None]:
    """Turn what the library raises, mostly RuntimeError with a report, into our errors."""
    try:
        yield
    except CliplyError:
        raise
    except (RuntimeError, OSError, ValueError) as error:
        told = " ".join(str(error).split())
        if "No space left" in told:
            raise Unavailable(
                ErrorCode.disk_full,
                "There is no space left for the search tables; free some and try again.",
            ) from error
        raise Unavailable(
            ErrorCode.search_unavailable,
            f"The search tables can not be used ({told[:160]}). Try again; if it stays, remove "
            "the workspace's folder `search` from storage and materialise `embeddings` again.",
        ) from error
