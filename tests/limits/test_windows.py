"""How two counters make one window that slides."""

import pytest

from cliply.db.rate_windows import Counted
from cliply.limits.keys import counter_key, of_address
from cliply.limits.rules import RateRule
from cliply.limits.windows import state_after, wait_s

RULE = RateRule("login", 5, 60)


@pytest.mark.parametrize(
    ("former", "present", "passed", "seconds"),
    [
        (0, 0, 0.0, 0),  # nothing came yet
        (0, 4, 0.5, 0),  # one is left
        (5, 0, 0.0, 12),  # a fifth of the window before has to be forgotten
        (5, 0, 0.2, 0),
        (5, 2, 0.1, 30),  # 5 x 0.4 + 2 + 1 = 5
        (0, 5, 0.5, 42),  # the rest of this window, then as in the third
        (5, 5, 0.0, 72),
    ],
)
def test_the_wait_ends_when_one_more_fits(
    former: int, present: int, passed: float, seconds: float
) -> None:
    assert wait_s(RULE, Counted(False, former, present, passed)) == pytest.approx(seconds)


def test_a_limit_of_one_waits_for_a_whole_window_after_the_hit() -> None:
    assert wait_s(RateRule("one", 1, 60), Counted(False, 0, 1, 0.5)) == pytest.approx(90)


def test_what_is_left_counts_the_window_before_by_the_part_still_reached() -> None:
    assert state_after(RULE, Counted(True, 4, 1, 0.5)).remaining == 2
    assert state_after(RULE, Counted(False, 4, 3, 0.5)).remaining == 0


@pytest.mark.parametrize(
    ("address", "who"),
    [
        ("203.0.113.7", "address:203.0.113.7"),
        ("::ffff:203.0.113.7", "address:203.0.113.7"),
        ("2001:db8:1:2:aaaa::1", "address:2001:db8:1:2::/64"),
        ("2001:db8:1:2:bbbb::2", "address:2001:db8:1:2::/64"),
        ("unknown", "address:unknown"),
    ],
)
def test_an_ipv6_network_is_one_caller(address: str, who: str) -> None:
    assert of_address(address) == who


def test_a_counters_name_does_not_tell_who_it_counts() -> None:
    key = counter_key(RULE, "address:203.0.113.7")

    assert key.startswith("login:")
    assert len(key) == len("login:") + 32
    assert "203.0" not in key
