from collections.abc import Sequence
from ipaddress import ip_address

import pytest

from cliply.errors import ErrorCode, InvalidInput, SettingsError
from cliply.outbound.addresses import Reach, is_public, read_networks

LOOPBACK = read_networks(["127.0.0.0/8"])


def answering(*addresses: str) -> Reach:
    """Every name has these addresses."""

    def resolve(_host: str, _port: int) -> Sequence[str]:
        return addresses

    return Reach(resolve=resolve)


@pytest.mark.parametrize(
    "url",
    [
        "https://example.com/hooks",
        "https://example.com:8443/hooks?token=1",
        "https://8.8.8.8/",
        "https://[2606:4700::1111]/",
        "https://bücher.example/",
        "https://under_score.example.com/",
    ],
)
def test_public_addresses_under_https_are_taken(url: str) -> None:
    assert str(Reach().check_url(url)).startswith("https://")


@pytest.mark.parametrize(
    "url",
    [
        "http://example.com/",  # not encrypted
        "ftp://example.com/",
        "file:///etc/passwd",
        "https://",
        "https:example.com",
        "/hooks",
        "https://user:password@example.com/",
        "https://example.com:0/",
        "https://example.com:99999/",
        "https://a b/",
        "https://exa\nmple.com/",
        "https://-.example.com/",
        f"https://{'a' * 64}.example.com/",
        f"https://example.com/{'a' * 2000}",
        "https://localhost/",
        "https://db/",
        "https://api.localhost/",
        "https://metadata.google.internal/",
        "https://127.0.0.1/",
        "https://127.1/",
        "https://2130706433/",
        "https://0x7f000001/",
        "https://0x7f.1/",
        "https://0177.0.0.1/",
        "https://017700000001/",
        "https://127.0.0.1./",
        "https://1.2.3/",
        "https://１２７.0.0.1/",
        "https://0.0.0.0/",
        "https://10.1.2.3/",
        "https://100.64.0.1/",
        "https://169.254.169.254/latest/meta-data/",
        "https://168.63.129.16/",
        "https://172.31.255.255/",
        "https://192.168.0.1/",
        "https://224.0.0.1/",
        "https://255.255.255.255/",
        "https://[::]/",
        "https://[::1]/",
        "https://[::127.0.0.1]/",
        "https://[::ffff:127.0.0.1]/",
        "https://[::ffff:8.8.8.8]/",
        "https://[64:ff9b::7f00:1]/",
        "https://[64:ff9b:1::7f00:1]/",
        "https://[2002:7f00:1::]/",
        "https://[2001:0:7f00:1::]/",
        "https://[fd00:ec2::254]/",
        "https://[fe80::1]/",
        "https://[fe80::1%25eth0]/",
        "https://[ff02::1]/",
    ],
)
def test_addresses_that_lead_inside_are_refused(url: str) -> None:
    with pytest.raises(InvalidInput) as refusal:
        Reach().check_url(url)

    assert refusal.value.code == ErrorCode.address_refused
    assert "password" not in refusal.value.message or "user name" in refusal.value.message


def test_an_operator_may_let_a_private_network_be_called_without_encryption() -> None:
    reach = Reach(LOOPBACK)

    assert reach.check_url("http://127.0.0.1:8070/hooks").port == 8070
    with pytest.raises(InvalidInput):
        reach.check_url("http://10.0.0.1/")
    with pytest.raises(InvalidInput):
        reach.check_url("http://8.8.8.8/")


def test_a_name_is_checked_by_what_it_resolves_to() -> None:
    found = answering("93.184.215.14", "2606:4700::1111").addresses_of(
        "example.com", 443, is_encrypted=True
    )

    assert [str(one) for one in found] == ["93.184.215.14", "2606:4700::1111"]


@pytest.mark.parametrize("address", ["127.0.0.1", "::1", "::ffff:10.0.0.1", "fe80::1%2"])
def test_one_closed_address_closes_the_name(address: str) -> None:
    with pytest.raises(InvalidInput) as refusal:
        answering("93.184.215.14", address).addresses_of("example.com", 443, is_encrypted=True)

    assert refusal.value.code == ErrorCode.address_refused


def test_an_unencrypted_call_goes_to_allowed_networks_alone() -> None:
    with pytest.raises(InvalidInput, match="https"):
        answering("93.184.215.14").addresses_of("example.com", 80, is_encrypted=False)


@pytest.mark.parametrize(
    ("address", "expected"),
    [("1.1.1.1", True), ("100.63.255.255", True), ("100.127.255.255", False),
     ("2a00:1450::1", True), ("3fff::1", False), ("4000::1", False)],
)  # fmt: skip
def test_public_is_what_the_registries_give_out(address: str, expected: bool) -> None:
    assert is_public(ip_address(address)) is expected


def test_a_network_that_is_none_is_told_to_the_operator() -> None:
    with pytest.raises(SettingsError, match=r"10\.0\.0\.0/8"):
        read_networks(["10.0.0.1/8"])
