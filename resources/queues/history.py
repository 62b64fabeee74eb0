"""What the event log says about a step of a run."""

import dagster as dg
from dagster import DagsterEventType as Kind

ENDS = {Kind.STEP_SUCCESS, Kind.STEP_FAILURE, Kind.STEP_SKIPPED}
STARTS = Kind.STEP_WORKER_STARTED
RETRY = Kind.STEP_UP_FOR_RETRY

MOST_STARTS = 4
"""Processes that may die over one attempt of a step, as many as over a run in one process."""


class StepHistory:
    """Attempts are counted from 0, as retries are."""

    def __init__(self, instance: dg.DagsterInstance, run_id: str, step_key: str) -> None:
        kinds = {*ENDS, STARTS, RETRY}
        self._kinds: list[Kind] = []
        cursor = None
        while True:
            page = instance.get_records_for_run(run_id, cursor=cursor, of_type=kinds)
            self._kinds += [
                event.event_type
                for record in page.records
                if (event := record.event_log_entry.dagster_event) and event.step_key == step_key
            ]
            if not page.has_more:
                break
            cursor = page.cursor

    def is_over(self, attempt: int) -> bool:
        """Whether this attempt has ended, however it did."""
        return any(kind in ENDS for kind in self._kinds) or self._kinds.count(RETRY) > attempt

    @property
    def starts(self) -> int:
        """How often the present attempt was begun."""
        count = 0
        for kind in self._kinds:
            count = 0 if kind is RETRY else count + (kind is STARTS)
        return count
