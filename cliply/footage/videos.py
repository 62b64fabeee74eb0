"""Free footage as a search finds it."""

from enum import StrEnum

from pydantic import NonNegativeInt, PositiveInt

from cliply.domain.value import Value


class Orientation(StrEnum):
    """Shape of the footage."""

    landscape = "landscape"
    portrait = "portrait"
    square = "square"


class Credit(Value):
    """Whom to thank where the clip is shown, and where a thank-you leads to."""

    author: str
    author_url: str
    page_url: str
    provider: str


class VideoFile(Value):
    """One encoding of a video."""

    url: str
    media_type: str
    width_px: PositiveInt | None = None
    height_px: PositiveInt | None = None
    """None when the provider does not say."""


class FoundVideo(Value):
    """A video that fits a search."""

    video_id: int
    width_px: PositiveInt
    height_px: PositiveInt
    duration_ms: PositiveInt
    picture_url: str | None = None
    credit: Credit
    files: tuple[VideoFile, ...]
    """Those that are one file each; playlists are left out."""

    def best_file(self, size_px: tuple[int, int] = (1080, 1920)) -> VideoFile | None:
        """The smallest file that fills a frame without being enlarged, else the largest.

        One of unknown size only when there is no other; None when there is none at all.
        """
        known = [file for file in self.files if file.width_px and file.height_px]
        large = [file for file in known if _part(file, size_px) >= 1]
        if large:
            return min(large, key=_pixels)
        if known:
            return max(known, key=lambda file: _part(file, size_px))
        return next(iter(self.files), None)


def _part(file: VideoFile, size_px: tuple[int, int]) -> float:
    """1 where a file covers a frame pixel by pixel, less where it has to be enlarged."""
    return min((file.width_px or 0) / size_px[0], (file.height_px or 0) / size_px[1])


def _pixels(file: VideoFile) -> int:
    return (file.width_px or 0) * (file.height_px or 0)


class FoundVideos(Value):
    """A page of a search."""

    videos: tuple[FoundVideo, ...]
    total: NonNegativeInt
    """How many there are on all pages, before those of unfit length are left out."""
    next_page: PositiveInt | None = None
    requests_left: NonNegativeInt | None = None
    """Of this hour; None when the provider does not say."""
