"""One watcher's way through what happens to a job."""

import asyncio
import time
from collections.abc import AsyncGenerator, Iterator, Sequence

from api.realtime.members import Watcher, expired
from api.realtime.messages import (
    Message,
    closing_message,
    end_message,
    progress_message,
    state_message,
)
from api.realtime.pace import Pace
from api.realtime.reading import Look, Reader
from cliply.domain.ids import JobRef
from cliply.domain.jobs import StepStatus
from cliply.errors import CliplyError, NotFound, Unavailable

LONGEST_PAUSE_S = 5.0
"""Between two tries to read, while the database does not answer."""


class Stream:
    """Has a cursor and a flag of its own, so that nobody waits for somebody slower.

    What has not been sent lies in the database and nowhere else.
    """

    def __init__(
        self,
        reader: Reader,
        ref: JobRef,
        after: int,
        watcher: Watcher | None,
        pace: Pace,
    ) -> None:
        """Events above the id `after` are told; nobody in particular may watch for ever."""
        self.ref = ref
        self.after = after
        self.watcher = watcher
        self.pace = pace
        self.reason: CliplyError | None = None
        """Why it ended before the job did."""
        self._reader = reader
        self._woken = asyncio.Event()
        self._told: dict[str, float] | None = None

    def wake(self) -> None:
        """Something has happened to the job."""
        self._woken.set()

    def end(self, reason: CliplyError) -> None:
        """Nothing more is told but why."""
        self.reason = self.reason or reason
        self._woken.set()

    async def batches(self) -> AsyncGenerator[Sequence[Message], None]:
        """What is to be sent, at most a hundred events at once; nothing is a heartbeat."""
        while True:
            self._woken.clear()
            look = await self._look()
            if look is None:
                assert self.reason is not None
                yield [closing_message(self.reason)]
                return
            news = list(self._news(look))
            if news:
                yield news
            if look.is_all:
                if look.state is not None and look.state.is_over:
                    return
                while not await self._is_woken():
                    yield []

    async def _look(self) -> Look | None:
        """None when there is a reason to end."""
        pause_s = 0.2
        while not self._has_ended():
            try:
                look = await self._reader.look(self.ref, self.after)
            except Unavailable:
                await asyncio.sleep(pause_s)
                pause_s = min(2 * pause_s, LONGEST_PAUSE_S)
                continue
            except CliplyError as error:
                self.end(error)
                return None
            if look.state is not None:
                return look
            self.end(NotFound(f"There is no job {self.ref.job_id} any more."))
        return None

    def _has_ended(self) -> bool:
        if self._left_s() <= 0:
            self.end(expired())
        return self.reason is not None

    def _left_s(self) -> float:
        """How long the watcher's token is good."""
        expires_s = self.watcher.expires_s if self.watcher else None
        return float("inf") if expires_s is None else expires_s - time.time()

    async def _is_woken(self) -> bool:
        """False when it is time to tell that the stream is alive."""
        try:
            async with asyncio.timeout(min(self.pace.heartbeat_s, max(0.0, self._left_s()))):
                await self._woken.wait()
        except TimeoutError:
            return self._left_s() <= 0
        return True

    def _news(self, look: Look) -> Iterator[Message]:
        assert look.state is not None
        if self._told is None:
            yield state_message(look.state)
        for message in look.messages:
            self.after = message.event_id or self.after
            yield message
        yield from self._progress(look)
        if look.is_all and look.state.is_over:
            yield end_message(look.state)

    def _progress(self, look: Look) -> Iterator[Message]:
        """Of steps that stand elsewhere than the watcher knows."""
        assert look.state is not None
        known, self._told = self._told, {one.name: one.progress for one in look.state.steps}
        if known is None:
            return
        for step in look.state.steps:
            has_moved = step.progress != known.get(step.name, 0.0)
            if has_moved and step.status is not StepStatus.skipped:
                yield progress_message(step.name, step.progress, look.state.progress)
