"""What the process that downloads is asked for, and what it answers, a JSON line each."""

from typing import Literal

from cliply.domain.links import LinkFacts
from cliply.domain.value import Value


class Wish(Value):
    """Given to the process on its standard input, as it has secrets."""

    url: str
    proxy: str
    """Ours, the only address that the process can connect to."""
    proxy_port: int
    domains: tuple[str, ...]
    """Of pages; media may lie anywhere."""
    refuse_playlists: bool
    language: str | None
    """What the tenant says is spoken."""
    max_bytes: int
    max_duration_ms: int
    ffmpeg: str
    js_runtime: str | None = None
    cookies: str | None = None
    cpu_s: int
    memory_bytes: int
    file_bytes: int
    """Of one file that it writes."""


class Failure(Value):
    """What stopped yt-dlp, as far as it can be told."""

    message: str
    kinds: tuple[str, ...] = ()
    """Names of the classes of the exception and its causes."""
    status: int | None = None
    """Of the HTTP answer behind it."""
    retry_after_s: int | None = None


class Fetched(Value):
    """Names of files in the folder of the download."""

    media: str
    captions: str | None = None
    facts: LinkFacts


class Told(Value):
    """One line of the process; exactly one of these is given."""

    fraction: float | None = None
    """Of the download, 0…1."""
    stage: Literal["joining"] | None = None
    """Nothing is downloaded from here on."""
    refused: tuple[str, str] | None = None
    """Code and sentence of a refusal of ours."""
    failed: Failure | None = None
    fetched: Fetched | None = None
