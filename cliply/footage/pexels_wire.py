"""What Pexels answers to a search, and what of it is kept."""

from collections.abc import Iterator, Mapping
from urllib.parse import parse_qs, urlsplit

from pydantic import BaseModel

from cliply.footage.videos import Credit, FoundVideo, FoundVideos, VideoFile


class User(BaseModel):
    name: str
    url: str


class File(BaseModel):
    quality: str | None = None
    file_type: str
    width: int | None = None
    height: int | None = None
    link: str


class Video(BaseModel):
    id: int
    width: int
    height: int
    url: str
    image: str | None = None
    duration: float
    """In seconds."""
    user: User
    video_files: list[File]


class SearchReply(BaseModel):
    total_results: int
    next_page: str | None = None
    videos: list[Video]


def found_videos(reply: SearchReply, headers: Mapping[str, str]) -> FoundVideos:
    """The reply in our words; videos without length, size or files are left out."""
    left = headers.get("X-Ratelimit-Remaining", "")
    return FoundVideos(
        videos=tuple(_found(reply)),
        total=max(0, reply.total_results),
        next_page=_page_of(reply.next_page),
        requests_left=int(left) if left.isdecimal() else None,
    )


def _page_of(url: str | None) -> int | None:
    page = parse_qs(urlsplit(url or "").query).get("page", [""])[0]
    return int(page) if page.isdecimal() and int(page) > 0 else None


def _found(reply: SearchReply) -> Iterator[FoundVideo]:
    for video in reply.videos:
        files = tuple(_files(video))
        if files and min(video.width, video.height, video.duration) > 0:
            yield FoundVideo(
                video_id=video.id,
                width_px=video.width,
                height_px=video.height,
                duration_ms=max(1, round(video.duration * 1000)),
                picture_url=video.image,
                credit=Credit(
                    author=video.user.name,
                    author_url=video.user.url,
                    page_url=video.url,
                    provider="Pexels",
                ),
                files=files,
            )


def _files(video: Video) -> Iterator[VideoFile]:
    """Files of their own; `hls` is a playlist of many."""
    for file in video.video_files:
        if file.quality != "hls" and file.file_type.startswith("video/"):
            yield VideoFile(
                url=file.link,
                media_type=file.file_type,
                width_px=file.width or None,
                height_px=file.height or None,
            )
