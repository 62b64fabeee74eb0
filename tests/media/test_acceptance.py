"""What can not be used is refused with the code of what is wrong with it."""

import zipfile
from contextlib import nullcontext
from fractions import Fraction
from pathlib import Path

import av
import numpy as np
import pytest

from cliply.domain.media import SourceLimits
from cliply.errors import ErrorCode, MediaError
from cliply.media.acceptance import check_duration
from cliply.media.probe import probe
from tests.media.synthesis import Layout, Shot, alternating_shots, compose, solid, tone

SLOW = Layout(fps=Fraction(10), size=(160, 90))
SHOTS = alternating_shots([3, 3])


@pytest.fixture(scope="module")
def talk(tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("refused")
    return compose(folder / "talk.mp4", SHOTS, tone(6, channels=2), SLOW)


def refusal(path: Path, limits: SourceLimits | None = None) -> ErrorCode:
    with pytest.raises(MediaError) as caught:
        probe(path, limits or SourceLimits())
    assert path.name in caught.value.message
    return caught.value.code


def written(path: Path, content: bytes) -> Path:
    path.write_bytes(content)
    return path


def test_more_than_four_hours_are_too_long(tmp_path: Path) -> None:
    layout = Layout(fps=Fraction(1, 60), size=(64, 36))
    path = compose(tmp_path / "long.mp4", [Shot(4 * 3600 + 60, solid(90, 90, 90))], (), layout)
    assert refusal(path) == ErrorCode.source_too_long


@pytest.mark.parametrize(("over_ms", "refused"), [(40, False), (1_000, False), (1_001, True)])
def test_a_length_within_a_second_of_the_most_is_taken(
    tmp_path: Path, over_ms: int, refused: bool
) -> None:
    limits = SourceLimits()
    with pytest.raises(MediaError) if refused else nullcontext():
        check_duration(tmp_path / "long.mp4", limits.max_duration_ms + over_ms, limits)


def test_less_than_five_seconds_are_too_short(tmp_path: Path) -> None:
    path = compose(tmp_path / "short.mp4", alternating_shots([4.9]), (), SLOW)
    assert refusal(path) == ErrorCode.source_too_short


@pytest.mark.parametrize("size", [(3842, 2160), (2162, 3840), (2200, 2200)])
def test_pictures_beyond_4k_are_too_large(tmp_path: Path, size: tuple[int, int]) -> None:
    path = compose(tmp_path / "big.mp4", SHOTS, (), Layout(fps=Fraction(1, 3), size=size))
    assert refusal(path) == ErrorCode.source_resolution_too_high


@pytest.mark.parametrize("size", [(3840, 2160), (2160, 3840)])
def test_4k_is_fine_either_way_round(tmp_path: Path, size: tuple[int, int]) -> None:
    path = compose(tmp_path / "4k.mp4", SHOTS, (), Layout(fps=Fraction(1, 3), size=size))
    assert probe(path).video is not None


def test_too_many_bits_per_second_are_refused(talk: Path) -> None:
    assert refusal(talk, SourceLimits(max_bitrate_bps=20_000)) == ErrorCode.source_bitrate_too_high


def test_a_codec_that_is_not_allowed_is_refused(tmp_path: Path) -> None:
    layout = Layout(fps=Fraction(25), size=(160, 90), video_codec="mpeg2video")
    path = compose(tmp_path / "old.mkv", SHOTS, tone(6), layout)
    assert refusal(path) == ErrorCode.source_codec_unsupported


def test_a_path_that_can_not_be_read_is_refused(tmp_path: Path) -> None:
    assert refusal(tmp_path / "nowhere.mp4") == ErrorCode.source_unreadable
    assert refusal(tmp_path) == ErrorCode.source_unreadable


def test_an_empty_file_is_refused(tmp_path: Path) -> None:
    assert refusal(written(tmp_path / "empty.mp4", b"")) == ErrorCode.source_empty


def zip_bytes(path: Path) -> bytes:
    with zipfile.ZipFile(path, "w") as archive:
        archive.writestr("talk.txt", "no video")
    return path.read_bytes()


@pytest.mark.parametrize(
    "content",
    [
        b"just some words\n" * 500,
        b"%PDF-1.7\n1 0 obj\n<< /Type /Catalog >>\nendobj\n" * 50,
        b"GIF89a\x01\x00\x01\x00\x80\x00\x00\x00\x00\x00\xff\xff\xff!\xf9\x04\x01\x00\x00\x00\x00,"
        b"\x00\x00\x00\x00\x01\x00\x01\x00\x00\x02\x02D\x01\x00;",
        b"1\n00:00:01,000 --> 00:00:02,000\nHello\n\n",
        b"\x00" * 5000,
        b"x",
    ],
    ids=["text", "pdf", "gif", "subtitles", "zeros", "one byte"],
)
@pytest.mark.parametrize("name", ["talk.mp4", "talk.bin"])
def test_what_is_no_media_is_refused(tmp_path: Path, name: str, content: bytes) -> None:
    assert refusal(written(tmp_path / name, content)) == ErrorCode.source_not_media


def test_an_archive_is_not_media(tmp_path: Path) -> None:
    path = written(tmp_path / "talk.mp4", zip_bytes(tmp_path / "a.zip"))
    assert refusal(path) == ErrorCode.source_not_media


@pytest.mark.parametrize("codec", ["png", "mjpeg"])
def test_a_still_picture_is_not_a_video(tmp_path: Path, codec: str) -> None:
    encoder = av.CodecContext.create(codec, "w")
    encoder.width, encoder.height = 32, 32
    encoder.pix_fmt = "rgb24" if codec == "png" else "yuvj420p"
    encoder.time_base = Fraction(1, 25)
    frame = av.VideoFrame.from_ndarray(np.zeros((32, 32, 3), np.uint8), "rgb24")
    packets = encoder.encode(frame.reformat(format=encoder.pix_fmt)) + encoder.encode(None)
    path = written(tmp_path / "still.mp4", b"".join(bytes(packet) for packet in packets))
    assert refusal(path) == ErrorCode.source_not_media


@pytest.mark.parametrize("name", ["list.m3u8", "list.mp4"])
def test_a_playlist_that_names_other_files_is_refused(
    tmp_path: Path, talk: Path, name: str
) -> None:
    stream = compose(tmp_path / "part.ts", SHOTS, tone(6), SLOW)
    playlist = f"#EXTM3U\n#EXT-X-TARGETDURATION:6\n#EXTINF:6,\n{stream}\n#EXT-X-ENDLIST\n"
    script = f"ffconcat version 1.0\nfile '{talk}'\n"
    for text in (playlist, script):
        path = written(tmp_path / name, text.encode())
        assert refusal(path) == ErrorCode.source_not_media


def test_a_name_is_never_taken_for_an_address(tmp_path: Path, talk: Path) -> None:
    path = written(tmp_path / "concat:talk.mp4", talk.read_bytes())
    assert probe(path).video is not None


def test_the_suffix_does_not_matter(tmp_path: Path, talk: Path) -> None:
    assert probe(written(tmp_path / "talk.txt", talk.read_bytes())).video is not None


@pytest.mark.parametrize("share", [0.6, 0.99])
@pytest.mark.parametrize("suffix", ["mp4", "mkv", "webm", "avi"])
def test_a_video_that_was_cut_short_is_refused(tmp_path: Path, suffix: str, share: float) -> None:
    whole = compose(tmp_path / f"whole.{suffix}", SHOTS, tone(6), SLOW).read_bytes()
    path = written(tmp_path / f"cut.{suffix}", whole[: int(len(whole) * share)])
    assert refusal(path) == ErrorCode.source_truncated


@pytest.mark.parametrize("suffix", ["wav", "flac", "m4a"])
def test_audio_that_was_cut_short_is_refused(tmp_path: Path, suffix: str) -> None:
    whole = compose(tmp_path / f"whole.{suffix}", (), tone(9)).read_bytes()
    path = written(tmp_path / f"cut.{suffix}", whole[: int(len(whole) * 0.7)])
    assert refusal(path) == ErrorCode.source_truncated


def test_a_recorded_stream_that_was_cut_short_is_refused(tmp_path: Path) -> None:
    sound = tone(9, sample_rate=44_100)
    whole = compose(tmp_path / "whole.flv", alternating_shots([9]), sound, SLOW).read_bytes()
    path = written(tmp_path / "cut.flv", whole[: int(len(whole) * 0.6)])
    assert refusal(path) == ErrorCode.source_truncated


def test_an_index_in_front_does_not_hide_a_missing_end(tmp_path: Path) -> None:
    layout = Layout(Fraction(10), (160, 90), container_options={"movflags": "faststart"})
    whole = compose(tmp_path / "whole.mp4", SHOTS, tone(6), layout).read_bytes()
    path = written(tmp_path / "cut.mp4", whole[: len(whole) * 3 // 4])
    assert refusal(path) == ErrorCode.source_truncated


def test_a_recording_without_its_index_is_truncated(tmp_path: Path, talk: Path) -> None:
    whole = talk.read_bytes()
    path = written(tmp_path / "noindex.mp4", whole[: whole.index(b"moov") - 4])
    assert refusal(path) == ErrorCode.source_truncated


def test_a_file_of_which_nothing_decodes_is_corrupt(tmp_path: Path) -> None:
    whole = bytearray(compose(tmp_path / "film.mp4", SHOTS, (), SLOW).read_bytes())
    begin = whole.index(b"mdat") + 4
    end = whole.index(b"moov") - 4
    whole[begin:end] = np.random.default_rng(1).bytes(end - begin)
    assert refusal(written(tmp_path / "noise.mp4", bytes(whole))) == ErrorCode.source_corrupt


def test_a_broken_header_is_corrupt(tmp_path: Path) -> None:
    noise = np.random.default_rng(2).bytes(5000)
    path = written(tmp_path / "talk.mkv", b"\x1a\x45\xdf\xa3" + noise)
    assert refusal(path) == ErrorCode.source_corrupt


@pytest.mark.parametrize(("entry", "protected"), [(b"avc1", b"encv"), (b"mp4a", b"enca")])
def test_common_encryption_is_told(
    tmp_path: Path, talk: Path, entry: bytes, protected: bytes
) -> None:
    whole = talk.read_bytes()
    begin = whole.index(entry, whole.index(b"stsd"))
    path = written(tmp_path / "drm.mp4", whole[:begin] + protected + whole[begin + 4 :])
    assert refusal(path) == ErrorCode.source_encrypted


def element(identifier: str, *content: bytes) -> bytes:
    """One EBML element; its length always in four bytes."""
    body = b"".join(content)
    return bytes.fromhex(identifier) + (0x10000000 | len(body)).to_bytes(4) + body


def test_an_encrypted_webm_is_told(tmp_path: Path) -> None:
    header = element("1a45dfa3", element("4282", b"webm"), element("4287", b"\x02"))
    protection = element("5035", element("47e1", b"\x05"), element("47e2", b"0123456789abcdef"))
    encoding = element("6240", element("5031", b"\0"), element("5033", b"\x01"), protection)
    size = element("e0", element("b0", b"\xa0"), element("ba", b"\x5a"))
    track = element(
        "ae",
        *(element("d7", b"\x01"), element("73c5", b"\x01"), element("83", b"\x01")),
        *(element("86", b"V_VP8"), size, element("6d80", encoding)),
    )
    info = element("1549a966", element("4489", b"\x46\x1c\x40\x00"))
    block = element("a3", b"\x81\0\0\x80" + b"\x01" * 64)
    cluster = element("1f43b675", element("e7", b"\0"), block)
    segment = element("18538067", info, element("1654ae6b", track), cluster)
    assert refusal(written(tmp_path / "drm.webm", header + segment)) == ErrorCode.source_encrypted
