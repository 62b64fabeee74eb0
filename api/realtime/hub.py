"""What all streams of one process share: one connection that listens, and rounds.

Notifications make it fast, the rounds make it certain: whatever was not told is found.
"""

import asyncio
import logging
from collections import defaultdict
from collections.abc import Awaitable, Callable, Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass, field
from functools import partial
from uuid import uuid4

from anyio import CapacityLimiter, to_thread
from sqlalchemy import URL, Engine

from api.realtime.members import Watcher, objection
from api.realtime.pace import Pace
from api.realtime.places import Places
from api.realtime.reading import Reader
from api.realtime.rounds import read_pulses, read_rights
from api.realtime.streams import Stream
from cliply.db.job_watching import ECHO, EVENTS, PROGRESS, Pulse
from cliply.db.listening import Told, listening
from cliply.domain.ids import JobRef, WorkspaceId
from cliply.errors import CliplyError

JOBS_IN_ROUND = 500
"""Looked after in one transaction: 10 ms."""

logger = logging.getLogger(__name__)


@dataclass
class Feed:
    """One watched job."""

    ref: JobRef
    streams: set[Stream] = field(default_factory=set)
    pulse: Pulse | None = None
    """When it was last looked after; None before."""
    read_at: float = 0.0
    timer: asyncio.TimerHandle | None = None

    def wake(self) -> None:
        self.timer = None
        self.read_at = asyncio.get_running_loop().time()
        for stream in self.streams:
            stream.wake()

    def wake_behind(self, event_id: int) -> None:
        """Wake those who do not know this event."""
        for stream in self.streams:
            if stream.after < event_id:
                stream.wake()

    def wake_within(self, pace_s: float) -> None:
        """Wake all, but no more often than that."""
        if self.timer is None:
            loop = asyncio.get_running_loop()
            wait_s = max(0.0, self.read_at + pace_s - loop.time())
            self.timer = loop.call_later(wait_s, self.wake)

    def beat(self, pulse: Pulse | None) -> None:
        """How it stands now; None when it is gone."""
        former, self.pulse = self.pulse, pulse
        if pulse is None or (former is not None and former.progress != pulse.progress):
            self.wake()
        else:
            self.wake_behind(pulse.newest)


