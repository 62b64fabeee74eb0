"""One request to Deepgram: sound goes up, words come back, and whoever waits may end it."""

import socket
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import AbstractContextManager, suppress
from dataclasses import dataclass, field
from pathlib import Path
from threading import Event
from time import monotonic
from typing import Any

import httpx
from pydantic import SecretStr

from cliply.speech.deepgram_wire import Query, read_complaint
from cliply.speech.recognition import TICK_S, wait_for

BLOCK_BYTES = 256 * 1024
MAX_ANSWER_BYTES = 256 * 1024 * 1024
"""A day of words is 60 MB."""

PASSING = frozenset({408, 429, 500, 502, 503})
"""Statuses after which the same request may succeed; 504 says that the work took too long."""

FAULTS = {
    401: "it refuses the key, check DEEPGRAM_API_KEY",
    402: "the account has no credit left",
    403: "the key may not do this",
    413: "the sound is too large",
    429: "there are too many requests",
    504: "the sound took too long to process",
}


@dataclass(frozen=True)
class Patience:
    """How long Deepgram is waited for, in seconds, and how often it is asked."""

    attempts: int = 4
    first_pause_s: float = 1.0
    """After the first failure; doubled after each further one."""
    longest_pause_s: float = 60.0
    """Who is told to come back later than that gives up."""
    connect_s: float = 10.0
    transfer_s: float = 60.0
    """For the next block of the sound to be taken."""
    answer_s: float = 900.0
    """From the last byte up to the last byte down; Deepgram works for 10 minutes at most."""

    def pause_s(self, attempt: int) -> float:
        """How long to wait after this attempt, counted from 1, when Deepgram does not say."""
        return float(self.first_pause_s * 2 ** (attempt - 1))


def open_client(patience: Patience) -> httpx.Client:
    """A client for the calls of one transcription; it takes 0.1 s to make."""
    limits = httpx.Timeout(
        patience.transfer_s,
        connect=patience.connect_s,
        read=patience.answer_s + 2 * TICK_S,  # a call's own limit is first, and says it better
    )
    return httpx.Client(timeout=limits, trust_env=False)


class CallFailed(Exception):
    """No answer with words; the message says why, without addresses and keys."""

    def __init__(self, fault: str, *, may_pass: bool, retry_after_s: float | None = None) -> None:
        super().__init__(fault)
        self.may_pass = may_pass
        """Whether the same request may succeed later."""
        self.retry_after_s = retry_after_s
        """When Deepgram wants to be asked again, where it says so."""


@dataclass
class Call:
    """One request, made by a thread of its own and watched by its caller."""

    client: httpx.Client
    url: httpx.URL
    query: Query
    key: SecretStr
    sound: Path
    patience: Patience
    sent: float = 0.0
    """How much of the sound has gone up, 0…1."""
    _sent_at: float | None = None
    _ended: Event = field(default_factory=Event)
    _sockets: list[socket.socket] = field(default_factory=list)

    def make(self, tick: Callable[[], None]) -> bytes:
        """The body of a good answer. Calls `tick` four times a second; what it raises ends
        the call and passes. Raises CallFailed.
        """
        with ThreadPoolExecutor(1) as pool:
            asked = pool.submit(self._ask)
            try:
                return wait_for(asked, lambda: self._watch(tick))
            finally:
                if not asked.done():
                    self._end()

    def _watch(self, tick: Callable[[], None]) -> None:
        tick()
        if self._sent_at and monotonic() - self._sent_at > self.patience.answer_s:
            raise CallFailed(
                f"Deepgram did not answer in {self.patience.answer_s:g} s", may_pass=False
            )

    def _end(self) -> None:
        """Cut the connection: a thread that waits on it would wait on after a cancellation."""
        self._ended.set()
        for connection in self._sockets:
            with suppress(OSError):
                connection.shutdown(socket.SHUT_RDWR)

    def _ask(self) -> bytes:
        try:
            with self._opened() as answer:
                body = _whole(answer)
        except httpx.TimeoutException as error:
            raise CallFailed(
                f"Deepgram was too slow ({type(error).__name__})", may_pass=False
            ) from None
        except httpx.HTTPError as error:
            raise CallFailed(
                f"the connection to Deepgram failed ({type(error).__name__})", may_pass=True
            ) from None
        if answer.status_code != httpx.codes.OK:
            raise self._refusal(answer, body)
        return body

    def _opened(self) -> AbstractContextManager[httpx.Response]:
        headers = {
            # `Token` is the scheme of keys, `Bearer` that of temporary tokens
            "Authorization": f"Token {self.key.get_secret_value()}",
            "Content-Type": "audio/flac",
            "Content-Length": str(self.sound.stat().st_size),
        }
        return self.client.stream(
            "POST",
            self.url,
            params=self.query,
            headers=headers,
            content=self._blocks(),
            extensions={"trace": self._keep_socket},
        )

    def _blocks(self) -> Iterator[bytes]:
        total_bytes = self.sound.stat().st_size
        sent_bytes = 0
        with self.sound.open("rb") as file:
            while block := file.read(BLOCK_BYTES):
                yield block
                sent_bytes += len(block)
                self.sent = sent_bytes / total_bytes
        self._sent_at = monotonic()

    def _keep_socket(self, event: str, info: dict[str, Any]) -> None:
        """Called by httpx: remember the connection, so that `_end` can cut it."""
        if event in ("connection.connect_tcp.complete", "connection.start_tls.complete"):
            self._sockets.append(info["return_value"].get_extra_info("socket"))
            if self._ended.is_set():
                self._end()

    def _refusal(self, answer: httpx.Response, body: bytes) -> CallFailed:
        status = answer.status_code
        told = read_complaint(body).replace(self.key.get_secret_value(), "…")
        parts = (FAULTS.get(status, "it can not do this"), told)
        later = answer.headers.get("Retry-After", "")
        return CallFailed(
            f"Deepgram answered {status}, {': '.join(part for part in parts if part)}",
            may_pass=status in PASSING,
            retry_after_s=float(later) if later.isdecimal() else None,
        )


def _whole(answer: httpx.Response) -> bytes:
    body = bytearray()
    for block in answer.iter_bytes(BLOCK_BYTES):
        body += block
        if len(body) > MAX_ANSWER_BYTES:
            raise CallFailed("Deepgram sent more than any transcript has", may_pass=False)
    return bytes(body)
