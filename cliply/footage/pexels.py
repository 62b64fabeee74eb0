"""Footage from Pexels: search and download (https://www.pexels.com/api/documentation/)."""

import os
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from tempfile import mkstemp

import httpx
from pydantic import SecretStr, ValidationError

from cliply.domain.attachments import Attachment, AttachmentKind, AttachmentLimits
from cliply.domain.progress import OnProgress, unwatched
from cliply.errors import (
    CliplyError,
    ErrorCode,
    InvalidInput,
    MediaError,
    SettingsError,
    Unavailable,
)
from cliply.footage.pexels_wire import SearchReply, found_videos
from cliply.footage.videos import FoundVideos, Orientation, VideoFile
from cliply.media.attachments import STANDARD_LIMITS, accept

BASE_URL = "https://api.pexels.com"
MOST_PER_PAGE = 80
TIMEOUT_S = 30.0
BLOCK_BYTES = 256 * 1024

LONGEST_WAIT_S = 3600
"""The limit is 200 requests an hour: how long a refusal lasts that does not say so."""


class Pexels:
    """Talks to Pexels with one key: 200 requests an hour, 20,000 a month."""

    def __init__(
        self, key: SecretStr, *, base_url: str = BASE_URL, timeout_s: float = TIMEOUT_S
    ) -> None:
        self._key = key
        self._base_url = httpx.URL(base_url)
        self._timeout_s = timeout_s

    def search(
        self,
        query: str,
        *,
        orientation: Orientation = Orientation.portrait,
        min_duration_ms: int = 0,
        max_duration_ms: int | None = None,
        count: int = 15,
        page: int = 1,
    ) -> FoundVideos:
        """One page of videos, those of unfit length left out.

        Raises InvalidInput for a search that can not be made, SettingsError when the key is
        refused, and Unavailable when Pexels is, with `retry_after_s` where it says so.
        """
        _check_search(query, count, page)
        asked: dict[str, str | int] = {
            "query": query.strip(),
            "orientation": orientation.value,
            "per_page": count,
            "page": page,
        }
        with _reaching("searched"), self._client() as client:
            # the key alone, without a scheme; and to nobody but the API
            key = {"Authorization": self._key.get_secret_value()}
            answer = client.get(
                self._base_url.copy_with(path="/videos/search"), params=asked, headers=key
            )
        _check_status(answer, "search")
        found = found_videos(_parsed(answer), answer.headers)
        fits = [
            video
            for video in found.videos
            if min_duration_ms <= video.duration_ms <= (max_duration_ms or video.duration_ms)
        ]
        return found.model_copy(update={"videos": tuple(fits)})

    def download(
        self,
        file: VideoFile,
        folder: Path,
        *,
        name: str = "footage.mp4",
        limits: AttachmentLimits = STANDARD_LIMITS,
        on_progress: OnProgress = unwatched,
    ) -> tuple[Path, Attachment]:
        """Fetch a file into a folder, and accept it as an attachment.

        Nothing is left in the folder when it fails or `on_progress` raises. Raises MediaError
        when what came is no usable video or too large, Unavailable when it did not come whole.
        """
        self._check_url(httpx.URL(file.url))
        folder.mkdir(parents=True, exist_ok=True)
        handle, part = mkstemp(dir=folder, prefix=".fetching-")
        try:
            with os.fdopen(handle, "wb") as target:
                for block in self._fetched(file.url, limits.max_video_bytes, on_progress):
                    target.write(block)
            attachment = _accepted(Path(part), limits)
            return Path(part).rename(folder / name), attachment
        finally:
            Path(part).unlink(missing_ok=True)

    def _client(self) -> httpx.Client:
        return httpx.Client(timeout=self._timeout_s, trust_env=False)

    def _check_url(self, url: httpx.URL) -> None:
        if url.scheme != self._base_url.scheme:
            raise MediaError(
                ErrorCode.footage_invalid,
                f"The footage lies at an address that starts with {url.scheme!r}, which is not "
                "fetched: choose another video.",
            )

    def _fetched(self, url: str, most_bytes: int, on_progress: OnProgress) -> Iterator[bytes]:
        with _reaching("fetched"), self._client() as client, self._opened(client, url) as answer:
            told = answer.headers.get("Content-Length", "")
            announced = int(told) if told.isdecimal() else 0
            came = 0
            for block in answer.iter_bytes(BLOCK_BYTES):
                came += len(block)
                if max(came, announced) > most_bytes:
                    raise _too_large(most_bytes)
                on_progress(min(1.0, came / announced) if announced else 0.0)
                yield block

    @contextmanager
    def _opened(self, client: httpx.Client, url: str) -> Iterator[httpx.Response]:
        """The answer at an address, or at the one that it leads to."""
        with client.stream("GET", url) as answer:
            if answer.next_request is None:
                _check_status(answer, "download")
                yield answer
                return
            there = answer.next_request.url
        self._check_url(there)
        with client.stream("GET", there) as answer:
            _check_status(answer, "download")
            yield answer


