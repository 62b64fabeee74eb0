"""From a link to files in a folder: tries, proxies, and what is kept between tries."""

import random
import shutil
import time
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

from cliply.domain.links import LinkFacts
from cliply.domain.progress import OnProgress, unwatched
from cliply.errors import ErrorCode, SettingsError, Unavailable
from cliply.links.addresses import Link
from cliply.links.asking import Fetched
from cliply.links.process import WAKE_S, download
from cliply.links.rules import LinkRules
from cliply.outbound.dialling import Upstream

WORTH_ANOTHER = frozenset({ErrorCode.link_refused, ErrorCode.link_unavailable})
MOST_WAIT_S = 120.0
"""A site that wants to be left alone for longer is asked again by the next attempt of the step."""
STALE_S = 24 * 3600.0


@dataclass(frozen=True)
class FetchedFiles:
    """In the folder of the download, until that is removed."""

    media: Path
    captions: Path | None
    facts: LinkFacts


def fetch(
    link: Link,
    folder: Path,
    rules: LinkRules,
    *,
    language: str | None = None,
    on_progress: OnProgress = unwatched,
) -> FetchedFiles:
    """Download the video with its captions; what an earlier call left there is gone on with.

    A site that refuses or does not answer is asked `rules.tries` times, through the next
    proxy each time, after the wait that it asks for or a growing one. `language` is what
    the tenant says is spoken.

    Raises InvalidInput when the video is not to be had, Unavailable when another call may
    help (the parts are kept for it), and what `on_progress` raises, within half a second.
    """
    _prepare(folder, rules)
    upstreams = _upstreams(rules)
    for attempt in range(rules.tries):
        try:
            upstream = upstreams[attempt % len(upstreams)]
            found = download(
                link,
                folder,
                rules,
                language=language,
                upstream=upstream,
                on_progress=on_progress,
            )
            return _checked(folder, found)
        except Unavailable as error:
            wait_s = error.retry_after_s or rules.backoff_s * 3**attempt
            is_last = attempt == rules.tries - 1
            if is_last or error.code not in WORTH_ANOTHER or wait_s > MOST_WAIT_S:
                raise
            _wait(wait_s, on_progress)
    raise AssertionError("the last try returns or raises")


def remove_stale_downloads(downloads: Path, *, older_than_s: float = STALE_S) -> int:
    """Remove folders that nothing was written to for so long; how many."""
    if not downloads.is_dir():
        return 0
    oldest = time.time() - older_than_s
    stale = [one for one in downloads.iterdir() if one.is_dir() and _written_at(one) < oldest]
    for folder in stale:
        shutil.rmtree(folder, ignore_errors=True)
    return len(stale)


def _written_at(folder: Path) -> float:
    """When the folder or a file in it was last written; now for one that vanishes meanwhile."""
    try:
        return max(one.stat().st_mtime for one in [folder, *folder.iterdir()])
    except FileNotFoundError:
        return time.time()


def _prepare(folder: Path, rules: LinkRules) -> None:
    folder.mkdir(mode=0o700, parents=True, exist_ok=True)
    if rules.cookies is None:
        return
    try:  # yt-dlp writes to it
        content = rules.cookies.read_bytes()
    except OSError as error:
        raise SettingsError(
            f"COOKIES_FILE {rules.cookies} can not be read ({error.strerror}); mend its path, or "
            "unset it."
        ) from error
    copy = folder / "cookies.txt"
    copy.touch(mode=0o600)
    copy.write_bytes(content)


def _upstreams(rules: LinkRules) -> Sequence[Upstream | None]:
    """In turn, from any of them on."""
    parsed = [Upstream.parse(one.get_secret_value()) for one in rules.proxies]
    first = random.randrange(len(parsed)) if parsed else 0
    return [*parsed[first:], *parsed[:first]] or [None]


def _checked(folder: Path, found: Fetched) -> FetchedFiles:
    media = _inside(folder, found.media)
    captions = None if found.captions is None else _inside(folder, found.captions)
    return FetchedFiles(media, captions, found.facts)


def _inside(folder: Path, name: str) -> Path:
    path = folder / name
    if Path(name).name != name or path.is_symlink() or not path.is_file():
        raise Unavailable(
            ErrorCode.link_unavailable, "The download left no file behind; try again later."
        )
    return path


def _wait(wait_s: float, on_progress: OnProgress) -> None:
    """Stoppable at any time."""
    until = time.monotonic() + wait_s
    while (left_s := until - time.monotonic()) > 0:
        on_progress(0.0)
        time.sleep(min(WAKE_S, left_s))
