"""`cliply clip` from file to folder."""

import json
import os
import re
import signal
import subprocess
import sys
import time
from pathlib import Path

import pytest

from cliply.domain.ids import LOCAL_WORKSPACE
from tests_end_to_end.commands.conftest import Cliply

SHORT = ("--min", "3", "--max", "4", "--clips", "1")


@pytest.fixture
def quick(tmp_path_factory: pytest.TempPathFactory) -> tuple[object, ...]:
    """Options for one short clip in preview quality."""
    edit = tmp_path_factory.mktemp("quick") / "edit.json"
    edit.write_text('{"export": {"quality": "preview"}}')
    return (*SHORT, "--edit", edit)


def test_a_file_becomes_clips_captions_posters_and_a_listing(
    cliply: Cliply, talk: Path, tmp_path: Path, quick: tuple[object, ...]
) -> None:
    out = tmp_path / "clips"
    wish = ("clip", talk, "--transcript", talk.with_suffix(".srt"), *quick, "--out", out)

    first = cliply(*wish, "--json")

    assert first.status == 0, first.err
    listing = json.loads(first.out)
    assert listing == json.loads((out / "clips.json").read_text())
    (clip,) = listing["clips"]
    assert sorted(path.name for path in out.iterdir()) == sorted(
        [*clip["files"].values(), "clips.json"]
    )
    assert clip["files"]["mp4"].startswith("01-")
    assert set(clip["parts"]) >= {"energy", "keywords", "scene_density"}
    length_ms = clip["span"]["end_ms"] - clip["span"]["start_ms"]
    assert abs(clip["measured"]["duration_ms"] - length_ms) < 500
    assert clip["render_spec"]["edit"]["reframe"]["aspect_ratio"] == "9:16"
    assert (clip["version"], listing["transcript_quality"]) == (1, "given")
    assert (listing["ranked_by"], clip["virality"]) == ("signals", clip["score"])
    assert "cerebras: no key" in listing["ranking_refused"]
    assert clip["description"]
    assert set(clip) >= {"hashtags", "coherence", "reason"}

    made_at = {path: path.stat().st_mtime_ns for path in out.iterdir() if path.suffix == ".mp4"}
    assert json.loads(cliply(*wish, "--json").out)["clips"][0]["version"] == 1
    assert {path: path.stat().st_mtime_ns for path in made_at} == made_at

    assert json.loads(cliply(*wish, "--json", "--force").out)["clips"][0]["version"] == 2
    jobs = cliply("jobs")
    assert jobs.out.count("review") == 1


def test_clips_come_out_though_the_search_index_can_not_be_written(
    cliply: Cliply, talk: Path, tmp_path: Path, new_home: Path, quick: tuple[object, ...]
) -> None:
    in_the_way = new_home / "objects" / LOCAL_WORKSPACE.hex / "search"
    in_the_way.parent.mkdir(parents=True)
    in_the_way.write_text("no folder")
    out = tmp_path / "clips"
    made = cliply("clip", talk, "--transcript", talk.with_suffix(".srt"), *quick, "--out", out)
    assert made.status == 0, made.err
    assert len(list(out.glob("*.mp4"))) == 1
    assert "note: " in made.err
    assert "failed" in cliply("jobs", job_id(cliply)).out


def job_id(cliply: Cliply) -> str:
    """Of the only job."""
    found = re.search(r"[0-9a-f]{8}-[0-9a-f-]{27}", cliply("jobs").out)
    assert found
    return found.group()


def test_a_run_with_other_wishes_removes_only_what_an_earlier_listing_named(
    cliply: Cliply, talk: Path, tmp_path: Path, quick: tuple[object, ...]
) -> None:
    (tmp_path / "mine.txt").write_text("keep")
    (tmp_path / "clips.json").write_text(
        json.dumps({"clips": [{"files": {"mp4": "07-old.mp4", "srt": "../outside.srt"}}]})
    )
    (tmp_path / "07-old.mp4").write_bytes(b"old")
    outside = tmp_path.parent / "outside.srt"
    outside.write_text("keep")

    ended = cliply(
        "clip", talk, "--transcript", talk.with_suffix(".srt"), *quick, "--out", tmp_path
    )

    assert ended.status == 0, ended.err
    assert not (tmp_path / "07-old.mp4").exists()
    assert (tmp_path / "mine.txt").exists()
    assert outside.exists()


