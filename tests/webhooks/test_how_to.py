"""The page on webhooks says what the code does."""

import re
from pathlib import Path

from cliply.domain.webhooks import TEST_KIND, EventKind
from cliply.webhooks.delivering import SCHEDULE_S
from cliply.webhooks.worker import Pace

PAGE = (Path(__file__).resolve().parents[2] / "docs" / "how-to" / "webhooks.md").read_text()
SECONDS = {"s": 1, "min": 60, "h": 3600}


def test_the_page_names_every_event_and_no_other() -> None:
    table = PAGE[PAGE.index("| event | when |") : PAGE.index("stand for all of a noun")]
    named = re.findall(r"`((?:job|clip|webhook)\.[a-z]+)`", table)

    assert sorted(named) == sorted([*EventKind, TEST_KIND])


def test_the_page_gives_the_waits_between_tries() -> None:
    told = PAGE[PAGE.index("tried again after") : PAGE.index("each wait up to")]
    waits = [int(count) * SECONDS[unit] for count, unit in re.findall(r"(\d+) (s|min|h)\b", told)]

    assert tuple(waits) == SCHEDULE_S == Pace().schedule_s
    assert Pace().disabled_after == 5, "the page says five"
