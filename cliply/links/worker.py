"""The process that downloads: confines itself, runs yt-dlp, tells what happens line by line."""

import os
import sys
import time
from collections.abc import Callable, Mapping
from contextlib import suppress
from pathlib import Path
from typing import Any, NoReturn
from urllib.parse import urlsplit

from cliply.errors import ErrorCode, InvalidInput
from cliply.links.asking import Failure, Fetched, Told, Wish
from cliply.links.captions import FORMATS, Captions, choose_captions
from cliply.links.confinement import confine
from cliply.links.inspection import check_found, check_size, facts_of, only_video, sizes_of
from cliply.links.options import options

TELL_EVERY_S = 0.2
MOST_CAUSES = 6
OF = Path("of.txt")
"""Which video the files of this folder are of, in which formats."""

Tell = Callable[[Told], None]


def main() -> None:
    wish = Wish.model_validate_json(sys.stdin.buffer.read())
    tell = telling()
    programs = [wish.ffmpeg, *([wish.js_runtime] if wish.js_runtime else [])]
    confine(
        cpu_s=wish.cpu_s,
        memory_bytes=wish.memory_bytes,
        file_bytes=wish.file_bytes,
        port=wish.proxy_port,
        programs=programs,
    )
    try:
        tell(Told(fetched=fetch(wish, tell)))
    except InvalidInput as refusal:
        tell(Told(refused=(refusal.code.value, refusal.message)))
    except Exception as error:  # the process's boundary: its parent knows what to make of it
        tell(Told(failed=failure_of(error)))


def telling() -> Tell:
    """Writes to what was the standard output, which nothing else can print to from here on."""
    lines = os.fdopen(os.dup(1), "w", buffering=1)
    os.dup2(2, 1)

    def tell(told: Told) -> None:
        lines.write(told.model_dump_json(exclude_none=True) + "\n")

    return tell


def fetch(wish: Wish, tell: Tell) -> Fetched:
    """Everything, in the present folder. Raises InvalidInput and whatever yt-dlp raises."""
    from yt_dlp import YoutubeDL  # type: ignore[import-untyped]
    from yt_dlp.postprocessor.ffmpeg import (  # type: ignore[import-untyped]
        FFmpegPostProcessor,
    )

    # Its command sets this, too: without it encrypted streams are decrypted in Python, 20 KB/s.
    FFmpegPostProcessor._ffmpeg_location.set(wish.ffmpeg)

    class Pages(YoutubeDL):  # type: ignore[misc]
        """Takes no page that a tenant could not have named, wherever another page leads."""

        def extract_info(self, url: str, *arguments: Any, **named: Any) -> Any:
            check_page(url, wish)
            return super().extract_info(url, *arguments, **named)

    progress = Progress(wish, tell)
    with Pages(options(wish, progress.hear, progress.hear_joining, Quiet())) as pages:
        info = only_video(pages.extract_info(wish.url, download=False), wish)
        check_found(info, wish)
        start_over_if_other(info)
        chosen = choose_captions(info, wish.language)
        captions = chosen and fetch_captions(pages, chosen, info)
        progress.begin(sizes_of(info))
        done = pages.process_ie_result(pages.sanitize_info(dict(info)), download=True)
        media = Path(done["requested_downloads"][0]["filepath"]).name
    is_there = captions is not None and chosen is not None
    facts = facts_of(
        info,
        captions_language=chosen.language if is_there and chosen else None,
        captions_are_automatic=bool(is_there and chosen and chosen.is_automatic),
    )
    return Fetched(media=media, captions=captions, facts=facts)


def check_page(url: str, wish: Wish) -> None:
    """Raises InvalidInput for a page of a site that is not on the list.

    Extractors also have addresses of their own, as in `twitch:vod:1`, which are no pages.
    """
    parts = urlsplit(url)
    if parts.scheme not in ("http", "https"):
        if "://" in url:
            _refuse_page(parts.scheme)
        return
    host = (parts.hostname or "").removesuffix(".")
    if not any(host == one or host.endswith(f".{one}") for one in wish.domains):
        _refuse_page(host)


def _refuse_page(where: str) -> NoReturn:
    raise InvalidInput(
        ErrorCode.link_not_allowed,
        f"The link leads on to {where[:100]}, whose links are not taken; give the link of the "
        "video itself, or upload the file.",
    )


