"""An HTTP client that connects to checked addresses only."""

import ssl
import time
from collections.abc import Iterable, Iterator, Mapping
from contextlib import contextmanager
from http.cookiejar import CookieJar, DefaultCookiePolicy
from typing import Any

import httpcore
import httpx

from cliply.outbound.addresses import Reach

MOST_ADDRESSES = 4
"""Tried of one name, one after the other."""


def create_client(reach: Reach, *, timeout_s: float = 15.0, connections: int = 16) -> httpx.Client:
    """Follows no redirect, knows no proxy, keeps no cookie, and ends every call after `timeout_s`.

    What it is asked to call is resolved and checked when it connects, and it connects to
    the address that was checked, so a name that changes meanwhile gains nothing. Its calls
    raise InvalidInput (ADDRESS_REFUSED) and httpx.HTTPError.
    """
    return httpx.Client(
        transport=CheckedTransport(reach, timeout_s, connections),
        timeout=timeout_s,
        follow_redirects=False,
        trust_env=False,
        headers={"User-Agent": "Cliply", "Accept-Encoding": "identity"},
        cookies=CookieJar(DefaultCookiePolicy(allowed_domains=[])),
    )


class CheckedTransport(httpx.BaseTransport):
    """One connection for each request; TLS and `Host` keep the name."""

    def __init__(self, reach: Reach, timeout_s: float, connections: int = 16) -> None:
        self._reach = reach
        context = httpx.create_ssl_context()
        self._pools = {
            scheme: _pool(CheckedNetwork(reach, timeout_s, scheme), context, connections)
            for scheme in ("http", "https")
        }

    def handle_request(self, request: httpx.Request) -> httpx.Response:
        """Raises InvalidInput for an address that must not be called."""
        url = self._reach.check_url(request.url)
        assert isinstance(request.stream, httpx.SyncByteStream)
        asked = httpcore.Request(
            request.method,
            httpcore.URL(
                scheme=url.raw_scheme, host=url.raw_host, port=url.port, target=url.raw_path
            ),
            headers=request.headers.raw,
            content=request.stream,
            extensions=request.extensions,
        )
        with _told_by_httpx():
            answer = self._pools[url.scheme].handle_request(asked)
        body = Body(answer)
        return httpx.Response(
            answer.status, headers=answer.headers, stream=body, extensions=answer.extensions
        )

    def close(self) -> None:
        for pool in self._pools.values():
            pool.close()


class CheckedNetwork(httpcore.NetworkBackend):
    """Connects to the checked addresses of a name."""

    def __init__(self, reach: Reach, timeout_s: float, scheme: str) -> None:
        self._reach = reach
        self._timeout_s = timeout_s
        self._is_encrypted = scheme == "https"
        self._sockets = httpcore.SyncBackend()

    def connect_tcp(
        self,
        host: str,
        port: int,
        timeout: float | None = None,
        local_address: str | None = None,
        socket_options: Iterable[httpcore.SOCKET_OPTION] | None = None,
    ) -> httpcore.NetworkStream:
        deadline = Deadline(self._timeout_s)
        failure: Exception = httpcore.ConnectError("the name has no address")
        for address in self._addresses(host, port)[:MOST_ADDRESSES]:
            try:
                left_s = deadline.left(timeout, httpcore.ConnectTimeout)
                stream = self._sockets.connect_tcp(
                    str(address), port, left_s, local_address, socket_options
                )
                return TimedStream(stream, deadline)
            except (httpcore.ConnectError, httpcore.ConnectTimeout) as error:
                failure = error
        raise failure

    def _addresses(self, host: str, port: int) -> list[Any]:
        try:
            return list(self._reach.addresses_of(host, port, is_encrypted=self._is_encrypted))
        except OSError as error:
            raise httpcore.ConnectError("the name has no address") from error


class Deadline:
    """When a call has to end, whatever each of its steps may take."""

    def __init__(self, timeout_s: float) -> None:
        self._at = time.monotonic() + timeout_s

    def left(self, timeout_s: float | None, late: type[httpcore.TimeoutException]) -> float:
        """Seconds for the next step; raises `late` when there are none."""
        left_s = self._at - time.monotonic()
        if left_s <= 0:
            raise late("the call took too long")
        return left_s if timeout_s is None else min(left_s, timeout_s)


class TimedStream(httpcore.NetworkStream):
    """A connection that ends at a deadline: a byte every few seconds does not put it off."""

    def __init__(self, stream: httpcore.NetworkStream, deadline: Deadline) -> None:
        self._stream = stream
        self._deadline = deadline

    def read(self, max_bytes: int, timeout: float | None = None) -> bytes:
        return self._stream.read(max_bytes, self._deadline.left(timeout, httpcore.ReadTimeout))

    def write(self, buffer: bytes, timeout: float | None = None) -> None:
        self._stream.write(buffer, self._deadline.left(timeout, httpcore.WriteTimeout))

    def close(self) -> None:
        self._stream.close()

    def start_tls(
        self,
        ssl_context: ssl.SSLContext,
        server_hostname: str | None = None,
        timeout: float | None = None,
    ) -> httpcore.NetworkStream:
        left_s = self._deadline.left(timeout, httpcore.ConnectTimeout)
        stream = self._stream.start_tls(ssl_context, server_hostname, left_s)
        return TimedStream(stream, self._deadline)

    def get_extra_info(self, info: str) -> Any:
        return self._stream.get_extra_info(info)


class Body(httpx.SyncByteStream):
    """The answer's bytes as they come."""

    def __init__(self, answer: httpcore.Response) -> None:
        self._answer = answer

    def __iter__(self) -> Iterator[bytes]:
        with _told_by_httpx():
            yield from self._answer.iter_stream()

    def close(self) -> None:
        with _told_by_httpx():
            self._answer.close()


TOLD: Mapping[type[Exception], type[httpx.TransportError]] = {
    httpcore.ConnectTimeout: httpx.ConnectTimeout,
    httpcore.TimeoutException: httpx.ReadTimeout,
    httpcore.ConnectError: httpx.ConnectError,
    httpcore.NetworkError: httpx.ReadError,
    httpcore.ProtocolError: httpx.RemoteProtocolError,
}
"""The first that fits."""


@contextmanager
def _told_by_httpx() -> Iterator[None]:
    try:
        yield
    except tuple(TOLD) as error:
        kind = next(told for known, told in TOLD.items() if isinstance(error, known))
        raise kind(str(error)) from error


def _pool(
    network: httpcore.NetworkBackend, context: ssl.SSLContext, connections: int
) -> httpcore.ConnectionPool:
    return httpcore.ConnectionPool(
        ssl_context=context,
        max_connections=connections,
        max_keepalive_connections=0,
        network_backend=network,
    )