class Hub:
    """Of one event loop. It works while there are watchers, and a while longer."""

    def __init__(self, engine: Engine, listen_to: URL, places: Places, pace: Pace) -> None:
        """`listen_to` logs in as the engine's role, without a pooler in between."""
        self.places = places
        self.is_told = False
        """Whether notifications have been seen to arrive; else it goes round more often."""
        self._engine = engine
        self._listen_to = listen_to
        self.pace = pace
        self._reader = Reader(engine)
        self._feeds: dict[str, Feed] = {}
        self._thread = CapacityLimiter(1)
        self._task: asyncio.Task[None] | None = None
        self._hurry = asyncio.Event()
        self._echo = ""
        self._rights_at = 0.0

    @contextmanager
    def follow(self, ref: JobRef, after: int, watcher: Watcher | None) -> Iterator[Stream]:
        """A stream of what happens to the job behind the event `after`."""
        stream = Stream(self._reader, ref, after, watcher, self.pace)
        name = f"{ref.workspace_id} {ref.job_id}"
        feed = self._feeds.setdefault(name, Feed(ref))
        feed.streams.add(stream)
        if self._task is None or self._task.done():
            self._task = asyncio.create_task(self._work())
        try:
            yield stream
        finally:
            feed.streams.discard(stream)
            if not feed.streams:
                self._forget(name, feed)

    async def close(self) -> None:
        """Listen no more."""
        if self._task is not None:
            self._task.cancel()
            await asyncio.wait([self._task])

    def _forget(self, name: str, feed: Feed) -> None:
        if feed.timer is not None:
            feed.timer.cancel()
        del self._feeds[name]
        if not self._feeds:
            asyncio.get_running_loop().call_later(self.pace.linger_s, self._rest)

    def _rest(self) -> None:
        if not self._feeds and self._task is not None:
            self._task.cancel()
            self._task = None

    async def _work(self) -> None:
        async with asyncio.TaskGroup() as both:
            both.create_task(self._listen())
            both.create_task(self._go_round())

    async def _listen(self) -> None:
        """Connect again and again; whoever watches reads anew each time."""
        wait_s = 0.1
        while True:
            await self._survived(self._listen_once, "no notifications")
            wait_s = 0.1 if self.is_told else min(2 * wait_s, self.pace.longest_wait_s)
            self.is_told = False
            self._hurry.set()
            await asyncio.sleep(wait_s)

    async def _listen_once(self) -> None:
        async with listening(self._listen_to, (EVENTS, PROGRESS, ECHO)) as told:
            for feed in self._feeds.values():
                feed.wake()
            self._hurry.set()
            async for one in told:
                self._hear(one)

    def _hear(self, told: Told) -> None:
        if told.channel == EVENTS:
            name, _, event_id = told.payload.rpartition(" ")
            if name in self._feeds:
                self._feeds[name].wake_behind(int(event_id))
        elif told.channel == PROGRESS:
            if told.payload in self._feeds:
                self._feeds[told.payload].wake_within(self.pace.progress_s)
        elif told.payload == self._echo:
            self.is_told, self._echo = True, ""

    async def _go_round(self) -> None:
        while True:
            self._hurry.clear()
            if self._echo:  # told in the last round, and not heard since
                self.is_told = False
            await self._survived(self._round, "no round")
            wait_s = self.pace.round_s if self.is_told else self.pace.poll_s
            await self._hurried(wait_s)

    async def _hurried(self, wait_s: float) -> None:
        """Wait so long, or until something has changed about who tells."""
        try:
            async with asyncio.timeout(wait_s):
                await self._hurry.wait()
        except TimeoutError:
            return

    async def _round(self) -> None:
        self._echo = uuid4().hex
        echo: str | None = self._echo
        for workspace_id, feeds in self._by_workspace().items():
            for first in range(0, len(feeds), JOBS_IN_ROUND):
                part = feeds[first : first + JOBS_IN_ROUND]
                job_ids = [feed.ref.job_id for feed in part]
                read = partial(read_pulses, self._engine, workspace_id, job_ids, echo)
                pulses = await to_thread.run_sync(read, limiter=self._thread)
                echo = None
                for feed in part:
                    feed.beat(pulses.get(feed.ref.job_id))
        now = asyncio.get_running_loop().time()
        if now - self._rights_at >= self.pace.round_s:
            self._rights_at = now
            await self._look_at_rights()

    async def _look_at_rights(self) -> None:
        """End the streams of those who may not watch any more."""
        for workspace_id, feeds in self._by_workspace().items():
            watched = [(one, one.watcher) for feed in feeds for one in feed.streams if one.watcher]
            users = {watcher.user_id for _, watcher in watched}
            tokens = {watcher.token_id for _, watcher in watched if watcher.token_id}
            if not users:
                continue
            read = partial(read_rights, self._engine, workspace_id, users, tokens)
            rights = await to_thread.run_sync(read, limiter=self._thread)
            for stream, watcher in watched:
                reason = objection(watcher, rights.roles, rights.good_tokens)
                if reason is not None:
                    stream.end(reason)

    def _by_workspace(self) -> Mapping[WorkspaceId, list[Feed]]:
        found: dict[WorkspaceId, list[Feed]] = defaultdict(list)
        for feed in self._feeds.values():
            found[feed.ref.workspace_id].append(feed)
        return found

    async def _survived(self, work: Callable[[], Awaitable[None]], failed: str) -> None:
        try:
            await work()
        except CliplyError as error:
            logger.warning("%s: %s", failed, error)
        except Exception:  # the boundary: streams go on whatever happens here
            logger.exception(failed)
