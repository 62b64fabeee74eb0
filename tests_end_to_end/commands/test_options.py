"""What options add up to, without running anything."""

import pytest

from cli.options import job_settings, wanted_selection
from cliply.domain.editing import Edit
from cliply.domain.jobs import MAX_SLOTS
from cliply.domain.selection import SelectionMode, SelectionSettings
from cliply.domain.timing import TimeRange
from cliply.errors import ErrorCode, InvalidInput


def test_no_option_asks_for_the_best_moments() -> None:
    assert wanted_selection(None, None, None, chapters=False) == SelectionSettings()


def test_each_option_asks_for_its_mode() -> None:
    asked = wanted_selection("the parts about prices", None, None, chapters=False)
    assert (asked.mode, asked.prompt) == (SelectionMode.prompt, "the parts about prices")

    asked = wanted_selection(None, ["price", "ticket sales"], None, chapters=False)
    assert (asked.mode, asked.topics) == (SelectionMode.topics, ("price", "ticket sales"))

    assert wanted_selection(None, None, None, chapters=True).mode is SelectionMode.chapters


def test_spans_are_read_as_they_are_spoken() -> None:
    asked = wanted_selection(
        None, None, ["1:20-2:05", "7.5 – 12", "1:00:00-1:00:30.5"], chapters=False
    )

    assert asked.mode is SelectionMode.spans
    assert asked.spans == (
        TimeRange(start_ms=80_000, end_ms=125_000),
        TimeRange(start_ms=7_500, end_ms=12_000),
        TimeRange(start_ms=3_600_000, end_ms=3_630_500),
    )


@pytest.mark.parametrize(
    ("prompt", "topics", "spans", "chapters", "named"),
    [
        ("prices", ["price"], None, False, "--prompt and --topic exclude each other"),
        (None, ["price"], ["1-9"], True, "--topic and --span and --chapters exclude each other"),
        (None, None, ["1:20"], False, "--span: '1:20' is no span"),
        (None, None, ["9-1"], False, "--span: '9-1' is no span"),
        (None, None, ["a-b"], False, "--span: 'a-b' is no span"),
        ("x", None, None, False, "--prompt: "),
        ("", None, None, False, "--prompt: "),
        (None, ["..."], None, False, "--topic: "),
        (None, None, ["1-9"] * 21, False, "--span: "),
    ],
)
def test_what_contradicts_or_makes_no_sense_is_refused_by_its_option(
    prompt: str | None,
    topics: list[str] | None,
    spans: list[str] | None,
    chapters: bool,
    named: str,
) -> None:
    with pytest.raises(InvalidInput) as refused:
        wanted_selection(prompt, topics, spans, chapters=chapters)

    assert refused.value.code is ErrorCode.option_invalid
    assert named in refused.value.message


def test_spans_and_chapters_may_fill_every_slot_whatever_the_number_of_clips() -> None:
    chapters = SelectionSettings(mode=SelectionMode.chapters)

    assert job_settings(15, 90, 3, Edit(), None, chapters).clip_limit == MAX_SLOTS
    assert job_settings(15, 90, 3, Edit(), None, SelectionSettings()).clip_limit == 3
