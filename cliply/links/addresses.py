"""Which links are taken, and when two of them are the same."""

import re
from collections.abc import Sequence
from urllib.parse import parse_qsl, urlencode

import httpx

from cliply.domain.value import Value
from cliply.errors import CliplyError, ErrorCode, InvalidInput
from cliply.links.rules import LinkRules
from cliply.outbound.addresses import Reach
from cliply.outbound.dialling import HTTPS

PRINTABLE = re.compile(r"[!-\[\]-~\u00a1-\U0010ffff]+")
"""Neither blanks nor control characters, nor the backslash, which some parsers take for `/`."""

TRACKING = re.compile(
    r"utm_.*|si|feature|pp|fbclid|gclid|igshid?|ref(_src|_url)?|share_.*|is_from_webapp"
    r"|sender_device|_[rt]"
)
"""Parameters that say who shared a link and not what it leads to."""

KEPT = {"vimeo.com": ("h",), "twitch.tv": (), "instagram.com": (), "tiktok.com": (), "x.com": ()}
"""By site, the only parameters that lead to another video."""

YOUTUBE = ("youtube.com", "youtube-nocookie.com")
YOUTUBE_PATH = re.compile(r"/(?:shorts|live|embed|v)/([\w-]{11})/?")
VIDEO_ID = re.compile(r"[\w-]{11}")


class Link(Value):
    """A link that is taken, as it is kept and compared."""

    url: str


def check_link(text: str, rules: LinkRules) -> Link:
    """The link in its usual form.

    Raises InvalidInput: ADDRESS_REFUSED for what must not be called, LINK_INVALID for what
    is no address, LINK_NOT_ALLOWED for a site that is not on the list.
    """
    if not PRINTABLE.fullmatch(text):
        raise InvalidInput(
            ErrorCode.link_invalid,
            "The link has a blank, a line break, a backslash or another character that no "
            "address has; copy it again from the browser.",
        )
    url = rules.reach.check_url(text)
    if url.port not in (None, HTTPS) and not rules.reach.allowed:
        raise InvalidInput(
            ErrorCode.address_refused, f"The link names port {url.port}; only 443 is called."
        )
    check_domain(url, rules.domains)
    return Link(url=usual_form(url))


def check_domain(url: httpx.URL, domains: Sequence[str]) -> None:
    """Raises InvalidInput (LINK_NOT_ALLOWED) unless the host is one of them or lies below."""
    host = _host(url)
    if not any(is_of(host, domain) for domain in domains):
        raise InvalidInput(
            ErrorCode.link_not_allowed,
            f"Links to {host[:100]} are not taken. Give one of "
            f"{', '.join(domains[:12]) or 'no site at all'}, or upload the file.",
        )


def is_of(host: str, domain: str) -> bool:
    """Whether the host is the domain or a subdomain of it."""
    return host == domain or host.endswith(f".{domain}")


def usual_form(url: httpx.URL) -> str:
    """One address for all the ways to write a link to the same video."""
    host = _host(url)
    site = _site(host)
    video_id = _youtube_id(url, host)
    if video_id is not None:
        return f"https://www.youtube.com/watch?v={video_id}"
    query = _kept(url, site)
    path = url.raw_path.partition(b"?")[0].decode("ascii")
    port = f":{url.port}" if url.port is not None else ""
    name = "x.com" if site == "x.com" else host
    shown = f"[{name}]" if ":" in name else name
    trimmed = (path.rstrip("/") or "/") if site else path
    return f"{url.scheme}://{shown}{port}{trimmed}{'?' if query else ''}{query}"


def same_link(text: str) -> str:
    """The usual form of what looks like a link, and any other text as it is."""
    try:
        return usual_form(Reach().check_url(text))
    except CliplyError:
        return text


def _host(url: httpx.URL) -> str:
    return url.raw_host.decode("ascii").lower().removesuffix(".")


def _site(host: str) -> str | None:
    """Which of the sites that we know the parameters of."""
    if is_of(host, "twitter.com"):
        return "x.com"
    return next((site for site in KEPT if is_of(host, site)), None)


def _kept(url: httpx.URL, site: str | None) -> str:
    given = parse_qsl(url.query.decode("ascii"), keep_blank_values=True)
    if site is not None:
        return urlencode([(name, value) for name, value in given if name in KEPT[site]])
    left = [(name, value) for name, value in given if not TRACKING.fullmatch(name)]
    # Written anew only where something was left out: who signed it wants it as it was.
    return urlencode(left) if len(left) < len(given) else url.query.decode("ascii")


def _youtube_id(url: httpx.URL, host: str) -> str | None:
    if is_of(host, "youtu.be"):
        found = VIDEO_ID.fullmatch(url.path.strip("/"))
        return found and found[0]
    if not any(is_of(host, domain) for domain in YOUTUBE):
        return None
    if url.path.rstrip("/") == "/watch":
        found = VIDEO_ID.fullmatch(url.params.get("v", ""))
        return found and found[0]
    below = YOUTUBE_PATH.fullmatch(url.path)
    return below and below[1]
