import logging
from collections.abc import Iterator
from pathlib import Path

import pytest
from pydantic import SecretStr

from cliply.domain.attachments import AttachmentLimits
from cliply.errors import (
    Cancelled,
    CliplyError,
    ErrorCode,
    InvalidInput,
    MediaError,
    SettingsError,
    Unavailable,
)
from cliply.footage.pexels import Pexels
from cliply.footage.videos import Credit, FoundVideo, Orientation, VideoFile
from tests.footage.fake_pexels import KEY, FakePexels, serving
from tests.media.synthesis import Shot, compose, solid


@pytest.fixture(scope="module")
def video(tmp_path_factory: pytest.TempPathFactory) -> bytes:
    folder = tmp_path_factory.mktemp("footage")
    return compose(folder / "bees.mp4", [Shot(1.0, solid(200, 160, 20))]).read_bytes()


@pytest.fixture
def server(video: bytes) -> Iterator[FakePexels]:
    with serving(FakePexels(video)) as fake:
        yield fake


def client(server: FakePexels, key: str = KEY) -> Pexels:
    return Pexels(SecretStr(key), base_url=server.address, timeout_s=5)


def bees(server: FakePexels) -> VideoFile:
    file = client(server).search("bees").videos[0].best_file()
    assert file is not None
    return file


def test_a_search_finds_videos_with_their_authors(server: FakePexels):
    found = client(server).search(" bees ", count=80, page=3)
    assert server.asked == [
        {"query": "bees", "orientation": "portrait", "per_page": "80", "page": "3"}
    ]
    first = found.videos[0]
    assert (first.video_id, first.duration_ms) == (1, 12_000)
    assert first.credit == Credit(
        author="Ada Bee",
        author_url="https://www.pexels.com/@ada",
        page_url="https://www.pexels.com/video/1/",
        provider="Pexels",
    )
    assert (found.total, found.next_page, found.requests_left) == (120, 4, 199)


def test_videos_of_unfit_length_are_left_out(server: FakePexels):
    pexels = client(server)
    assert [one.video_id for one in pexels.search("bees").videos] == [1, 2]
    assert [one.video_id for one in pexels.search("bees", min_duration_ms=20_000).videos] == [2]
    assert [one.video_id for one in pexels.search("bees", max_duration_ms=20_000).videos] == [1]


def test_playlists_are_no_files(server: FakePexels):
    files = client(server).search("bees").videos[0].files
    assert len(files) == 4
    assert not any("hls" in file.url for file in files)


@pytest.mark.parametrize(
    ("size_px", "name"),
    [((1080, 1920), "hd_1080_1920"), ((540, 960), "sd_540_960"), ((1920, 1080), "uhd_2160_3840"),
     ((3840, 2160), "uhd_2160_3840")],
)  # fmt: skip
def test_the_smallest_file_that_fills_the_frame_is_best(server: FakePexels, size_px, name):
    file = client(server).search("bees", orientation=Orientation.square).videos[0]
    best = file.best_file(size_px)
    assert best is not None
    assert name in best.url


def test_a_file_of_unknown_size_is_taken_only_alone():
    unknown = VideoFile(url="https://a/1", media_type="video/mp4")
    small = VideoFile(url="https://a/2", media_type="video/mp4", width_px=90, height_px=160)
    credit = Credit(author="A", author_url="", page_url="", provider="Pexels")

    def best(*files: VideoFile) -> VideoFile | None:
        found = FoundVideo(
            video_id=1, width_px=9, height_px=16, duration_ms=1, credit=credit, files=files
        )
        return found.best_file()

    assert best(unknown, small) == small
    assert best(unknown) == unknown
    assert best() is None


def test_a_file_is_fetched_and_accepted(server: FakePexels, tmp_path: Path, video: bytes):
    parts: list[float] = []
    path, attachment = client(server).download(
        bees(server), tmp_path / "new", name="bees.mp4", on_progress=parts.append
    )
    assert path.read_bytes() == video
    assert (attachment.width_px, attachment.height_px) == (320, 180)
    assert attachment.duration_ms == pytest.approx(1000, abs=40)
    assert parts[-1] == 1.0
    assert [one.name for one in path.parent.iterdir()] == ["bees.mp4"]


