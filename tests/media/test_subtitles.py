import subprocess
from pathlib import Path

import imageio_ffmpeg
import pytest

from cliply.domain.media import SubtitleStream
from cliply.errors import ErrorCode, MediaError
from cliply.media.subtitles import SubtitleLine, read_subtitles

SRT = """1
00:00:01,000 --> 00:00:02,500
Hello, <i>you</i>
there

2
00:00:03,000 --> 00:00:04,000
Bye.
"""


def compose(folder: Path, name: str, codec: str, *options: str) -> Path:
    """Six seconds of a tone with two captions."""
    (folder / "talk.srt").write_text(SRT)
    path = folder / name
    inputs = ["-f", "lavfi", "-i", "sine=d=6", "-i", str(folder / "talk.srt")]
    outputs = ["-map", "0", "-map", "1", "-c:s", codec, *options, str(path)]
    ffmpeg = imageio_ffmpeg.get_ffmpeg_exe()
    subprocess.run([ffmpeg, "-v", "error", *inputs, *outputs], check=True)
    return path


def subtitle(codec: str, index: int = 1) -> SubtitleStream:
    return SubtitleStream(index=index, codec=codec)


@pytest.mark.parametrize(
    ("name", "codec"),
    [("a.mkv", "subrip"), ("a.mkv", "ass"), ("a.mkv", "webvtt"), ("a.mp4", "mov_text")],
)
def test_captions_of_every_kind_have_their_text_and_times(
    name: str, codec: str, tmp_path: Path
) -> None:
    lines = read_subtitles(compose(tmp_path, name, codec), subtitle(codec))
    assert [line[:2] for line in lines] == [(1000, 2500), (3000, 4000)]
    assert "Hello, " in lines[0].text
    assert lines[0].text.endswith("\nthere")
    assert lines[1].text == "Bye."


def test_times_count_from_the_start_of_the_container(tmp_path: Path) -> None:
    path = compose(tmp_path, "a.mkv", "subrip", "-output_ts_offset", "7.5")
    assert read_subtitles(path, subtitle("subrip"))[1] == SubtitleLine(3000, 4000, "Bye.")


def test_both_streams_of_a_real_file_are_read(shared_media: Path) -> None:
    path = shared_media / "nasa_13013.mp4"
    first, second = (read_subtitles(path, subtitle("mov_text", index)) for index in (2, 5))
    assert first == second
    assert [line.start_ms for line in first] == [210, 4260, 8350, 12_470]
    assert first[2].text == "at NASA’s Goddard Space Flight Center in Greenbelt, Maryland."


def test_a_stream_that_is_no_text_is_an_error(shared_media: Path) -> None:
    with pytest.raises(MediaError, match="not a subtitle stream") as caught:
        read_subtitles(shared_media / "nasa_13013.mp4", subtitle("mov_text", 0))
    assert caught.value.code == ErrorCode.source_unreadable


def test_a_file_that_is_no_media_is_an_error(tmp_path: Path) -> None:
    path = tmp_path / "a.mkv"
    path.write_bytes(b"not media")
    with pytest.raises(MediaError, match=r"a\.mkv"):
        read_subtitles(path, subtitle("subrip"))
