"""Dagster's code server, whose runs are forked from a process that has imported what is slow."""

import multiprocessing
from multiprocessing import forkserver
from multiprocessing.context import ForkServerContext
from types import SimpleNamespace

from dagster._cli import main as dagster
from dagster._grpc import server

from cli.slow_modules import SLOW

PLACE = "multiprocessing"
"""The name by which Dagster's server finds how to start a process."""


def warm(context: ForkServerContext) -> None:
    """Have runs start from the context instead of from a bare interpreter.

    Raises AttributeError when Dagster's server does it in some other way.
    """
    context.set_forkserver_preload(["dagster._grpc.impl", *SLOW])
    getattr(server, PLACE).get_context("spawn")
    setattr(server, PLACE, SimpleNamespace(get_context=lambda _: context))


if __name__ == "__main__":
    warm(multiprocessing.get_context("forkserver"))
    forkserver.ensure_running()
    dagster()  # type: ignore[no-untyped-call]
