"""A small proxy of ours: the one way out for programs that fetch what tenants name."""

import re
import secrets
import socket
import threading
import time
from base64 import b64encode
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from urllib.parse import quote

from cliply.errors import InvalidInput
from cliply.outbound.addresses import Reach
from cliply.outbound.dialling import HTTPS, Upstream, dial, hang_up, read_head

LOOPBACK = "127.0.0.1"
USER = "cliply"
HEAD_S = 20.0
"""How long a client may take to say what it wants."""
IDLE_S = 120.0
"""A connection on which nothing goes either way for so long is closed."""
JOIN_S = 1.0
PIECE_BYTES = 256 << 10
MOST_CONNECTIONS = 64
OWN_HEADERS = (b"proxy-", b"connection:", b"keep-alive:")
"""What a client says to a proxy and not to a server."""

WANTS_CREDENTIALS = (
    b"HTTP/1.1 407 Proxy Authentication Required\r\n"
    b'Proxy-Authenticate: Basic realm="cliply"\r\nContent-Length: 0\r\nConnection: close\r\n\r\n'
)
AUTHORITY = re.compile(r"[^\s/?#\\]+:\d{1,5}")
CONNECTED = b"HTTP/1.1 200 Connection established\r\n\r\n"


@dataclass(frozen=True)
class Asked:
    """The head of a client's request."""

    method: bytes
    target: bytes
    headers: Sequence[bytes]

    @classmethod
    def parse(cls, head: bytes) -> "Asked":
        """Raises ValueError for what is no request."""
        first, *headers = head[:-4].split(b"\r\n")
        method, target, version = first.split(b" ")
        if not version.startswith(b"HTTP/1."):
            raise ValueError("not HTTP/1")
        return cls(method, target, headers)

    @property
    def credentials(self) -> bytes:
        """What follows `Basic`; empty without."""
        name = b"proxy-authorization: basic "
        found = (one for one in self.headers if one.lower().startswith(name))
        return next(found, b"")[len(name) :]


