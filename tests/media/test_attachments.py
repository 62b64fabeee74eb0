"""An attachment is what its content says, and what can not be used is refused with advice."""

import io
import struct
import zlib
from pathlib import Path

import fontpkg
import numpy as np
import pytest
from PIL import Image

from cliply.domain.attachments import Attachment, AttachmentKind, AttachmentLimits
from cliply.errors import ErrorCode, InvalidInput
from cliply.media.attachments import accept
from cliply.media.hashing import hash_file
from tests.media.sounds import pink, sine, still, write_sound
from tests.media.synthesis import Layout, alternating_shots, compose, tone

SHOTS = alternating_shots([0.6, 0.6])
SMALL = Layout(size=(160, 90))


def refusal(path: Path, kind: str, limits: AttachmentLimits | None = None) -> tuple[str, str]:
    """Code and message; the folder is as it was before."""
    before = sorted(path.parent.iterdir())
    with pytest.raises(InvalidInput) as caught:
        accept(path, AttachmentKind(kind), limits or AttachmentLimits())
    assert path.name in caught.value.message
    assert caught.value.message.endswith(".")
    assert ": " in caught.value.message  # what to do next
    assert sorted(path.parent.iterdir()) == before
    return caught.value.code, caught.value.message


def picture(path: Path, mode: str = "RGB", size: tuple[int, int] = (40, 30), **options) -> Path:
    kind = options.pop("format", "PNG")
    Image.new(mode, size).save(path, kind, **options)
    return path


def written(path: Path, content: bytes) -> Path:
    path.write_bytes(content)
    return path


@pytest.mark.parametrize("kind", ["PNG", "JPEG", "WEBP"])
def test_a_picture_is_described_whatever_its_name_is(tmp_path: Path, kind: str) -> None:
    path = picture(tmp_path / "logo.txt", format=kind)
    assert accept(path, AttachmentKind.image) == Attachment(
        content_hash=hash_file(path),
        kind=AttachmentKind.image,
        container=kind.lower(),
        width_px=40,
        height_px=30,
        size_bytes=path.stat().st_size,
    )


@pytest.mark.parametrize(("mode", "kind"), [("RGBA", "PNG"), ("LA", "PNG"), ("RGBA", "WEBP")])
def test_transparency_is_seen(tmp_path: Path, mode: str, kind: str) -> None:
    assert accept(picture(tmp_path / "a", mode, format=kind), AttachmentKind.image).has_alpha


def test_a_photo_is_as_large_as_a_viewer_shows_it(tmp_path: Path) -> None:
    exif = Image.Exif()
    exif[0x0112] = 6
    found = accept(picture(tmp_path / "a", format="JPEG", exif=exif), AttachmentKind.image)
    assert (found.width_px, found.height_px) == (30, 40)


def test_an_svg_is_no_image_and_is_told_so(tmp_path: Path) -> None:
    text = b'<?xml version="1.0"?><svg xmlns="http://www.w3.org/2000/svg"/>'
    code, message = refusal(written(tmp_path / "logo.png", text), "image")
    assert code == ErrorCode.attachment_not_image
    assert "SVG" in message


@pytest.mark.parametrize("content", [b"GIF89a" + bytes(50), b"BM" + bytes(60), b"hello", b"%PDF-1"])
def test_what_is_no_picture_is_refused(tmp_path: Path, content: bytes) -> None:
    assert refusal(written(tmp_path / "a.png", content), "image")[0] == "ATTACHMENT_NOT_IMAGE"


@pytest.mark.parametrize("kind", ["PNG", "WEBP"])
def test_an_animated_picture_is_refused(tmp_path: Path, kind: str) -> None:
    frames = [Image.new("RGB", (40, 30), colour) for colour in ("red", "blue")]
    path = picture(tmp_path / "a", format=kind)
    frames[0].save(path, kind, save_all=True, append_images=frames[1:])
    code, message = refusal(path, "image")
    assert (code, "animated" in message) == ("ATTACHMENT_UNSUPPORTED", True)


