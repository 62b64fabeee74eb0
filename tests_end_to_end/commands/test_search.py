"""`cliply search` over a job that `cliply clip` has finished."""

import json
from pathlib import Path

from tests_end_to_end.commands.conftest import Cliply

SHORT = ("--min", "3", "--max", "4", "--clips", "1")


def test_words_lead_to_time_text_source_and_picture(
    cliply: Cliply, talk: Path, tmp_path: Path
) -> None:
    edit = tmp_path / "edit.json"
    edit.write_text('{"export": {"quality": "preview"}}')
    captions = talk.with_suffix(".srt")
    before = cliply("search", "bees")
    out = tmp_path / "clips"
    clipped = cliply("clip", talk, "--transcript", captions, *SHORT, "--edit", edit, "--out", out)
    assert clipped.status == 0, clipped.err

    pictures = tmp_path / "pictures"
    found = cliply("search", "best maps", "--json", "--thumbnails", pictures)

    assert (before.status, "Nothing was found" in before.out) == (0, True)
    assert found.status == 0, found.err
    (hit,) = json.loads(found.out)
    assert "the best map of all" in hit["text"]
    assert (hit["source"], hit["thumbnail"], hit["found_by"]) == ("talk.mp4", "001.jpg", ["words"])
    assert (pictures / "001.jpg").read_bytes().startswith(b"\xff\xd8")
    shown = cliply("search", "bees", "--job", hit["job"][:8]).out
    assert "talk.mp4" in shown
    assert "0:00" in shown
    assert json.loads(cliply("search", "quasar", "--json").out) == []


def test_wrong_options_are_told_in_one_line(cliply: Cliply, tmp_path: Path) -> None:
    empty = cliply("search", "  ")
    unknown = cliply("search", "bees", "--job", "ffff")

    assert (empty.status, unknown.status) == (1, 1)
    assert empty.err.strip() == "error QUERY_EMPTY: The query is empty; say what to look for."
    assert "there is no job ffff" in unknown.err.lower()
