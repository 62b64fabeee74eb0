"""Sweeps temporary files of processes that were killed."""

import os
import shutil
import tempfile
import time
from pathlib import Path

OLD_S = 86_400.0
OURS = ("deepgram", "footage", "frames", "link", "object", "render", "sentences", "vectors")
"""What steps work in. Others of ours hold what lives for long: sockets, counters, homes."""


def sweep_temporary(folder: Path | None = None, *, older_s: float = OLD_S) -> int:
    """Remove what is named like ours, belongs to this account and is used by nobody; how many.

    A living process writes into its folder or holds it open; what has neither changed for
    a day nor is open has lost its owner.
    """
    place = folder or Path(tempfile.gettempdir())
    in_use = _opened_below(place)
    oldest = time.time() - older_s
    gone = 0
    for path in (found for name in OURS for found in place.glob(f"cliply-{name}-*")):
        if path in in_use or not _is_ours(path) or _changed_at(path) > oldest:
            continue
        if path.is_dir() and not path.is_symlink():
            shutil.rmtree(path, ignore_errors=True)
        else:
            path.unlink(missing_ok=True)
        gone += 1
    return gone


def _is_ours(path: Path) -> bool:
    try:
        return path.lstat().st_uid == os.getuid()
    except FileNotFoundError:
        return False


def _changed_at(path: Path) -> float:
    """When anything in it was last written."""
    newest = 0.0
    for one in (path, *path.rglob("*")):
        try:
            newest = max(newest, one.lstat().st_mtime)
        except FileNotFoundError:
            continue
    return newest


def _opened_below(place: Path) -> set[Path]:
    """Entries of the folder in which a process of this machine has something open."""
    used = set()
    for link in Path("/proc").glob("[0-9]*/fd/*"):
        try:
            target = Path(link.readlink())
        except OSError:
            continue
        if target.is_relative_to(place) and target != place:
            used.add(place / target.relative_to(place).parts[0])
    return used
