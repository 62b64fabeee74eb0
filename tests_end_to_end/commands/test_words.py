"""`cliply vocabulary`, `cliply words` and `cliply correct`."""

import json
import re
from pathlib import Path

from tests_end_to_end.commands.conftest import Cliply


def test_a_corrected_word_is_seen_and_renders_its_clip_again(
    cliply: Cliply, talk: Path, tmp_path: Path
) -> None:
    edit = tmp_path / "edit.json"
    edit.write_text('{"export": {"quality": "preview"}}')
    given = ("--transcript", talk.with_suffix(".srt"), "--edit", edit, "--out", tmp_path / "out")
    assert cliply("clip", talk, *given, "--min", 3, "--max", 4, "--clips", 1).status == 0
    found = re.search(r"[0-9a-f]{8}(?=-)", cliply("jobs").out)
    assert found
    job = found.group()
    (clip,) = json.loads((tmp_path / "out" / "clips.json").read_text())["clips"]
    begins_s = clip["span"]["start_ms"] / 1000 + 0.5
    number, _, text = cliply("words", job, "--from", begins_s).out.splitlines()[0].split("\t")

    made = cliply("correct", job, number, "Zebras")
    assert made.status == 0, made.err
    assert re.findall(r"version (\d+)", made.out) == ["2"]
    again = cliply("words", job, "--from", begins_s).out.splitlines()[0]
    assert again.split("\t")[2].split() == ["Zebras", *text.split()[1:]]

    wrong = cliply("correct", job, "9999", "no")
    assert (wrong.status, "OPTION_INVALID" in wrong.err) == (1, True)
    assert cliply("correct", job, "one", "no").status == 1


def test_terms_are_added_listed_and_removed(cliply: Cliply) -> None:
    assert cliply("vocabulary", "add", "Cliply", "--heard-as", "clip lee").status == 0
    assert "clip lee" in cliply("vocabulary", "list").out
    assert cliply("vocabulary", "remove", "Cliply").status == 0
    assert "Cliply" not in cliply("vocabulary", "list").out
    gone = cliply("vocabulary", "remove", "Cliply")
    assert (gone.status, "NOT_FOUND" in gone.err) == (1, True)
    empty = cliply("vocabulary", "add", " ")
    assert (empty.status, "TEXT" in empty.err) == (1, True)