def start_over_if_other(info: Mapping[str, Any]) -> None:
    """Remove what an earlier attempt left of another video; what is left of this one goes on."""
    name = f"{info.get('extractor_key')} {info.get('id')} {info.get('format_id')}"
    if OF.exists() and OF.read_text() != name:
        for leftover in Path().glob("source*"):
            leftover.unlink()
    OF.write_text(name)


def fetch_captions(pages: Any, chosen: Captions, info: Mapping[str, Any]) -> str | None:
    """Name of their file; None when they can not be had, which keeps no video from us."""
    extension = chosen.track["ext"]
    assert extension in FORMATS
    file = Path(f"captions.{extension}")
    with suppress(OSError):
        file.unlink()
    if chosen.track.get("data"):
        file.write_text(str(chosen.track["data"]))
        return file.name
    asked = {"http_headers": info.get("http_headers"), **chosen.track}
    with suppress(Exception):  # whatever their server does
        pages.dl(str(file), asked, subtitle=True)
    return file.name if file.is_file() and file.stat().st_size else None


class Progress:
    """Adds up what has been downloaded of all parts."""

    def __init__(self, wish: Wish, tell: Tell) -> None:
        self._wish = wish
        self._tell = tell
        self._sizes: list[float | None] | None = None
        self._done: dict[str, float] = {}
        self._bytes: dict[str, float] = {}
        self._told_at = 0.0

    def begin(self, sizes: list[float | None]) -> None:
        """What was heard before this was no part of the video."""
        self._sizes = sizes

    def hear(self, state: Mapping[str, Any]) -> None:
        """A hook of yt-dlp. Raises MediaError when more comes than may."""
        if self._sizes is None:
            return
        name = str(state.get("filename"))
        done = float(state.get("downloaded_bytes") or 0)
        total = float(state.get("total_bytes") or state.get("total_bytes_estimate") or 0)
        self._bytes[name] = done
        announced = float(state.get("total_bytes") or 0)
        check_size(max(announced, sum(self._bytes.values())), self._wish)
        finished = state.get("status") == "finished"
        self._done[name] = 1.0 if finished else min(1.0, done / total) if total else 0.0
        if finished or time.monotonic() - self._told_at >= TELL_EVERY_S:
            self._told_at = time.monotonic()
            self._tell(Told(fraction=min(1.0, max(0.0, self._fraction(self._sizes)))))

    def hear_joining(self, state: Mapping[str, Any]) -> None:
        if state.get("status") == "started":
            self._tell(Told(stage="joining"))

    def _fraction(self, sizes: list[float | None]) -> float:
        known = [size for size in sizes if size]
        if len(known) == len(sizes) and sum(known) > 0:
            return sum(self._bytes.values()) / sum(known)
        return sum(self._done.values()) / max(len(sizes), len(self._done))


class Quiet:
    """A log that nobody reads: what matters is raised."""

    def debug(self, _message: str) -> None: ...

    def info(self, _message: str) -> None: ...

    def warning(self, _message: str) -> None: ...

    def error(self, _message: str) -> None: ...


def failure_of(error: BaseException) -> Failure:
    """The exception with what led to it."""
    chain = list(causes(error))
    status, retry_after_s = None, None
    for one in chain:
        answer = getattr(one, "response", None)
        if answer is not None and status is None:
            status = int(answer.status)
            told = str(answer.headers.get("Retry-After") or "")
            retry_after_s = int(told) if told.isascii() and told.isdigit() else None
    kinds = tuple(type(one).__name__ for one in chain)
    return Failure(
        message=str(error)[:2000], kinds=kinds, status=status, retry_after_s=retry_after_s
    )


def causes(error: BaseException) -> list[BaseException]:
    """The exception and what it was raised from, in the ways in which yt-dlp keeps that."""
    found: list[BaseException] = []
    waiting = [error]
    while waiting and len(found) < MOST_CAUSES:
        one = waiting.pop(0)
        if one in found:
            continue
        found.append(one)
        kept = (getattr(one, "exc_info", None) or (None, None, None))[1]
        linked = (kept, getattr(one, "cause", None), one.__cause__, one.__context__)
        waiting += [other for other in linked if isinstance(other, BaseException)]
    return found


if __name__ == "__main__":
    main()
