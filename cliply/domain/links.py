"""What the page behind a link says about its video."""

from typing import Literal

from pydantic import NonNegativeInt, PositiveInt

from cliply.domain.value import Value

Playlists = Literal["first", "refuse"]
"""What is done about a link to several videos."""

DOMAINS = (
    "youtube.com", "youtu.be", "youtube-nocookie.com",
    "twitch.tv",
    "vimeo.com",
    "instagram.com",
    "tiktok.com",
    "x.com", "twitter.com", "t.co",
)  # fmt: skip
"""ING-1, each with its subdomains: `vm.tiktok.com` and `player.vimeo.com` are among them."""


class Chapter(Value):
    """A part of a video that its uploader named."""

    start_ms: NonNegativeInt
    end_ms: PositiveInt
    title: str


class LinkFacts(Value):
    """Told by the page; nothing of it is trusted further than being shown."""

    site: str
    """The extractor's name, as in `youtube`."""
    video_id: str
    title: str
    uploader: str | None = None
    duration_ms: PositiveInt | None = None
    language: str | None = None
    chapters: tuple[Chapter, ...] = ()
    captions_language: str | None = None
    captions_are_automatic: bool = False
    width: PositiveInt | None = None
    height: PositiveInt | None = None
