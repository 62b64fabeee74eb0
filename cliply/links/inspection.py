"""Looks at what yt-dlp found on a page before anything is downloaded."""

from collections.abc import Mapping, Sequence
from typing import Any

from pydantic import ValidationError

from cliply.domain.links import Chapter, LinkFacts
from cliply.errors import ErrorCode, InvalidInput, MediaError
from cliply.links.asking import Wish

PROTOCOLS = frozenset({"http", "https", "m3u8", "m3u8_native", "http_dash_segments"})
"""All that goes through our proxy; FFmpeg would call an rtmp server itself."""

LIVE = frozenset({"is_live", "is_upcoming", "post_live"})
MOST_TEXT = 300
MOST_CHAPTERS = 500


def only_video(found: Mapping[str, Any], wish: Wish) -> Mapping[str, Any]:
    """The video itself, or the first of a playlist. Raises InvalidInput."""
    if found.get("_type", "video") not in ("playlist", "multi_video"):
        return found
    if wish.refuse_playlists:
        raise InvalidInput(
            ErrorCode.link_playlist,
            "The link leads to several videos; give the link of the one that is meant.",
        )
    entries = [one for one in found.get("entries") or () if one]
    if not entries:
        raise InvalidInput(
            ErrorCode.link_unsupported, "The playlist has no video; give the link of a video."
        )
    return only_video(entries[0], wish)


def check_found(info: Mapping[str, Any], wish: Wish) -> None:
    """Raises InvalidInput for what is not downloaded at all."""
    if info.get("is_live") or info.get("live_status") in LIVE:
        raise InvalidInput(
            ErrorCode.link_live,
            "The stream is live or about to be. Watch it with a stream monitor, or give the link "
            "again when its recording is there.",
        )
    duration_s = info.get("duration") or 0
    if duration_s * 1000 > wish.max_duration_ms:
        raise MediaError(
            ErrorCode.source_too_long,
            f"The video lasts {duration_s / 3600:.1f} h; at most "
            f"{wish.max_duration_ms / 3_600_000:g} h are taken. Upload a part of it.",
        )
    check_size(sum(size or 0 for size in sizes_of(info)), wish)
    for one in parts_of(info):
        scheme = str(one.get("url", "")).partition(":")[0]
        if one.get("protocol") not in PROTOCOLS or scheme not in ("http", "https"):
            raise InvalidInput(
                ErrorCode.link_unsupported,
                "The video is offered in a way that is not downloaded; upload the file.",
            )


def check_size(size_bytes: float, wish: Wish) -> None:
    """Raises MediaError (SOURCE_TOO_LARGE)."""
    if size_bytes > wish.max_bytes:
        raise MediaError(
            ErrorCode.source_too_large,
            f"The video is larger than {wish.max_bytes / 2**30:.3g} GiB; upload a shorter or "
            "smaller one.",
        )


def parts_of(info: Mapping[str, Any]) -> Sequence[Mapping[str, Any]]:
    """Picture and sound, or both in one."""
    return info.get("requested_formats") or [info]


def sizes_of(info: Mapping[str, Any]) -> list[float | None]:
    """Bytes of each part, as far as the page tells."""
    return [one.get("filesize") or one.get("filesize_approx") for one in parts_of(info)]


def facts_of(info: Mapping[str, Any], **more: Any) -> LinkFacts:
    """What is kept of what the page says."""
    duration_s = info.get("duration")
    return LinkFacts(
        site=_text(info.get("extractor_key") or info.get("extractor")) or "unknown",
        video_id=_text(info.get("id")) or "unknown",
        title=_text(info.get("title")) or "Video",
        uploader=_text(info.get("uploader") or info.get("channel")),
        duration_ms=round(duration_s * 1000) or None if duration_s else None,
        language=_text(info.get("language")),
        chapters=tuple(_chapters(info.get("chapters") or ())),
        width=info.get("width") or None,
        height=info.get("height") or None,
        **more,
    )


def _chapters(given: Sequence[Mapping[str, Any]]) -> list[Chapter]:
    """Those that have a beginning and an end."""
    chapters = []
    for one in given[:MOST_CHAPTERS]:
        try:
            start_ms, end_ms = round(one["start_time"] * 1000), round(one["end_time"] * 1000)
            title = _text(one.get("title")) or ""
            chapters.append(Chapter(start_ms=start_ms, end_ms=end_ms, title=title))
        except (KeyError, TypeError, ValueError, ValidationError):
            continue  # a page may leave an end out
    return chapters


def _text(value: object) -> str | None:
    """On one line, without what no database or terminal should be given."""
    if value is None:
        return None
    shown = "".join(one if one.isprintable() else " " for one in str(value))
    return " ".join(shown.split())[:MOST_TEXT] or None
