"""What an installation lets links do."""

from collections.abc import Sequence
from dataclasses import dataclass, field
from pathlib import Path

from pydantic import SecretStr

from cliply.domain.links import DOMAINS, Playlists
from cliply.domain.media import SourceLimits
from cliply.outbound.addresses import Reach


@dataclass(frozen=True)
class LinkRules:
    """Which links are taken, and the bounds of a download."""

    downloads: Path
    """Folder of downloads that are going on."""
    ffmpeg: Path | None = None
    """Another FFmpeg than the packaged one."""
    domains: Sequence[str] = DOMAINS
    """Of the pages that tenants may name, with their subdomains; media may lie anywhere."""
    reach: Reach = field(default_factory=Reach)
    playlists: Playlists = "first"
    max_bytes: int = 2 * 1024**3
    limits: SourceLimits = field(default_factory=SourceLimits)
    proxies: Sequence[SecretStr] = field(default=(), repr=False)
    """Of the operator, `http://user:password@host:port`; each try takes the next."""
    cookies: Path | None = None
    """A Netscape cookies file."""
    js_runtime: Path | None = None
    """Deno, Node or Bun, which YouTube's player code runs in."""
    stall_s: float = 30.0
    """A download that gets no byte for so long has stalled."""
    tries: int = 3
    backoff_s: float = 2.0
    """Before the second try; each further one waits three times as long."""
