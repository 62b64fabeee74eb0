"""Sends what is due, from as many processes as one likes."""

import logging
import random
import threading
from collections import Counter
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass, field
from datetime import UTC, datetime

import httpx
from pydantic import SecretStr
from sqlalchemy import Engine

from cliply.db.session import now
from cliply.db.system import system_session
from cliply.db.webhook_deliveries import claim_due
from cliply.domain.ids import SubscriptionId
from cliply.domain.webhooks import LEASE_S, Try
from cliply.errors import Unavailable
from cliply.webhooks.delivering import SCHEDULE_S, Due, Outcome, due_of, send
from cliply.webhooks.recording import record

LOG = logging.getLogger(__name__)


@dataclass(frozen=True)
class Pace:
    """How often, how many at once, and when it is enough."""

    schedule_s: tuple[float, ...] = SCHEDULE_S
    """Waits between the tries of a delivery."""
    disabled_after: int = 5
    """Deliveries given up in a row that disable a subscription."""
    poll_s: float = 1.0
    """How late a delivery may be noticed."""
    lease_s: float = LEASE_S
    """How long a delivery of a worker that died is nobody's; above what a call may take."""
    at_once: int = 8
    at_once_for_one: int = 2
    """Of one subscription, so that a slow receiver does not keep the others waiting."""


@dataclass
class Worker:
    """Delivers at least once, in order for each job and subscription."""

    system: Engine
    client: httpx.Client
    key: SecretStr
    """What subscriptions' secrets are encrypted under."""
    pace: Pace = field(default_factory=Pace)
    jitter: random.Random = field(default_factory=random.Random)
    _lock: threading.Lock = field(default_factory=threading.Lock, init=False)
    _busy: Counter[SubscriptionId] = field(default_factory=Counter, init=False)
    """Deliveries that are being tried."""

    def run(self, stop: threading.Event) -> None:
        """Until `stop` is set and what is being sent has its answer."""
        slots = threading.Semaphore(self.pace.at_once)
        with ThreadPoolExecutor(self.pace.at_once, "webhooks") as threads:
            while not stop.is_set():
                if not slots.acquire(timeout=self.pace.poll_s):
                    continue
                due = self._look()
                if due is None:
                    slots.release()
                    stop.wait(self.pace.poll_s)
                else:
                    threads.submit(self._deliver, due).add_done_callback(lambda _: slots.release())

    def deliver_one(self) -> bool:
        """Try what has been due for longest; False when nothing is."""
        due = self._claim()
        if due is not None:
            self._deliver(due)
        return due is not None

    def _look(self) -> Due | None:
        try:
            return self._claim()
        except Unavailable as error:  # of the database, which comes back
            LOG.warning("webhooks wait: %s", error.message)
            return None

    def _claim(self) -> Due | None:
        with self._lock:
            full = [one for one, count in self._busy.items() if count >= self.pace.at_once_for_one]
        with system_session(self.system) as session:
            found = claim_due(session, except_of=full, lease_s=self.pace.lease_s)
            while found is not None and found[1].disabled_at is not None:
                found = claim_due(session, except_of=full, lease_s=self.pace.lease_s)
            due = due_of(*found, now(session)) if found else None
        if due is not None:
            with self._lock:
                self._busy[due.subscription_id] += 1
        return due

    def _deliver(self, due: Due) -> None:
        """Runs in a thread, so nothing is raised; what was not written down is tried again."""
        try:
            self._record(due, self._sent(due))
        except Exception:  # the boundary of a thread
            LOG.exception("the try of webhook delivery %s was not written down", due.delivery_id)
        finally:
            with self._lock:
                self._busy[due.subscription_id] -= 1
                self._busy += Counter()  # forgets those that are at 0

    def _sent(self, due: Due) -> Outcome:
        try:
            return send(self.client, self.key, due)
        except Exception:  # counted as a try: a delivery that we stumble over must not stay
            LOG.exception("webhook delivery %s could not be tried", due.delivery_id)
            told = Try(at=datetime.now(UTC), duration_ms=0, error="It failed on our side.")
            return Outcome(told)

    def _record(self, due: Due, outcome: Outcome) -> None:
        pace = self.pace
        with system_session(self.system) as session:
            status = record(
                session,
                due,
                outcome,
                schedule_s=pace.schedule_s,
                disabled_after=pace.disabled_after,
                jitter=self.jitter,
            )
        if not outcome.is_delivered:
            LOG.warning(
                "webhook delivery %s to subscription %s is %s: %s",
                due.delivery_id,
                due.subscription_id,
                status or "not ours any more",
                outcome.told.error,
            )
