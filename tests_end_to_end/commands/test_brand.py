"""`cliply brand` and edits that name its files."""

import json
from pathlib import Path

import pytest
from PIL import Image

from tests_end_to_end.commands.conftest import Cliply


@pytest.fixture
def logo(tmp_path: Path) -> Path:
    path = tmp_path / "logo.png"
    Image.new("RGBA", (64, 32), "red").save(path)
    return path


def written(path: Path, content: object) -> Path:
    path.write_text(json.dumps(content))
    return path


def test_a_logo_becomes_part_of_the_brand_and_leaves_it_again(
    cliply: Cliply, logo: Path, tmp_path: Path
) -> None:
    kit = {"name": "House", "logo": {"attachment": "logo", "corner": "top_left"}}

    added = cliply("brand", "add", "logo", logo, "--kind", "image")
    assert (added.status, "64x32" in added.err) == (0, True), added.err
    assert cliply("brand", "use", written(tmp_path / "kit.json", kit)).status == 0
    shown = cliply("brand", "list").out
    assert "64x32" in shown
    assert "Brand kit: House" in shown

    refused = cliply("brand", "remove", "logo")
    assert (refused.status, "error CONFLICT: " in refused.err) == (1, True)
    assert cliply("brand", "use", written(tmp_path / "kit.json", {"name": "House"})).status == 0
    assert cliply("brand", "remove", "logo").status == 0
    assert "logo" not in cliply("brand", "list").out


def test_a_file_of_another_kind_is_refused(cliply: Cliply, logo: Path) -> None:
    ended = cliply("brand", "add", "tune", logo, "--kind", "font")
    assert ended.status == 1
    assert "error ATTACHMENT_NOT_FONT: " in ended.err
    assert cliply("brand", "list").out.count("tune") == 0


@pytest.mark.parametrize(
    ("kit", "code", "told"),
    [
        ({"logo": {"attachment": "nobody"}}, "ATTACHMENT_MISSING", "brand.logo.attachment"),
        ({"logo": {"attachment": "x", "opacity": 7}}, "BRAND_KIT_INVALID", "logo.opacity"),
    ],
)
def test_a_kit_that_can_not_be_used_says_why(
    cliply: Cliply, tmp_path: Path, kit: object, code: str, told: str
) -> None:
    ended = cliply("brand", "use", written(tmp_path / "kit.json", kit))
    assert ended.status == 1
    assert f"error {code}: " in ended.err
    assert told in ended.err


@pytest.mark.parametrize(
    ("edit", "code", "told"),
    [
        ({"captions": {"size": 9}, "shadow": 1}, "EDIT_INVALID", ["captions.size", "shadow"]),
        ({"green_screen": {"background": "beach"}}, "ATTACHMENT_MISSING", ["beach"]),
    ],
)
def test_an_edit_that_can_not_be_is_refused_before_anything_is_stored(
    cliply: Cliply,
    new_home: Path,
    talk: Path,
    tmp_path: Path,
    edit: object,
    code: str,
    told: list[str],
) -> None:
    ended = cliply("clip", talk, "--edit", written(tmp_path / "edit.json", edit))
    assert ended.status == 1
    assert f"error {code}: " in ended.err
    assert all(part in ended.err for part in told)
    assert [path for path in (new_home / "objects").rglob("*") if path.is_file()] == []


def test_an_edit_file_that_is_not_there_is_named(cliply: Cliply, talk: Path) -> None:
    ended = cliply("submit", talk, "--edit", "/nowhere.json")
    assert (ended.status, "--edit: /nowhere.json" in ended.err) == (1, True)


def test_options_go_over_the_fields_of_an_edit_file(tmp_path: Path) -> None:
    from cli.options import wanted_edit
    from cliply.domain.captions import CaptionStyle
    from cliply.domain.framing import AspectRatio

    file = written(tmp_path / "edit.json", {"captions": {"style": "bounce", "size": 1.5}})
    edit = wanted_edit(file, AspectRatio.tall, CaptionStyle.karaoke)
    assert (edit.captions.style, edit.captions.size) == (CaptionStyle.karaoke, 1.5)
    assert edit.reframe.aspect_ratio is AspectRatio.tall
    assert wanted_edit(file, None, None).captions.style is CaptionStyle.bounce