class Egress:
    """Takes CONNECT, and plain requests where `Reach.allowed` lets them.

    Every name is resolved and checked once, here, and it is the checked address that is
    connected to. Bytes that come in are counted over all connections; past `most_bytes`
    all of them end.
    """

    def __init__(self, reach: Reach, most_bytes: int, upstream: Upstream | None = None) -> None:
        self._reach = reach
        self._most_bytes = most_bytes
        self._upstream = upstream
        self._password = secrets.token_urlsafe(24)
        self._door = socket.create_server((LOOPBACK, 0), backlog=MOST_CONNECTIONS)
        self._lock = threading.Lock()
        self._open: set[socket.socket] = set()
        self._threads: set[threading.Thread] = set()
        self._ended = False
        self.received_bytes = 0
        self.refusals: list[InvalidInput] = []
        """Why addresses were not called, in the order in which they were asked for."""

    @property
    def url(self) -> str:
        """What goes into `http_proxy`; a secret, as it lets in whoever knows it."""
        return f"http://{USER}:{quote(self._password)}@{LOOPBACK}:{self.port}"

    @property
    def port(self) -> int:
        return int(self._door.getsockname()[1])

    @property
    def is_exceeded(self) -> bool:
        """Whether more came in than may."""
        return self.received_bytes > self._most_bytes

    def serve(self) -> None:
        """Answer until the end; one thread for each connection."""
        while not self._ended:
            try:
                client, _ = self._door.accept()
            except OSError:
                return  # the door was closed
            self._begin(client)

    def end(self) -> None:
        """Close all connections at once, and the door. Doing it again changes nothing."""
        with self._lock:
            self._ended = True
            left = list(self._open)
        hang_up(self._door)
        for connection in left:
            hang_up(connection)

    def join(self) -> None:
        """Wait for the threads, after `end`; one that still connects ends when it has."""
        deadline = time.monotonic() + JOIN_S
        with self._lock:
            left = list(self._threads)
        for thread in left:
            thread.join(max(0.0, deadline - time.monotonic()))

    def _begin(self, client: socket.socket) -> None:
        thread = threading.Thread(target=self._answer, args=(client,), daemon=True)
        with self._lock:
            is_welcome = not self._ended and len(self._threads) < MOST_CONNECTIONS
            if is_welcome:
                self._threads.add(thread)
                self._open.add(client)
        if is_welcome:
            thread.start()
        else:
            client.close()

    def _answer(self, client: socket.socket) -> None:
        server: socket.socket | None = None
        try:
            client.settimeout(HEAD_S)
            server = self._connected(client)
            if server is not None:
                self._relay(client, server)
        except (OSError, ValueError):
            pass  # either side hung up or spoke no HTTP: there is nobody to tell
        finally:
            self._forget(client, server)

    def _connected(self, client: socket.socket) -> socket.socket | None:
        """The server that the client asked for; None after the client was told why not."""
        asked = Asked.parse(read_head(client))
        if not secrets.compare_digest(asked.credentials, self._token()):
            client.sendall(WANTS_CREDENTIALS)
            return None
        try:
            return self._tunnel(client, asked) if asked.method == b"CONNECT" else self._plain(asked)
        except InvalidInput as refusal:
            self.refusals.append(refusal)
            client.sendall(_told(403, refusal.message))
        except OSError:
            client.sendall(_told(502, "Nobody answers there."))
        return None

    def _token(self) -> bytes:
        return b64encode(f"{USER}:{self._password}".encode())

    def _tunnel(self, client: socket.socket, asked: Asked) -> socket.socket:
        target = asked.target.decode("ascii")
        if not AUTHORITY.fullmatch(target):
            raise ValueError("a tunnel leads to host:port and nothing else")
        url = self._reach.check_url(f"https://{target}/")
        server = self._dial(url.raw_host, url.port, is_encrypted=True)
        client.sendall(CONNECTED)
        return server

    def _plain(self, asked: Asked) -> socket.socket:
        url = self._reach.check_url(asked.target.decode("ascii"))
        server = self._dial(url.raw_host, url.port or 80, is_encrypted=False)
        kept = [one for one in asked.headers if not one.lower().startswith(OWN_HEADERS)]
        first = b" ".join((asked.method, url.raw_path, b"HTTP/1.1"))
        # A second request of this connection could be meant for another host.
        server.sendall(b"\r\n".join([first, *kept, b"Connection: close", b"", b""]))
        return server

    def _dial(self, host: bytes, port: int | None, *, is_encrypted: bool) -> socket.socket:
        server = dial(
            self._reach,
            host.decode("ascii"),
            port or HTTPS,
            is_encrypted=is_encrypted,
            upstream=self._upstream,
        )
        with self._lock:
            self._open.add(server)
            if not self._ended:
                return server
        server.close()
        raise OSError("it was ended meanwhile")

    def _relay(self, client: socket.socket, server: socket.socket) -> None:
        """Both ways until one side has ended; what comes in is counted before it is passed on."""
        client.settimeout(None)  # it has nothing to say while it is sent a file
        server.settimeout(IDLE_S)
        out = threading.Thread(target=_pass_on, args=(client, server), daemon=True)
        out.start()
        try:
            while piece := server.recv(PIECE_BYTES):
                if not self._count(len(piece)):
                    return
                client.sendall(piece)
        finally:
            hang_up(client)
            hang_up(server)
            out.join()

    def _count(self, size: int) -> bool:
        with self._lock:
            self.received_bytes += size
        if self.is_exceeded:
            self.end()
        return not self._ended

    def _forget(self, client: socket.socket, server: socket.socket | None) -> None:
        for connection in (client, server):
            if connection is not None:
                hang_up(connection)
        with self._lock:
            self._open -= {client, server}
            self._threads.discard(threading.current_thread())


def _pass_on(client: socket.socket, server: socket.socket) -> None:
    try:
        while piece := client.recv(PIECE_BYTES):
            server.sendall(piece)
        server.shutdown(socket.SHUT_WR)
    except OSError:
        hang_up(server)


def _told(status: int, message: str) -> bytes:
    body = message.encode()
    head = f"HTTP/1.1 {status} Not called\r\nContent-Type: text/plain\r\n"
    return f"{head}Content-Length: {len(body)}\r\nConnection: close\r\n\r\n".encode() + body


@contextmanager
def opened_egress(
    reach: Reach, most_bytes: int, upstream: Upstream | None = None
) -> Iterator[Egress]:
    """A proxy on a port of this machine, with a password of its own, until the body ends."""
    egress = Egress(reach, most_bytes, upstream)
    thread = threading.Thread(target=egress.serve, daemon=True)
    thread.start()
    try:
        yield egress
    finally:
        egress.end()
        thread.join()
        egress.join()
