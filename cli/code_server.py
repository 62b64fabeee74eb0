"""Dagster's code server, whose runs are forked from a process that has imported what is slow."""

import multiprocessing
from multiprocessing import forkserver
from multiprocessing.context import ForkServerContext
from types import SimpleNamespace

from dagster._cli import main as dagster
from dagster._grpc import server

SLOW = (
    "dagster._grpc.impl",
    "dagster._cli.api",
    "sqlalchemy.orm",
    "psycopg",
    "psycopg2",
    "pydantic_settings",
    "scipy.signal",
    "cv2",
    "av",
    "cliply.db.models",
    "cliply.installation",
)
"""4 of the 5.3 CPU seconds that a run's process took to its first step.

Polars and pyarrow are not among them: they start threads when they are imported, which a
fork leaves behind.
"""

PLACE = "multiprocessing"
"""The name by which Dagster's server finds how to start a process."""


def warm(context: ForkServerContext) -> None:
    """Have runs start from the context instead of from a bare interpreter.

    Raises AttributeError when Dagster's server does it in some other way.
    """
    context.set_forkserver_preload(list(SLOW))
    getattr(server, PLACE).get_context("spawn")
    setattr(server, PLACE, SimpleNamespace(get_context=lambda _: context))


if __name__ == "__main__":
    warm(multiprocessing.get_context("forkserver"))
    forkserver.ensure_running()
    dagster()  # type: ignore[no-untyped-call]
