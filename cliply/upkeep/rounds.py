"""The rounds of upkeep: every chore in turn, in one process of the installation at a time."""

import logging
import threading
import time
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from functools import partial

from sqlalchemy import Engine

from cliply.db.counts import fold_counts
from cliply.db.expiry import BATCH, KEPT, delete_expired, try_to_keep_up
from cliply.db.system import system_session
from cliply.search.database import SearchPlace
from cliply.storage.objects import ObjectStore
from cliply.upkeep.clip_objects import sweep_clip_objects
from cliply.upkeep.deleted_workspaces import purge_deleted_workspaces
from cliply.upkeep.orphans import sweep_uploads
from cliply.upkeep.removed_jobs import finish_removals
from cliply.upkeep.retention import Keeping, archive_jobs, expire_sources, forget_history
from cliply.upkeep.source_objects import sweep_source_objects
from cliply.upkeep.temporary import sweep_temporary

LOG = logging.getLogger(__name__)

EVERY_S = 180.0
HOURLY_S = 3600.0


@dataclass(frozen=True)
class Chore:
    """Something to do from time to time; safe to do again and to be interrupted."""

    name: str
    do: Callable[[], object]
    """What it answers is logged."""
    every_s: float = EVERY_S


def chores(
    system: Engine, store: ObjectStore, search: SearchPlace, keeping: Keeping
) -> list[Chore]:
    """All that an installation needs."""
    return [
        Chore("fold counts", partial(_fold, system)),
        *(Chore(f"expire {table}", partial(expire, system, table)) for table in KEPT),
        Chore("sweep uploads", partial(sweep_uploads, system, store)),
        Chore("purge workspaces", partial(purge_deleted_workspaces, system, store)),
        Chore("remove jobs", partial(finish_removals, system, store, search)),
        Chore("archive jobs", partial(archive_jobs, system, store, keeping), HOURLY_S),
        Chore("expire sources", partial(expire_sources, system, store, keeping), HOURLY_S),
        Chore("forget history", partial(forget_history, system, keeping), HOURLY_S),
        Chore("sweep temporary files", sweep_temporary, HOURLY_S),
        # These list every object of every workspace.
        Chore("sweep clips", partial(sweep_clip_objects, system, store), HOURLY_S),
        Chore("sweep sources", partial(sweep_source_objects, system, store), HOURLY_S),
    ]


def expire(system: Engine, table: str) -> int:
    """Delete all rows of a table that are kept no longer, in many short transactions."""
    deleted = 0
    while True:
        with system_session(system) as session:
            batch = delete_expired(session, table)
        deleted += batch
        if batch < BATCH:
            return deleted


class Upkeep:
    """Goes round until it is stopped."""

    def __init__(self, system: Engine, wanted: Sequence[Chore]) -> None:
        self._system = system
        self._chores = wanted
        self._done_at: dict[str, float] = {}

    def run(self, stop: threading.Event, *, every_s: float = EVERY_S) -> None:
        """A round now and every so often; one that fails is tried again in the next."""
        while not stop.is_set():
            try:
                self.go_round(stop)
            except Exception:  # the process goes on without its database, too
                LOG.exception("upkeep: the round failed")
            stop.wait(every_s)

    def go_round(self, stop: threading.Event | None = None) -> bool:
        """Do what is due, unless another process is at it; False then.

        A chore that fails is logged and keeps the others from nothing.
        """
        with system_session(self._system) as session:
            if not try_to_keep_up(session):
                return False
            for chore in self._chores:
                if stop is not None and stop.is_set():
                    break
                if self._is_due(chore):
                    self._do(chore)
        return True

    def _is_due(self, chore: Chore) -> bool:
        done_at = self._done_at.get(chore.name)
        # A round begins a little earlier or later than the one before.
        return done_at is None or time.monotonic() - done_at >= chore.every_s * 0.9

    def _do(self, chore: Chore) -> None:
        self._done_at[chore.name] = began = time.monotonic()
        try:
            outcome = chore.do()
        except Exception:  # a chore's boundary
            LOG.exception("upkeep: %s failed", chore.name)
            return
        took_ms = (time.monotonic() - began) * 1000
        LOG.info("upkeep: %s: %s (%d ms)", chore.name, outcome, took_ms)


def _fold(system: Engine) -> str:
    with system_session(system) as session:
        fold_counts(session)
    return "done"