def _check_search(query: str, count: int, page: int) -> None:
    if not query.strip() or not 1 <= count <= MOST_PER_PAGE or page < 1:
        raise InvalidInput(
            ErrorCode.option_invalid,
            f"A search for footage needs words, 1 to {MOST_PER_PAGE} results a page and a page "
            "from 1 on.",
        )


@contextmanager
def _reaching(what: str) -> Iterator[None]:
    """Says in our words that Pexels was not reached; httpx's own errors hold no headers."""
    try:
        yield
    except httpx.HTTPError as error:
        raise Unavailable(
            ErrorCode.footage_unavailable,
            f"Pexels could not be {what} ({type(error).__name__}): try again later.",
        ) from error


def _check_status(answer: httpx.Response, what: str) -> None:
    status = answer.status_code
    if status == httpx.codes.OK:
        return
    if status in (httpx.codes.UNAUTHORIZED, httpx.codes.FORBIDDEN) and what == "search":
        raise SettingsError("Pexels refused the key: set one that is valid.")
    if status == httpx.codes.TOO_MANY_REQUESTS:
        wait_s = _wait_s(answer)
        raise Unavailable(
            ErrorCode.footage_unavailable,
            f"The limit of requests to Pexels is reached: try again in {wait_s} s.",
            retry_after_s=wait_s,
        )
    if status >= 500:
        raise Unavailable(
            ErrorCode.footage_unavailable,
            f"Pexels answered the {what} with status {status}: try again later.",
        )
    raise _refused(status, what)


def _wait_s(answer: httpx.Response) -> int:
    told = answer.headers.get("Retry-After", "")
    return int(told) if told.isdecimal() else LONGEST_WAIT_S


def _refused(status: int, what: str) -> CliplyError:
    return MediaError(
        ErrorCode.footage_invalid,
        f"Pexels answered the {what} with status {status}: choose another video or other words.",
    )


def _parsed(answer: httpx.Response) -> SearchReply:
    try:
        return SearchReply.model_validate_json(answer.content)
    except ValidationError as error:
        raise Unavailable(
            ErrorCode.footage_unavailable,
            "Pexels answered a search with something else than results: try again later.",
        ) from error


def _accepted(path: Path, limits: AttachmentLimits) -> Attachment:
    try:
        return accept(path, AttachmentKind.video, limits)
    except InvalidInput as error:
        raise MediaError(
            ErrorCode.footage_invalid,
            f"What Pexels sent can not be used as footage ({error.code.value}): choose another "
            "video.",
        ) from error


def _too_large(most_bytes: int) -> MediaError:
    return MediaError(
        ErrorCode.footage_invalid,
        f"The footage has more than {most_bytes / 1e6:g} MB: choose a smaller file of it.",
    )
