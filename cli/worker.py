"""`cliply worker`: carries out runs and steps that wait in queues."""

import logging
from importlib import import_module
from typing import Annotated

import typer

from cli.installation import opened
from cli.slow_modules import SLOW
from cliply.domain.queues import Queue
from cliply.errors import SettingsError
from cliply.settings import Settings, check_production

GRACE_S = 8.0
"""Less than a supervisor gives a program to end; `--grace` is for who gives longer."""


def worker(
    queue: Annotated[
        list[Queue] | None, typer.Option(help="What to take; give it again for more. Unset: all.")
    ] = None,
    concurrency: Annotated[
        int | None, typer.Option(min=1, max=64, help="Processes; unset suits the queues.")
    ] = None,
    grace: Annotated[
        float, typer.Option(min=0, help="Seconds for steps to end before they are given back.")
    ] = GRACE_S,
) -> None:
    """Take runs and steps from queues, each in a process of its own (EXECUTION=celery)."""
    logging.basicConfig(level=logging.INFO, format="%(asctime)s %(levelname)s %(message)s")
    queues = tuple(dict.fromkeys(queue or Queue))
    with opened() as installation:
        settings = installation.settings
        check_production(settings)
        if settings.celery_broker_url is None or settings.execution != "celery":
            raise SettingsError(
                "A worker needs EXECUTION=celery and CELERY_BROKER_URL; without them the"
                " service carries out all steps itself."
            )
        installation.engine.dispose()
        from cli.instance import prepare  # Dagster takes seconds to import

        prepare(settings, installation.urls)
        for name in SLOW:
            import_module(name)
        from resources.queues.worker import work

        work(
            settings.celery_broker_url,
            installation.urls.app,
            queues,
            processes=concurrency or _processes(settings, queues),
            grace_s=grace,
        )


def _processes(settings: Settings, queues: tuple[Queue, ...]) -> int:
    """All runs at once, as their places are counted elsewhere; one step for each queue."""
    watching = settings.concurrent_runs if Queue.runs in queues else 0
    return watching + sum(queue is not Queue.runs for queue in queues)
