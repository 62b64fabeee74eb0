"""`cliply edit`: one clip of a job, changed and rendered again."""

import json
from pathlib import Path

import pytest

from tests_end_to_end.commands.conftest import Cliply

SHORT = ("--min", "3", "--max", "4", "--clips", "1", "--edit")
QUICK = {"export": {"quality": "preview"}}


def job_of(cliply: Cliply) -> str:
    """The id of the one job that there is."""
    words = cliply("jobs").out.replace("│", " ").split()
    return next(word for word in words if word.count("-") == 4)


def test_a_clip_is_edited_again_and_put_back(cliply: Cliply, talk: Path, tmp_path: Path) -> None:
    (tmp_path / "edit.json").write_text(json.dumps(QUICK))
    captions = ("--transcript", talk.with_suffix(".srt"))
    out = ("--out", tmp_path / "clips", "--json")
    made = cliply("clip", talk, *captions, *SHORT, tmp_path / "edit.json", *out)
    assert made.status == 0, made.err
    (listed,) = json.loads(made.out)["clips"]
    assert listed["needs_attention"] is any(not f["passed"] for f in listed["report"]["findings"])
    assert isinstance(listed["notes"], list)
    job = job_of(cliply)

    red = ("edit", job[:8], 1, "--set", "captions.accent_colour=#ff0000")
    edited = cliply(*red)
    assert edited.status == 0, edited.err
    assert edited.out.startswith("version 2  file://")
    assert Path(edited.out.split("file://")[1].strip()).is_file()

    assert cliply(*red).out.startswith("version 2 ")
    back = cliply("edit", job, 1, "--reset")
    assert back.out.startswith("version 1 "), back.err

    queued = cliply("edit", job, 1, "--set", "captions.size=1.5", "--queue")
    assert (queued.status, queued.out) == (0, "")
    assert "rendering" in cliply("jobs").out

    missing = cliply("edit", job, 9, "--reset")
    assert (missing.status, "error NOT_FOUND: " in missing.err) == (1, True)


@pytest.mark.parametrize(
    ("arguments", "told"),
    [
        (("--set", "captions.size"), "FIELD=VALUE"),
        (("--reset", "--set", "captions.size=1"), "--reset"),
        ((), "Nothing is to be changed"),
    ],
)
def test_a_change_that_can_not_be_understood_is_refused(
    cliply: Cliply, arguments: tuple[str, ...], told: str
) -> None:
    ended = cliply("edit", "abc", 1, *arguments)
    assert ended.status == 1
    assert "error OPTION_INVALID: " in ended.err
    assert told in ended.err


@pytest.mark.parametrize(("job", "code"), [("talk", "OPTION_INVALID"), ("abc", "NOT_FOUND")])
def test_a_job_that_is_not_there_is_named(cliply: Cliply, job: str, code: str) -> None:
    ended = cliply("edit", job, 1, "--reset")
    assert ended.status == 1
    assert f"error {code}: " in ended.err
    assert "cliply jobs" in ended.err