def test_a_file_that_has_moved_is_followed(server: FakePexels, tmp_path: Path, video: bytes):
    server.fails = "file_moved"
    path, _ = client(server).download(bees(server), tmp_path)
    assert path.read_bytes() == video


@pytest.mark.parametrize(
    ("fails", "error", "code"),
    [
        ("file_404", MediaError, ErrorCode.footage_invalid),
        ("file_503", Unavailable, ErrorCode.footage_unavailable),
        ("file_cut", Unavailable, ErrorCode.footage_unavailable),
        ("file_web_page", MediaError, ErrorCode.footage_invalid),
        ("file_endless", MediaError, ErrorCode.footage_invalid),
        ("file_elsewhere", MediaError, ErrorCode.footage_invalid),
    ],
)
def test_a_failed_download_leaves_nothing(server: FakePexels, tmp_path: Path, fails, error, code):
    file = bees(server)
    server.fails = fails
    limits = AttachmentLimits(max_video_bytes=1_000_000)
    with pytest.raises(error) as failure:
        client(server).download(file, tmp_path, limits=limits)
    assert failure.value.code is code
    assert not list(tmp_path.iterdir())


def test_a_cancelled_download_leaves_nothing(server: FakePexels, tmp_path: Path):
    def cancel(_part: float) -> None:
        raise Cancelled

    with pytest.raises(Cancelled):
        client(server).download(bees(server), tmp_path, on_progress=cancel)
    assert not list(tmp_path.iterdir())


def test_only_the_scheme_of_the_api_is_fetched(server: FakePexels, tmp_path: Path):
    file = VideoFile(url="file:///etc/passwd", media_type="video/mp4")
    with pytest.raises(MediaError, match="'file'"):
        client(server).download(file, tmp_path)


def test_the_limit_says_how_long_to_wait(server: FakePexels):
    server.requests_left = 0
    with pytest.raises(Unavailable, match="try again in 35 s") as refusal:
        client(server).search("bees")
    assert refusal.value.retry_after_s == 35


@pytest.mark.parametrize("fails", ["search_500", "search_not_json", "search_hangs_up"])
def test_a_search_that_pexels_fails_may_be_tried_again(server: FakePexels, fails: str):
    server.fails = fails
    with pytest.raises(Unavailable) as failure:
        client(server).search("bees")
    assert failure.value.code is ErrorCode.footage_unavailable


def test_a_server_that_is_not_there_is_unavailable():
    pexels = Pexels(SecretStr(KEY), base_url="http://127.0.0.1:9", timeout_s=2)
    with pytest.raises(Unavailable, match="could not be searched"):
        pexels.search("bees")


@pytest.mark.parametrize("asked", [{"query": " "}, {"count": 81}, {"count": 0}, {"page": 0}])
def test_a_search_that_can_not_be_made_is_refused_here(server: FakePexels, asked: dict):
    with pytest.raises(InvalidInput):
        client(server).search(**{"query": "bees", **asked})
    assert server.asked == []


def test_the_key_is_in_no_error_log_or_text(
    server: FakePexels, caplog: pytest.LogCaptureFixture, tmp_path: Path
):
    caplog.set_level(logging.DEBUG)
    wrong = "wrong-but-still-secret"
    told = []
    for fails in (None, "search_500", "search_hangs_up"):
        server.fails = fails
        with pytest.raises(CliplyError) as failure:
            client(server, wrong).search("bees")
        told.append(repr(failure.value) + repr(failure.value.__cause__))
    assert isinstance(failure.value, CliplyError)
    pexels = client(server)
    server.fails = None
    pexels.download(bees(server), tmp_path)
    text = "".join([*told, caplog.text, repr(pexels), repr(vars(pexels))])
    assert wrong not in text
    assert KEY not in text


def test_a_refused_key_is_a_matter_of_settings(server: FakePexels):
    with pytest.raises(SettingsError, match="refused the key"):
        client(server, "wrong").search("bees")
