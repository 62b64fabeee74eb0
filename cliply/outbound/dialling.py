"""Connects to checked addresses, directly or through an operator's proxy."""

import socket
from base64 import b64encode
from contextlib import suppress
from dataclasses import dataclass
from ipaddress import IPv4Address
from urllib.parse import unquote, urlsplit

from cliply.errors import ErrorCode, InvalidInput, SettingsError
from cliply.outbound.addresses import Address, Reach

CONNECT_S = 15.0
"""For one address."""
MOST_ADDRESSES = 4
"""Tried of one name, one after the other."""
HTTPS = 443
HEAD_BYTES = 16 << 10


@dataclass(frozen=True)
class Upstream:
    """A proxy of the operator's, which is trusted and not checked."""

    host: str
    port: int
    credentials: str | None = None
    """`user:password`, never shown."""

    def __repr__(self) -> str:
        return f"Upstream({self.host}:{self.port})"

    @classmethod
    def parse(cls, url: str) -> "Upstream":
        """Raises SettingsError for what is no `http://[user:password@]host:port`."""
        try:
            parts = urlsplit(url)
            port = parts.port
        except ValueError:
            parts, port = urlsplit(""), None
        if parts.scheme != "http" or not parts.hostname or parts.path not in ("", "/"):
            raise SettingsError(
                "PROXY_URL: write proxies like http://user:password@proxy.example:8080, commas "
                "between."
            )
        user, password = unquote(parts.username or ""), unquote(parts.password or "")
        return cls(parts.hostname, port or 80, f"{user}:{password}" if user else None)


def dial(
    reach: Reach, host: str, port: int, *, is_encrypted: bool, upstream: Upstream | None = None
) -> socket.socket:
    """A connection to the host, at an address that was checked just now.

    The world is called on port 443 alone, networks that the operator allows on any. Through
    an upstream it is the checked address, too, and not the name that goes on.

    Raises InvalidInput (ADDRESS_REFUSED), and OSError when nobody answers.
    """
    found = reach.addresses_of(host, port, is_encrypted=is_encrypted)
    if port != HTTPS and not all(reach.is_allowed(address) for address in found):
        raise InvalidInput(
            ErrorCode.address_refused, f"This address is not called: its port is {port}, not 443."
        )
    failure = OSError(f"{host} has no address")
    if upstream is not None:  # proxies often have IPv4 alone
        found = sorted(found, key=lambda address: not isinstance(address, IPv4Address))
    for address in found[:MOST_ADDRESSES]:
        try:
            if upstream is None:
                return socket.create_connection((str(address), port), CONNECT_S)
            return _through(upstream, address, port)
        except OSError as error:
            failure = error
    raise failure


def _through(upstream: Upstream, address: Address, port: int) -> socket.socket:
    connection = socket.create_connection((upstream.host, upstream.port), CONNECT_S)
    try:
        _ask_for_tunnel(connection, upstream, address, port)
    except BaseException:
        connection.close()
        raise
    return connection


def _ask_for_tunnel(
    connection: socket.socket, upstream: Upstream, address: Address, port: int
) -> None:
    host = str(address) if isinstance(address, IPv4Address) else f"[{address}]"
    lines = [f"CONNECT {host}:{port} HTTP/1.1", f"Host: {host}:{port}"]
    if upstream.credentials:
        token = b64encode(upstream.credentials.encode()).decode()
        lines.append(f"Proxy-Authorization: Basic {token}")
    connection.sendall("\r\n".join([*lines, "", ""]).encode())
    status = read_head(connection).split(b" ", 2)[1:2]
    if status != [b"200"]:
        told = b"".join(status).decode("ascii", "replace")[:3]
        raise OSError(f"the proxy {upstream.host} answered {told or 'nothing'}")


def read_head(connection: socket.socket) -> bytes:
    """Up to and with the empty line, byte by byte so that nothing after it is taken.

    Raises OSError when the other side hangs up or says too much.
    """
    head = bytearray()
    while not head.endswith(b"\r\n\r\n"):
        piece = connection.recv(1)
        if not piece or len(head) >= HEAD_BYTES:
            raise OSError("the head of a message did not end")
        head += piece
    return bytes(head)


def hang_up(connection: socket.socket) -> None:
    """Close, and wake whoever reads from it or writes to it."""
    with suppress(OSError):
        connection.shutdown(socket.SHUT_RDWR)
    connection.close()