@pytest.mark.parametrize(
    ("name", "content", "code"),
    [
        ("missing.mp4", None, "SOURCE_UNREADABLE"),
        ("empty.mp4", b"", "SOURCE_EMPTY"),
        ("letter.mp4", b"Dear reader, this is no video.\n" * 50, "SOURCE_NOT_MEDIA"),
    ],
)
def test_a_file_that_is_no_video_is_refused_with_its_code_and_leaves_nothing(
    cliply: Cliply, new_home: Path, tmp_path: Path, name: str, content: bytes | None, code: str
) -> None:
    if content is not None:
        (tmp_path / name).write_bytes(content)

    ended = cliply("clip", tmp_path / name, "--out", tmp_path / "out")

    assert ended.status == 1
    assert f"error {code}: " in ended.err
    assert not (tmp_path / "out").exists()
    assert [path for path in (new_home / "objects").rglob("*") if path.is_file()] == []
    assert cliply("jobs").out.count("│") == 0


def test_a_transcript_that_is_none_is_refused_before_anything_is_stored(
    cliply: Cliply, new_home: Path, talk: Path, tmp_path: Path
) -> None:
    bad = tmp_path / "bad.srt"
    bad.write_text("nothing of the kind")

    ended = cliply("clip", talk, "--transcript", bad)

    assert ended.status == 1
    assert "error TRANSCRIPT_INVALID: " in ended.err
    assert [path for path in (new_home / "objects").rglob("*") if path.is_file()] == []


@pytest.mark.parametrize(
    ("options", "named"),
    [(("--min", "50", "--max", "20"), "--min"), (("--clips", "0"), "--clips")],
)
def test_an_impossible_wish_names_its_option(
    cliply: Cliply, talk: Path, options: tuple[str, ...], named: str
) -> None:
    ended = cliply("clip", talk, *options)

    assert ended.status == 1
    assert "error OPTION_INVALID: " in ended.err
    assert named in ended.err


def test_a_folder_that_can_not_be_written_is_named(
    cliply: Cliply, talk: Path, tmp_path: Path, quick: tuple[object, ...]
) -> None:
    (tmp_path / "file").write_text("in the way")

    ended = cliply("clip", talk, *quick, "--out", tmp_path / "file")

    assert ended.status == 1
    assert "error OUTPUT_UNWRITABLE: " in ended.err


def test_ctrl_c_while_rendering_leaves_no_half_file_and_can_be_taken_up_again(
    cliply: Cliply, new_home: Path, talk: Path, tmp_path: Path
) -> None:
    scratch = tmp_path / "scratch"
    scratch.mkdir()
    out = tmp_path / "out"
    wish = ["clip", talk, "--transcript", talk.with_suffix(".srt"), *SHORT, "--out", out]
    command = [sys.executable, "-m", "cli", *map(str, wish)]
    environment = {**os.environ, "TMPDIR": str(scratch)}
    project = Path(__file__).resolve().parents[2]
    with subprocess.Popen(command, cwd=project, env=environment, stderr=subprocess.PIPE) as process:
        wait_until(lambda: any(scratch.rglob("*.mp4")) or process.poll() is not None)
        process.send_signal(signal.SIGINT)
        _, err = process.communicate(timeout=60)

    assert process.returncode == 130, err
    assert list(scratch.glob("cliply-*")) == []
    assert list(scratch.rglob("*.mp4")) == []
    assert not out.exists()
    assert "cancelled" in cliply("jobs").out
    assert cliply(*wish).status == 0
    assert len(list(out.glob("*.mp4"))) == 1


def wait_until(is_so, timeout_s: float = 90.0) -> None:
    deadline = time.monotonic() + timeout_s
    while not is_so():
        assert time.monotonic() < deadline, "it did not happen in time"
        time.sleep(0.02)
