from pathlib import Path

import pytest

from cliply.domain.attachments import Attachment, AttachmentKind
from cliply.domain.captions import CaptionSettings, CaptionStyle
from cliply.domain.framing import AspectRatio
from cliply.errors import MediaError
from cliply.media.fonts import FALLBACKS, FAMILIES, FontShelf, install, packaged_fonts
from cliply.media.hashing import hash_file
from cliply.media.shaping import clusters, shape
from tests.media.caption_frames import Screen, captioned, one_cue

FRAME = (960, 540)


def shelf_with(name: str, path: Path, kind: AttachmentKind = AttachmentKind.font) -> FontShelf:
    content = Attachment(content_hash=hash_file(path), kind=kind, size_bytes=path.stat().st_size)
    return FontShelf({name: (content, path)})


def test_all_families_come_along():
    assert set(FAMILIES) | set(FALLBACKS) <= set(FontShelf().families)


def test_the_default_font_is_chosen_alone_for_plain_text():
    chosen = FontShelf().choose(None, ["Plain text, naïve."])
    assert [font.family for font in chosen.fonts] == ["Poppins"]
    assert chosen.notes == ()
    assert chosen.fonts[0].content_hash == hash_file(FontShelf().path_of(chosen.fonts[0]))


@pytest.mark.parametrize(
    ("text", "family"),
    [
        ("Привет", "Noto Sans"),
        ("Γειά", "Noto Sans"),
        ("مرحبا", "Noto Sans Arabic"),
        ("שלום", "Heebo"),
        ("สวัสดี", "Noto Sans Thai"),
        ("漢字かな", "Noto Sans CJK JP"),
        ("한국어", "Noto Sans CJK JP"),
        ("🔥", "Noto Emoji"),
    ],
)
def test_fallbacks_are_added_for_letters_that_the_font_lacks(text, family):
    fonts = FontShelf().choose(None, ["Hello", text]).fonts
    assert [font.family for font in fonts] == ["Poppins", family]


def test_a_word_is_set_in_one_font_where_one_has_all_its_letters():
    faces = FontShelf().faces(FontShelf().choose(None, ["Привет ą"]).fonts)
    assert [run.face.family for run in shape("Приvet", faces).runs] == ["Noto Sans"]
    assert [run.face.family for run in shape("vet", faces).runs] == ["Poppins"]


def test_marks_stay_with_their_letter():
    assert clusters("e\u0301a") == ["e\u0301", "a"]
    assert clusters("क्षत्रि") == ["क्ष", "त्रि"]
    assert clusters("👍🏽!") == ["👍🏽", "!"]


@pytest.fixture(scope="module")
def screen(tmp_path_factory) -> Screen:
    fonts = [face.path for face in packaged_fonts().values()]
    return Screen(tmp_path_factory.mktemp("fonts"), fonts)


def chosen_by_libass(log: str) -> set[str]:
    lines = (
        line.rpartition("fontselect:")[2] for line in log.splitlines() if "fontselect:" in line
    )
    return {line.rpartition(",")[2].strip() for line in lines}


@pytest.mark.parametrize("family", [name for name in FAMILIES if name != "Anton"])
def test_bold_is_a_real_bold_and_no_other_font_is_asked(screen, family):
    settings = CaptionSettings(style=CaptionStyle.karaoke, font=family)
    text = "ABC" if ord("A") in packaged_fonts()[family].letters else "مرحبا"
    screen.draw(captioned([one_cue(text)], settings, AspectRatio.landscape, FRAME), FRAME, 0)
    assert f"{family.replace(' ', '')}-Bold" in chosen_by_libass(screen.log)
    assert all(name.endswith(("-Bold", "-Regular")) for name in chosen_by_libass(screen.log))
    assert "/usr/share" not in screen.log


def test_an_uploaded_font_is_found_by_its_name_and_drawn(tmp_path):
    path = tmp_path / "upload"
    path.write_bytes(packaged_fonts()["Oswald"].path.read_bytes())
    shelf = shelf_with("House font", path)
    settings = CaptionSettings(style=CaptionStyle.karaoke, font="House font")
    document = captioned([one_cue("House")], settings, AspectRatio.landscape, FRAME, shelf=shelf)
    (ref,) = shelf.choose("House font", ["House"]).fonts
    assert shelf.path_of(ref) == path
    screen = Screen(tmp_path, [path])
    screen.draw(document, FRAME, 0)
    assert "Oswald-Bold" in chosen_by_libass(screen.log)


def test_an_unknown_font_is_refused_by_its_name():
    with pytest.raises(MediaError, match=r"'Comic Sans'.*Poppins"):
        FontShelf().choose("Comic Sans", ["text"])


def test_a_file_that_is_no_font_is_refused(tmp_path):
    path = tmp_path / "font.ttf"
    path.write_bytes(b"not a font at all" * 100)
    with pytest.raises(MediaError, match=r"font\.ttf is not a font"):
        shelf_with("Broken", path).choose("Broken", ["text"])


def test_an_image_is_no_font(tmp_path):
    path = tmp_path / "logo"
    path.write_bytes(b"image")
    with pytest.raises(MediaError, match="no font 'logo'"):
        shelf_with("logo", path, AttachmentKind.image).choose("logo", ["text"])


def test_a_font_that_has_changed_is_not_taken_for_the_one_of_the_spec():
    (ref,) = FontShelf().choose(None, ["text"]).fonts
    with pytest.raises(MediaError, match="Poppins"):
        FontShelf().faces([ref.model_copy(update={"content_hash": "0" * 64})])


def test_the_environment_shows_only_the_installed_fonts(tmp_path):
    path = packaged_fonts()["Poppins"].path
    environment = install([path, path], tmp_path / "fonts")
    config = Path(environment["FONTCONFIG_FILE"]).read_text()
    assert config.count("<dir>") == 1
    assert str(tmp_path / "fonts") in config
    assert [one.resolve() for one in (tmp_path / "fonts").iterdir()] == [path.resolve()]
