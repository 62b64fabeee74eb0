"""One step of a job: its row, its reuse, and how its failure is told to Dagster."""

import hashlib
import json
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from typing import TypeVar
from uuid import UUID

import dagster as dg

from clip_assets.partitions import job_ref
from clip_assets.retries import as_failure, interruption_is_final
from cliply.domain.ids import JobRef
from cliply.errors import CliplyError, NotFound
from cliply.media.heap import trim_heap
from cliply.services import steps
from cliply.services.step_gate import Asked
from resources.database import Database

REUSE_TAG = "cliply/reuse"
"""Runs that carry it may take earlier results; one started by hand in the UI works anew."""

FORCE_TAG = "cliply/force"
"""Runs that carry it were asked to do everything again, the order of the clips included."""

REQUEST_TAG = "cliply/run_request"
"""The request that a run was started for; a run without it was started by hand."""

REPEAT_TAG = "dagster/retry_number"
"""What Dagster gives to a run that it repeats by itself because its process died."""

T = TypeVar("T")


@dataclass(frozen=True)
class Tracked:
    """A running step."""

    ref: JobRef
    row: steps.RunningStep
    origin: JobRef | None
    """The job that already has this step's result, if any."""

    def earlier(self, load: Callable[[JobRef], T]) -> T | None:
        """The result of an earlier job, or None when there is none or its files are gone."""
        if self.origin is None:
            return None
        try:
            value = load(self.origin)
        except NotFound:
            return None
        self.row.output({"reused_from": str(self.origin.job_id)})
        return value


@contextmanager
def tracked(
    context: dg.AssetExecutionContext, database: Database, name: str, *parameters: object
) -> Iterator[Tracked]:
    """Keep the step's row while the body runs; `parameters` decide its result.

    The body yields the outputs: Dagster stores each before it goes on, so that a completed
    row always has its results, whenever the process dies.
    """
    ref = job_ref(context)
    mark = fingerprint(name, *parameters) if parameters else None
    origin = _origin(database, ref, name, mark) if mark and may_reuse(context) else None
    try:
        with (
            interruption_is_final(),
            steps.step(
                database.engine,
                ref,
                name,
                context.run.run_id,
                fingerprint=mark,
                asked=_asked(context.run),
            ) as row,
        ):
            yield Tracked(ref, row, origin)
    except CliplyError as error:
        raise as_failure(error) from error
    finally:
        trim_heap()  # what the step had is not in the way of the next one's


def _asked(run: dg.DagsterRun) -> Asked | None:
    """What the run was asked for by; None for one that was started by hand."""
    request = run.tags.get(REQUEST_TAG)
    if request is None:
        return None
    return Asked(UUID(request), run.run_id, is_repeat=REPEAT_TAG in run.tags)


def is_by_hand(context: dg.AssetExecutionContext) -> bool:
    """Whether somebody started the run themselves: such a run wakes a job that has ended."""
    return REQUEST_TAG not in context.run.tags


def may_reuse(context: dg.AssetExecutionContext) -> bool:
    """A retry may also take what its first attempt finished."""
    return REUSE_TAG in context.run.tags or context.retry_number > 0


def fingerprint(name: str, *parameters: object) -> str:
    """SHA-256 over everything that decides a step's result, hexadecimal."""
    text = json.dumps([name, *parameters], default=str, sort_keys=True)
    return hashlib.sha256(text.encode()).hexdigest()


def _origin(database: Database, ref: JobRef, name: str, mark: str) -> JobRef | None:
    with database.workspace(ref.workspace_id) as session:
        found = steps.find_reusable_step(session, name, mark)
        return JobRef(ref.workspace_id, found.job_id) if found else None
