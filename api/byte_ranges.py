"""Files in answers: whole, in part or elsewhere (RFC 9110, sections 13 and 14)."""

import re
from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any

from fastapi import Request, Response
from starlette.responses import RedirectResponse, StreamingResponse

from api.errors import envelope
from cliply.errors import ErrorCode
from cliply.services.links import LIFETIME_S
from cliply.storage.bucket import disposition
from cliply.storage.objects import ObjectStore

BLOCK_BYTES = 1024 * 1024
"""Read and sent at a time: all that a download takes of memory."""

RANGE = re.compile(r"(\d{0,18})-(\d{0,18})")


@dataclass(frozen=True)
class Download:
    """A stored file as a person gets it."""

    key: str
    file_name: str
    content_type: str
    etag: str
    """Strong: objects under a key that is given out never change."""
    cache_control: str


class Unsatisfiable(Exception):
    """Nothing of the file lies in the wanted range."""


def file_answer(request: Request, store: ObjectStore, file: Download) -> Response:
    """What a GET or HEAD of the file is answered with.

    From a bucket that signs links a GET is sent there, for one hour. Raises NotFound when
    the object is gone.
    """
    size_bytes = store.size(file.key)
    headers = _headers(file)
    if _is_known(request, file.etag):
        return Response(status_code=304, headers=headers)
    if request.method == "HEAD":
        return Response(headers=headers | {"Content-Length": str(size_bytes)})
    link = store.signed_url(file.key, LIFETIME_S, file.file_name)
    if link is not None:
        return RedirectResponse(link, 307, {"Cache-Control": "no-store"})
    try:
        wanted = wanted_range(_range_header(request, file.etag), size_bytes)
    except Unsatisfiable:
        return _unsatisfiable(request, size_bytes)
    start, end = wanted or (0, size_bytes)
    headers["Content-Length"] = str(end - start)
    if wanted is not None:
        headers["Content-Range"] = f"bytes {start}-{end - 1}/{size_bytes}"
    status = 200 if wanted is None else 206
    return StreamingResponse(_blocks(store, file.key, start, end), status, headers)


def wanted_range(header: str | None, size_bytes: int) -> tuple[int, int] | None:
    """Start and end, half-open; None for all of the file: no range, several, or another unit.

    Raises Unsatisfiable for what lies outside, and for what is no range at all.
    """
    unit, _, ranges = (header or "").partition("=")
    if unit.strip().lower() != "bytes" or "," in ranges:
        return None
    found = RANGE.fullmatch(ranges.strip())
    if found is None or not (found[1] or found[2]):
        raise Unsatisfiable
    if not found[1]:
        start, end = max(0, size_bytes - int(found[2])), size_bytes
    else:
        start = int(found[1])
        end = min(size_bytes, int(found[2]) + 1) if found[2] else size_bytes
    if start >= end:
        raise Unsatisfiable
    return start, end


def _range_header(request: Request, etag: str) -> str | None:
    """None when the client has a part of another content, which If-Range tells."""
    condition = request.headers.get("if-range")
    return request.headers.get("range") if condition in (None, etag) else None


def _headers(file: Download) -> dict[str, str]:
    return {
        "ETag": file.etag,
        "Accept-Ranges": "bytes",
        "Content-Type": file.content_type,
        "Content-Disposition": disposition(file.file_name),
        "Cache-Control": file.cache_control,
    }


def _is_known(request: Request, etag: str) -> bool:
    given = request.headers.get("if-none-match", "").split(",")
    return any(one.strip().removeprefix("W/") in ("*", etag) for one in given)


def _unsatisfiable(request: Request, size_bytes: int) -> Response:
    said = f"The file has {size_bytes} bytes; ask for some of them, or for no range."
    answer = envelope(request, 416, ErrorCode.range_invalid, said)
    answer.headers["Content-Range"] = f"bytes */{size_bytes}"
    return answer


def _blocks(store: ObjectStore, key: str, start: int, end: int) -> Iterator[bytes]:
    with store.open_ranges(key) as file:
        file.seek(start)
        while start < end:
            block = file.read(min(BLOCK_BYTES, end - start))
            if not block:
                raise EOFError(f"{key} ends at byte {start}, {end} were promised")
            start += len(block)
            yield block


BINARY: dict[str, Any] = {"schema": {"type": "string", "format": "binary"}}


def download_answers(*content_types: str) -> dict[int | str, dict[str, Any]]:
    """The `responses` of a route that answers with `file_answer`."""
    content = {content_type: BINARY for content_type in content_types}
    return {
        200: {"description": "The file.", "content": content},
        206: {"description": "The part that was asked for.", "content": content},
        304: {"description": "You have it already."},
        307: {"description": "It is to be had from the storage, for one hour."},
    }
