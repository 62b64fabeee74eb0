"""E-mail addresses and names: one way to write each, and no tricks."""

import pytest

from cliply.errors import CliplyError
from cliply.identity.emails import find_normalised, normalise_email
from cliply.identity.names import normalise_name


@pytest.mark.parametrize(
    ("given", "stored"),
    [
        ("Ada@Example.COM", "ada@example.com"),
        (" ada@example.com ", "ada@example.com"),
        ("ada+clips@example.com", "ada+clips@example.com"),
        ("ａｄａ@example.com", "ada@example.com"),
        ("ada@example。com", "ada@example.com"),
        ("ada@bücher.de", "ada@xn--bcher-kva.de"),
        ("ada@XN--BCHER-KVA.de", "ada@xn--bcher-kva.de"),
        ("ada@exаmple.com", "ada@xn--exmple-4nf.com"),
    ],
)
def test_an_address_is_stored_one_way(given: str, stored: str) -> None:
    assert normalise_email(given) == stored
    assert normalise_email(stored) == stored


@pytest.mark.parametrize(
    "given",
    [
        "", "ada", "@example.com", "ada@", "ada@localhost", "a@b@example.com", "ada@example..com",
        "ada@[127.0.0.1]", '"a b"@example.com', "ada @example.com", "аda@example.com",
        "ada\u200d@example.com", "ada\u202e@example.com", "ada\n@example.com",
        "ada\x00@example.com", "ada@exa\u00admple.com", "ada\u00a0@example.com",
        "\ud800@example.com", "İda@example.com", "ad\u0131a@example.com",
        "ada@example.com\r\nBcc: all@example.com", "Ada <ada@example.com>", "a" * 250 + "@b.de",
        "ada@" + "b" * 64 + ".de", "ada@-b.de", "ada@ex_ample.com",
    ],
)  # fmt: skip
def test_what_is_no_address_or_deceives_is_refused(given: str) -> None:
    with pytest.raises(CliplyError) as refused:
        normalise_email(given)
    assert refused.value.code == "EMAIL_INVALID"
    assert refused.value.message.isascii()
    assert find_normalised(given) is None


def test_names_are_composed_and_have_single_blanks() -> None:
    assert normalise_name("  Zu\u0308rich\u00a0 Clips ") == "Z\u00fcrich Clips"
    assert normalise_name("👩\u200d🚀") == "👩\u200d🚀"


@pytest.mark.parametrize(
    "given",
    ["", " ", "\u200d", "a\u202eb", "a\u2066b", "a\u200bb", "a\ufeffb", "a\nb", "a\x00b",
     "a\u2028b", "\ud800", "x" * 201],
)  # fmt: skip
def test_names_that_hide_or_turn_something_are_refused(given: str) -> None:
    with pytest.raises(CliplyError) as refused:
        normalise_name(given)
    assert refused.value.code == "NAME_INVALID"
