"""`cliply api` and `cliply upkeep run`: parts of `cliply up` that run alone, too."""

import logging
import signal
import threading
from typing import Annotated

import typer

from cli.installation import opened
from cliply.settings import Settings, check_production, load_settings

upkeep = typer.Typer(hidden=True, no_args_is_help=True, help="Sweep what nobody needs.")


def api(
    workers: Annotated[
        int | None, typer.Option(min=1, max=64, help="Processes; unset is API_WORKERS.")
    ] = None,
) -> None:
    """Serve the API alone, with the database if that is the embedded one."""
    settings = load_settings()
    check_production(settings)
    with opened() as installation:
        _make_secrets(settings)
        installation.engine.dispose()
        from api.server import serve  # with its server and loop

        serve(
            settings.api_host,
            settings.api_port,
            workers or settings.api_workers,
            streams=settings.streams_per_process,
        )


@upkeep.callback()
def _group() -> None:
    """Sweep what nobody needs any more."""


@upkeep.command("run")
def run() -> None:
    """Keep up until stopped; of several processes one is at it at a time."""
    from cliply.db.session import create_app_engine
    from cliply.installation import open_search
    from cliply.upkeep.retention import Keeping
    from cliply.upkeep.rounds import Upkeep, chores

    logging.basicConfig(level=logging.INFO, format="%(asctime)s %(levelname)s %(message)s")
    stop = threading.Event()
    for number in (signal.SIGINT, signal.SIGTERM):
        signal.signal(number, lambda _number, _frame: stop.set())
    with opened() as installation:
        settings = installation.settings
        engine = create_app_engine(installation.urls.system)
        keeping = Keeping(settings.keep_sources_days, settings.keep_runs_days)
        every = chores(engine, installation.store, open_search(settings), keeping)
        Upkeep(engine, every).run(stop)
        engine.dispose()


def _make_secrets(settings: Settings) -> None:
    """Before there are several processes; raises SettingsError here, where it is read."""
    from cliply.identity.keys import open_keys

    open_keys(settings.cliply_home, settings.jwt_keys, settings.secret_key)
