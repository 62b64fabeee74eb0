"""Long files are read without an index in memory, and give the packets that FFmpeg gives."""

from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import av
import pytest

from cliply.domain.media import AudioStream
from cliply.errors import ErrorCode, MediaError
from cliply.media.audio import packets_of
from cliply.media.sample_tables import other_tables_cut, stream_cut
from cliply.media.source import open_sound, open_source, open_stream
from tests.media.synthesis import Layout, alternating_shots, compose, tone

MANY = 5_000
PACKETS = 7_000
SOUND = AudioStream(index=1, codec="aac", sample_rate=48_000, channels=2, start_ms=0)


def repeated(path: Path, once: Path, packets: int = PACKETS) -> Path:
    """The packets of a short file one after another, until there are so many of each stream."""
    with av.open(once) as short, av.open(path, "w", format="mp4") as long:
        streams = {s.index: long.add_stream_from_template(s) for s in short.streams}
        read = [p for p in short.demux() if p.pts is not None]
        made = [
            copies(stream, [p for p in read if p.stream.index == index], packets)
            for index, stream in streams.items()
        ]
        for together in zip(*made, strict=True):
            long.mux(together)
    return path


def copies(stream: Any, mine: list[Any], packets: int) -> Iterator[Any]:
    """In a row; one in 500 is a unit of time shorter than the others."""
    time = 0
    for number in range(packets):
        packet = av.Packet(bytes(mine[number % len(mine)]))
        packet.stream, packet.time_base = stream, mine[0].time_base
        packet.pts = packet.dts = time
        packet.duration = mine[0].duration - (number % 500 == 0)
        packet.is_keyframe = True
        time += packet.duration
        yield packet


@pytest.fixture(scope="module")
def long_talk(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Sound and pictures of more packets than are read with an index."""
    folder = tmp_path_factory.mktemp("long")
    layout = Layout(size=(64, 36))
    once = compose(folder / "once.mp4", alternating_shots([1, 1]), tone(2, channels=2), layout)
    return repeated(folder / "long.mp4", once)


def facts(packet: Any) -> tuple[Any, ...]:
    return packet.pts, packet.dts, packet.duration, packet.time_base, bytes(packet)


def by_ffmpeg(path: Path, index: int) -> list[tuple[Any, ...]]:
    with open_source(path) as container:
        return [facts(p) for p in container.demux(container.streams[index]) if p.size]


def by_us(path: Path, audio: AudioStream = SOUND) -> list[tuple[Any, ...]]:
    with open_sound(path, audio, many=MANY) as (container, rest):
        found = packets_of(container, container.streams.audio[0], rest)
        return [facts(packet) for packet in found if packet is not None]


def changed(path: Path, box: bytes, change: Callable[[bytes], bytes], folder: Path) -> Path:
    """A copy whose last box of that name has another content of the same length."""
    whole = path.read_bytes()
    at = whole.rindex(box)
    end = at - 4 + int.from_bytes(whole[at - 4 : at])
    new = change(whole[at + 4 : end])
    assert len(new) == end - at - 4
    copy = folder / path.name
    copy.write_bytes(whole[: at + 4] + new + whole[end:])
    return copy


def test_the_packets_of_long_sound_are_those_that_ffmpeg_reads(long_talk: Path) -> None:
    found = by_us(long_talk)
    assert len(found) >= PACKETS
    assert found == by_ffmpeg(long_talk, 1)


def test_long_sound_needs_no_index(long_talk: Path) -> None:
    with open_sound(long_talk, SOUND, many=MANY) as (container, rest):
        assert rest is not None
        assert [stream.frames < 5_500 for stream in container.streams] == [True, True]


def test_who_reads_the_pictures_needs_no_index_of_the_sound(long_talk: Path) -> None:
    with open_stream(long_talk, 0, many=MANY) as container:
        pictures, sound = container.streams
        assert (pictures.frames, container.start_time) == (PACKETS, 0)
        assert sound.frames < 5_500
        found = [facts(packet) for packet in container.demux(pictures) if packet.size]
    assert found == by_ffmpeg(long_talk, 0)


def test_short_files_are_read_as_they_are(tmp_path: Path) -> None:
    once = compose(tmp_path / "a.mp4", alternating_shots([1, 1]), tone(2, channels=2))
    assert other_tables_cut(once, 0) == {}
    assert stream_cut(once, 1) == ({}, None)


def test_what_is_no_iso_file_is_read_as_it_is(tmp_path: Path) -> None:
    once = compose(tmp_path / "a.mkv", alternating_shots([1, 1]), tone(2, channels=2))
    assert stream_cut(once, 1) == ({}, None)


def test_other_codecs_keep_their_index(long_talk: Path) -> None:
    with open_sound(long_talk, SOUND.model_copy(update={"codec": "mp3"}), many=MANY) as (
        container,
        rest,
    ):
        assert rest is None
        assert container.streams[1].frames >= PACKETS


def test_sound_of_which_an_edit_leaves_out_the_end_keeps_its_index(
    long_talk: Path, tmp_path: Path
) -> None:
    def halved(edits: bytes) -> bytes:
        return edits[:8] + (int.from_bytes(edits[8:12]) // 2).to_bytes(4) + edits[12:]

    path = changed(long_talk, b"elst", halved, tmp_path)
    with open_sound(path, SOUND, many=MANY) as (_, rest):
        assert rest is None
    assert by_us(path) == by_ffmpeg(path, 1)


def test_a_start_deep_inside_a_stream_is_left_to_ffmpeg(long_talk: Path, tmp_path: Path) -> None:
    def later(edits: bytes) -> bytes:
        return edits[:12] + (48_000 * 60).to_bytes(4) + edits[16:]

    path = changed(long_talk, b"elst", later, tmp_path)
    with open_stream(path, 0, many=MANY) as container, open_source(path) as whole:
        assert container.streams[1].start_time == whole.streams[1].start_time


def test_a_file_whose_end_is_missing_gives_what_is_there(long_talk: Path, tmp_path: Path) -> None:
    def beyond_the_end(offsets: bytes) -> bytes:
        return offsets[:-4] + b"\x7f\xff\xff\xff"

    path = changed(long_talk, b"stco", beyond_the_end, tmp_path)
    whole = by_us(long_talk)
    found = by_us(path)
    assert 0 < len(found) < len(whole)
    assert found == whole[: len(found)]


def test_a_sample_that_claims_gigabytes_ends_the_sound(long_talk: Path, tmp_path: Path) -> None:
    def huge(sizes: bytes) -> bytes:
        return sizes[:-4] + b"\x7f\xff\xff\xff"

    path = changed(long_talk, b"stsz", huge, tmp_path)
    assert by_us(path) == by_us(long_talk)[:-1]


def test_a_table_that_is_cut_off_ends_the_sound(long_talk: Path, tmp_path: Path) -> None:
    def more(sizes: bytes) -> bytes:
        return sizes[:8] + b"\xff\xff\xff\xff" + sizes[12:]

    path = changed(long_talk, b"stsz", more, tmp_path)
    assert by_us(path)[:PACKETS] == by_us(long_talk)[:PACKETS]


def test_a_file_that_is_gone_can_not_be_read(tmp_path: Path) -> None:
    with pytest.raises(MediaError) as caught, open_sound(tmp_path / "gone.mp4", SOUND):
        pass
    assert caught.value.code is ErrorCode.source_unreadable