@pytest.mark.parametrize("kind", ["PNG", "JPEG", "WEBP"])
def test_a_picture_that_was_cut_short_is_refused(tmp_path: Path, kind: str) -> None:
    noise = np.random.default_rng(1).integers(0, 255, (90, 120, 3), np.uint8)
    stream = io.BytesIO()
    Image.fromarray(noise).save(stream, kind)
    path = written(tmp_path / "a", stream.getvalue()[: len(stream.getvalue()) // 2])
    assert refusal(path, "image")[0] == "ATTACHMENT_DAMAGED"


def bomb(side_px: int) -> bytes:
    """A PNG of a few bytes that says it is huge."""

    def chunk(tag: bytes, data: bytes) -> bytes:
        return struct.pack(">I", len(data)) + tag + data + struct.pack(">I", zlib.crc32(tag + data))

    header = struct.pack(">IIBBBBB", side_px, side_px, 1, 0, 0, 0, 0)
    return b"\x89PNG\r\n\x1a\n" + chunk(b"IHDR", header) + chunk(b"IDAT", b"") + chunk(b"IEND", b"")


@pytest.mark.parametrize("side_px", [8_193, 12_000, 60_000])
def test_a_picture_that_unpacks_to_too_much_is_refused(tmp_path: Path, side_px: int) -> None:
    assert refusal(written(tmp_path / "a", bomb(side_px)), "image")[0] == "ATTACHMENT_TOO_LARGE"


def test_the_colours_of_print_are_refused(tmp_path: Path) -> None:
    code, message = refusal(picture(tmp_path / "a", "CMYK", format="JPEG"), "image")
    assert (code, "RGB" in message) == ("ATTACHMENT_UNSUPPORTED", True)


@pytest.mark.parametrize("kind", AttachmentKind)
def test_files_that_are_empty_or_too_large_or_no_files_are_refused(
    tmp_path: Path, kind: AttachmentKind
) -> None:
    tight = AttachmentLimits(
        max_image_bytes=9, max_video_bytes=9, max_audio_bytes=9, max_font_bytes=9, max_model_bytes=9
    )
    assert refusal(written(tmp_path / "a", b""), kind)[0] == "ATTACHMENT_EMPTY"
    assert refusal(written(tmp_path / "b", bytes(10)), kind, tight)[0] == "ATTACHMENT_TOO_LARGE"
    assert refusal(tmp_path / "nowhere", kind)[0] == "ATTACHMENT_UNREADABLE"
    folder = tmp_path / "folder"
    folder.mkdir()
    assert refusal(folder, kind)[0] == "ATTACHMENT_UNREADABLE"


def test_a_video_is_described(tmp_path: Path) -> None:
    layout = Layout(size=(160, 90), rotation=90)
    path = compose(tmp_path / "intro.mp4", SHOTS, tone(1.2, channels=2), layout)
    found = accept(path, AttachmentKind.video)
    assert (found.width_px, found.height_px) == (90, 160)
    assert found.duration_ms == pytest.approx(1200, abs=40)
    assert found.has_audio
    assert not found.has_alpha
    assert found.loudness_lufs == pytest.approx(-12.8, abs=0.2)


def test_a_silent_video_has_no_loudness(tmp_path: Path) -> None:
    found = accept(compose(tmp_path / "b.mp4", SHOTS, (), SMALL), AttachmentKind.video)
    assert (found.has_audio, found.loudness_lufs) == (False, None)


def test_a_video_with_transparency_is_seen(tmp_path: Path) -> None:
    layout = Layout(size=(160, 90), pixel_format="yuva444p10le", video_codec="prores_ks")
    path = compose(tmp_path / "alpha.mov", alternating_shots([0.2]), (), layout)
    assert accept(path, AttachmentKind.video).has_alpha


def test_a_video_longer_than_allowed_is_refused(tmp_path: Path) -> None:
    path = compose(tmp_path / "intro.mp4", SHOTS, (), SMALL)
    assert refusal(path, "video", AttachmentLimits(max_video_ms=1000))[0] == "ATTACHMENT_TOO_LONG"
    assert refusal(path, "video", AttachmentLimits(min_duration_ms=2000))[0] == (
        "ATTACHMENT_TOO_SHORT"
    )


def test_a_video_in_a_codec_that_is_not_allowed_is_refused(tmp_path: Path) -> None:
    layout = Layout(size=(160, 90), video_codec="mpeg2video")
    path = compose(tmp_path / "old.mkv", SHOTS, (), layout)
    assert refusal(path, "video")[0] == "ATTACHMENT_UNSUPPORTED"


def test_a_video_that_was_cut_short_is_refused(tmp_path: Path) -> None:
    whole = compose(tmp_path / "whole.mp4", SHOTS, tone(1.2), SMALL).read_bytes()
    path = written(tmp_path / "cut.mp4", whole[: len(whole) // 2])
    assert refusal(path, "video")[0] == "ATTACHMENT_DAMAGED"


def test_a_picture_or_sound_is_no_video(tmp_path: Path) -> None:
    sound = write_sound(tmp_path / "a.wav", [(0, sine(1))])
    for path in (picture(tmp_path / "p.mp4"), sound, written(tmp_path / "t.mp4", b"words " * 99)):
        assert refusal(path, "video")[0] == "ATTACHMENT_NOT_VIDEO"


@pytest.mark.parametrize(("suffix", "codec"), [("wav", "pcm_s16le"), ("m4a", "aac")])
def test_sound_is_described_and_its_loudness_measured(
    tmp_path: Path, suffix: str, codec: str
) -> None:
    """A stereo sine of 997 Hz at -6.02 dBFS peak has -6.02 LUFS (BS.1770-4, note 2)."""
    path = write_sound(tmp_path / f"bed.{suffix}", [(0, sine(3, peak=0.5))], codec=codec)
    found = accept(path, AttachmentKind.audio)
    assert found.has_audio
    assert (found.width_px, found.height_px) == (0, 0)
    assert found.duration_ms == pytest.approx(3000, abs=60)
    assert found.loudness_lufs == pytest.approx(-6.0, abs=0.15)


def test_silence_has_no_loudness(tmp_path: Path) -> None:
    path = write_sound(tmp_path / "silence.wav", [(0, still(1))])
    assert accept(path, AttachmentKind.audio).loudness_lufs is None


def test_what_is_no_sound_is_refused(tmp_path: Path) -> None:
    video = compose(tmp_path / "song.mp3.mp4", SHOTS, tone(1.2), SMALL)
    code, message = refusal(video, "audio")
    assert (code, "is a video" in message) == ("ATTACHMENT_NOT_AUDIO", True)
    assert refusal(picture(tmp_path / "a.mp3"), "audio")[0] == "ATTACHMENT_NOT_AUDIO"
    assert refusal(written(tmp_path / "b.mp3", b"la " * 99), "audio")[0] == "ATTACHMENT_NOT_AUDIO"


def test_a_bed_longer_than_allowed_is_refused(tmp_path: Path) -> None:
    path = write_sound(tmp_path / "bed.wav", [(0, pink(2))])
    assert refusal(path, "audio", AttachmentLimits(max_audio_ms=1500))[0] == "ATTACHMENT_TOO_LONG"


@pytest.fixture
def font() -> bytes:
    return Path(fontpkg.path("Poppins", 700)).read_bytes()


@pytest.mark.parametrize("family", ["Poppins", "Noto Sans Arabic", "Heebo"])
def test_a_font_is_known_by_its_family(tmp_path: Path, family: str) -> None:
    data = Path(fontpkg.path(family, 700)).read_bytes()
    found = accept(written(tmp_path / "font.bin", data), AttachmentKind.font)
    assert (found.container, found.duration_ms, found.size_bytes) == (family, 0, len(data))


def table(font: bytes, tag: bytes) -> int:
    """Where a table's record begins."""
    return font.index(tag, 12)


def with_licence(font: bytes, bits: int) -> bytes:
    changed = bytearray(font)
    (at,) = struct.unpack_from(">I", font, table(font, b"OS/2") + 8)
    struct.pack_into(">H", changed, at + 8, bits)
    return bytes(changed)


@pytest.mark.parametrize("bits", [0x0002, 0x0200, 0x0102])
def test_a_font_that_must_not_be_embedded_is_refused(
    tmp_path: Path, font: bytes, bits: int
) -> None:
    path = written(tmp_path / "a.ttf", with_licence(font, bits))
    code, message = refusal(path, "font")
    assert (code, "licence" in message) == ("FONT_NOT_EMBEDDABLE", True)


@pytest.mark.parametrize("bits", [0x0000, 0x0004, 0x0008, 0x0100])
def test_a_font_that_may_be_embedded_is_accepted(tmp_path: Path, font: bytes, bits: int) -> None:
    path = written(tmp_path / "a.ttf", with_licence(font, bits))
    assert accept(path, AttachmentKind.font).container == "Poppins"


@pytest.mark.parametrize(
    ("magic", "word"), [(b"ttcf", "collection"), (b"wOFF", "WOFF"), (b"wOF2", "WOFF2")]
)
def test_collections_and_web_fonts_are_told_what_they_are(
    tmp_path: Path, font: bytes, magic: bytes, word: str
) -> None:
    code, message = refusal(written(tmp_path / "a.ttf", magic + font[4:]), "font")
    assert (code, word in message) == ("ATTACHMENT_UNSUPPORTED", True)


@pytest.mark.parametrize("share", [0.001, 0.3])
def test_a_font_that_was_cut_short_is_refused(tmp_path: Path, font: bytes, share: float) -> None:
    path = written(tmp_path / "a.ttf", font[: round(len(font) * share)])
    assert refusal(path, "font")[0] in ("ATTACHMENT_DAMAGED", "ATTACHMENT_NOT_FONT")


@pytest.mark.parametrize("tag", [b"cmap", b"glyf"])
def test_a_font_without_letters_is_refused(tmp_path: Path, font: bytes, tag: bytes) -> None:
    place = table(font, tag)
    path = written(tmp_path / "a.ttf", font[:place] + b"zzzz" + font[place + 4 :])
    assert refusal(path, "font")[0] in ("ATTACHMENT_DAMAGED", "ATTACHMENT_NOT_FONT")


def test_text_is_no_font(tmp_path: Path) -> None:
    assert refusal(written(tmp_path / "a.ttf", b"hello"), "font")[0] == "ATTACHMENT_NOT_FONT"


def test_of_a_model_only_its_size_is_looked_at(tmp_path: Path) -> None:
    found = accept(written(tmp_path / "weights.bin", bytes(10)), AttachmentKind.model)
    assert (found.size_bytes, found.container) == (10, "")
