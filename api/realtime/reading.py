"""Reads jobs for all watchers of one process: what is wanted at once is read together."""

import asyncio
import logging
from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from anyio import CapacityLimiter, to_thread
from sqlalchemy import Engine

from api.realtime.messages import Message, event_message
from cliply.db.session import workspace_session
from cliply.domain.ids import JobRef, WorkspaceId
from cliply.errors import CliplyError, ErrorCode
from cliply.services.job_watching import JobState, Since, look_at_jobs

READS_AT_ONCE = 4
"""Connections and threads that watchers may have; requests have 12 of the 20."""
JOBS_AT_ONCE = 50
"""In one transaction: 20 ms, and 5,000 events at most."""

logger = logging.getLogger(__name__)


@dataclass(frozen=True)
class Look:
    """What a watcher is to be told."""

    state: JobState | None
    """None when there is no such job."""
    messages: Sequence[Message]
    """Events behind the last one that the watcher knows, oldest first."""
    is_all: bool
    """Whether there were no others when the state was read."""


Answer = Look | CliplyError
MISSED = CliplyError(ErrorCode.internal, "Something failed on our side; try again.")


class Reader:
    """Of one event loop."""

    def __init__(self, engine: Engine) -> None:
        self._engine = engine
        self._wanted: dict[WorkspaceId, dict[Since, asyncio.Future[Answer]]] = {}
        self._threads = CapacityLimiter(READS_AT_ONCE)
        self._at_work = 0
        self._tasks: set[asyncio.Task[None]] = set()

    async def look(self, ref: JobRef, after: int) -> Look:
        """The job and its events above this id, as they are from now on. Raises CliplyError.

        Watchers who ask for the same before it is read share one answer. A read that has
        begun is shared with nobody: what has happened since may not be in it.
        """
        wanted = self._wanted.setdefault(ref.workspace_id, {})
        since = (ref.job_id, after)
        if since not in wanted:
            wanted[since] = asyncio.get_running_loop().create_future()
            self._start()
        answer = await asyncio.shield(wanted[since])
        if isinstance(answer, CliplyError):
            raise answer
        return answer

    def _start(self) -> None:
        if self._at_work < READS_AT_ONCE:
            self._at_work += 1
            task = asyncio.create_task(self._read_all())
            self._tasks.add(task)
            task.add_done_callback(self._tasks.discard)

    async def _read_all(self) -> None:
        try:
            while self._wanted:
                workspace_id, wanted = self._take()
                answers = await to_thread.run_sync(
                    self._read, workspace_id, list(wanted), limiter=self._threads
                )
                for since, future in wanted.items():
                    future.set_result(answers.get(since) or MISSED)
        finally:
            self._at_work -= 1

    def _take(self) -> tuple[WorkspaceId, dict[Since, asyncio.Future[Answer]]]:
        """Those of the workspace that has waited for longest."""
        workspace_id = next(iter(self._wanted))
        wanted = self._wanted.pop(workspace_id)
        taken = dict(list(wanted.items())[:JOBS_AT_ONCE])
        left = {since: future for since, future in wanted.items() if since not in taken}
        if left:
            self._wanted[workspace_id] = left
        return workspace_id, taken

    def _read(self, workspace_id: WorkspaceId, wanted: Sequence[Since]) -> Mapping[Since, Answer]:
        try:
            with workspace_session(self._engine, workspace_id) as session:
                looks = look_at_jobs(session, wanted)
        except CliplyError as error:  # told to those who wait for it
            return dict.fromkeys(wanted, error)
        except Exception:  # the boundary of the thread: watchers ask again
            logger.exception("jobs could not be read for their watchers")
            return {}
        return {
            since: Look(look.state, [event_message(one) for one in look.events], look.is_all)
            for since, look in looks.items()
        }
