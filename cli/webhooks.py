"""`cliply webhooks run`: the process that sends webhooks, a part of `cliply up`."""

import logging
import signal
import threading

import typer

from cli.installation import opened
from cliply.db.session import create_app_engine
from cliply.identity.keys import open_keys
from cliply.outbound.addresses import Reach, read_networks
from cliply.outbound.client import create_client
from cliply.webhooks.worker import Worker

webhooks = typer.Typer(hidden=True, no_args_is_help=True, help="Tell other systems.")


@webhooks.callback()
def _group() -> None:
    """Tell other systems of jobs and clips."""


@webhooks.command("run")
def run() -> None:
    """Send webhooks until stopped; as many of these as one likes may run."""
    logging.basicConfig(level=logging.INFO, format="%(asctime)s %(levelname)s %(message)s")
    logging.getLogger("httpx").setLevel(logging.WARNING)  # it logs addresses, which may be secrets
    stop = threading.Event()
    for number in (signal.SIGINT, signal.SIGTERM):
        signal.signal(number, lambda _number, _frame: stop.set())
    with opened() as installation:
        settings = installation.settings
        reach = Reach(read_networks(settings.webhook_networks))
        keys = open_keys(settings.cliply_home, settings.jwt_keys, settings.secret_key)
        engine = create_app_engine(installation.urls.system)
        with create_client(reach) as client:
            Worker(engine, client, keys.secret).run(stop)
        engine.dispose()
