"""Which addresses a tenant may make us call: none that is not out on the internet."""

import re
import socket
from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass
from ipaddress import IPv4Address, IPv4Network, IPv6Address, IPv6Network, ip_address, ip_network

import httpx

from cliply.errors import ErrorCode, InvalidInput, SettingsError

Network = IPv4Network | IPv6Network
Address = IPv4Address | IPv6Address
Resolver = Callable[[str, int], Sequence[str]]
"""The addresses of a name, as text; raises OSError when it has none."""

MAX_URL = 2000
LABEL = re.compile(r"[a-z0-9_]([a-z0-9_-]{0,61}[a-z0-9_])?")
NUMBER = re.compile(r"[0-9]+|0x[0-9a-f]*")

CLOSED_V4 = tuple(
    IPv4Network(text)
    for text in (
        "0.0.0.0/8",  # this network
        "10.0.0.0/8",
        "100.64.0.0/10",  # carrier-grade NAT
        "127.0.0.0/8",
        "168.63.129.16/32",  # Azure's host, reached from inside only
        "169.254.0.0/16",  # link-local, and the clouds' metadata
        "172.16.0.0/12",
        "192.0.0.0/24",
        "192.0.2.0/24",  # documentation
        "192.88.99.0/24",  # 6to4 relays
        "192.168.0.0/16",
        "198.18.0.0/15",  # benchmarks of networks
        "198.51.100.0/24",  # documentation
        "203.0.113.0/24",  # documentation
        "224.0.0.0/4",  # multicast
        "240.0.0.0/4",  # reserved, broadcast
    )
)
"""IANA's registry of special IPv4 addresses, as of 2025."""

OPEN_V6 = IPv6Network("2000::/3")
"""All that is given out. IPv4-mapped, NAT64, unique local and link-local lie outside."""

CLOSED_V6 = tuple(
    IPv6Network(text)
    for text in (
        "2001::/23",  # protocol assignments, Teredo
        "2001:db8::/32",  # documentation
        "2002::/16",  # 6to4, which carries an IPv4 address
        "3fff::/20",  # documentation
    )
)


def resolve_name(host: str, port: int) -> Sequence[str]:
    """What the machine's resolver says, without doubles, in its order."""
    found = socket.getaddrinfo(host, port, type=socket.SOCK_STREAM)
    return list(dict.fromkeys(str(entry[4][0]) for entry in found))


def read_networks(texts: Iterable[str]) -> tuple[Network, ...]:
    """Raises SettingsError for what is no network."""
    try:
        return tuple(ip_network(text) for text in texts)
    except ValueError as error:
        raise SettingsError(f"{error}; write networks like 10.0.0.0/8.") from None


@dataclass(frozen=True)
class Reach:
    """Where calls may go: to public addresses under https, and where an operator lets them."""

    allowed: tuple[Network, ...] = ()
    """Networks that may be called although they are private, and without encryption."""
    resolve: Resolver = resolve_name

    def check_url(self, url: httpx.URL | str) -> httpx.URL:
        """The address as it will be called, checked as far as that goes without resolving.

        Raises InvalidInput (ADDRESS_REFUSED).
        """
        parsed = _parsed(url)
        if parsed.scheme not in ("http", "https"):
            raise _refused("it does not begin with https://")
        if parsed.userinfo:
            raise _refused("it carries a user name or password")
        if parsed.port is not None and not 0 < parsed.port < 65_536:
            raise _refused("there is no such port")
        is_encrypted = parsed.scheme == "https"
        literal = _literal(parsed.raw_host.decode("ascii"))
        if literal is not None:
            self._check(literal, is_encrypted)
        elif not self.allowed and not is_encrypted:
            raise _refused("it is not encrypted; use https://")
        elif not self.allowed and _is_local(parsed.raw_host.decode("ascii")):
            raise _refused("its name is one of a private network")
        return parsed

    def addresses_of(self, host: str, port: int, *, is_encrypted: bool) -> list[Address]:
        """Where to connect to, all of them checked.

        One closed address closes the name: who owns it mixes the two for no good reason.
        Raises InvalidInput (ADDRESS_REFUSED), and OSError when the name has no address.
        """
        literal = _literal(host)
        found = [literal] if literal else [ip_address(one) for one in self.resolve(host, port)]
        for address in found:
            self._check(address, is_encrypted)
        return found

    def is_allowed(self, address: Address) -> bool:
        """Whether an operator lets this private address be called."""
        return any(address in network for network in self.allowed)

    def _check(self, address: Address, is_encrypted: bool) -> None:
        if self.is_allowed(address):
            return
        if not is_public(address):
            raise _refused("it leads to an address that is not public")
        if not is_encrypted:
            raise _refused("it is not encrypted; use https://")


def is_public(address: Address) -> bool:
    """Whether an address is out on the internet, and nothing else."""
    if isinstance(address, IPv4Address):
        return not any(address in network for network in CLOSED_V4)
    return address in OPEN_V6 and not any(address in network for network in CLOSED_V6)


def _parsed(url: httpx.URL | str) -> httpx.URL:
    """By the parser of who sends, so that both read it alike."""
    if len(str(url)) > MAX_URL:
        raise _refused(f"it has more than {MAX_URL} characters")
    try:
        parsed = httpx.URL(url)
    except (httpx.InvalidURL, ValueError):
        raise _refused("it can not be read") from None
    if not parsed.raw_host:
        raise _refused("it names no host")
    return parsed


def _literal(host: str) -> Address | None:
    """The address that a host is written as; None for a name.

    A host whose last label is a number is one, and then has to be written in the usual
    way: resolvers also read 127.1, 0x7f.1 and 2130706433. Raises InvalidInput.
    """
    labels = host.lower().removesuffix(".").split(".")
    if ":" not in host and not NUMBER.fullmatch(labels[-1]):
        if len(host) > 253 or not all(LABEL.fullmatch(label) for label in labels):
            raise _refused("its host is no name")
        return None
    try:
        address = ip_address(host)
    except ValueError:
        raise _refused("its host is no usual form of an IP address") from None
    if isinstance(address, IPv6Address) and address.scope_id:
        raise _refused("its host names a network interface")
    return address


def _is_local(host: str) -> bool:
    labels = host.lower().removesuffix(".").split(".")
    return len(labels) == 1 or labels[-1] in ("localhost", "local", "internal", "home", "lan")


def _refused(why: str) -> InvalidInput:
    return InvalidInput(
        ErrorCode.address_refused,
        f"This address is not called: {why}. Give one that is reached over the internet.",
    )
