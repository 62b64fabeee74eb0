"""Is this installation fit for work, and what would mend it."""

import shutil
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from enum import StrEnum
from pathlib import Path

from cliply.db.jobs import list_jobs
from cliply.db.session import create_app_engine, workspace_session
from cliply.db.urls import DatabaseUrls
from cliply.domain.ids import LOCAL_WORKSPACE
from cliply.errors import CliplyError, ErrorCode, SettingsError, Unavailable
from cliply.media.faces import make_detector
from cliply.media.ffmpeg import ask, filters, find_ffmpeg
from cliply.media.fonts import FontShelf
from cliply.speech.weights import find_weights
from cliply.storage.keys import trial_key
from cliply.storage.objects import ObjectStore

LITTLE_SPACE_BYTES = 10 * 2**30
NO_SPACE_BYTES = 1 * 2**30
NEEDED_FILTERS = frozenset({"ass", "alimiter", "crop", "sendcmd", "gblur", "showwaves"})


class Verdict(StrEnum):
    ok = "ok"
    degraded = "degraded"
    """Work goes on, with less."""
    broken = "broken"


@dataclass(frozen=True)
class Finding:
    """One part that was looked at."""

    part: str
    verdict: Verdict
    found: str
    mend: str = ""


Check = Callable[[], Finding]


def examine(part: str, check: Check) -> Finding:
    """What the check found; an error we know becomes a finding with its own advice."""
    try:
        return check()
    except CliplyError as error:
        return Finding(part, Verdict.broken, error.code.value, error.message)


def examine_all(checks: Sequence[tuple[str, Check]]) -> list[Finding]:
    """Every finding, in the order of the checks."""
    return [examine(part, check) for part, check in checks]


def check_ffmpeg(binary: Path | None) -> Finding:
    path = find_ffmpeg(binary)
    missing = sorted(NEEDED_FILTERS - filters(path))
    if "libx264" not in ask(path, "-encoders"):
        missing.append("libx264")
    if missing:
        raise SettingsError(
            f"{path} lacks {', '.join(missing)}; unset FFMPEG_BINARY to use the packaged one.",
            ErrorCode.ffmpeg_missing,
        )
    return Finding("FFmpeg", Verdict.ok, str(path))


def check_database(urls: DatabaseUrls) -> Finding:
    """Log in under row security and read."""
    engine = create_app_engine(urls.app)
    try:
        with workspace_session(engine, LOCAL_WORKSPACE) as session:
            list_jobs(session, limit=1)
    finally:
        engine.dispose()
    return Finding("database", Verdict.ok, urls.owner.render_as_string(hide_password=True))


def check_storage(store: ObjectStore, where: str) -> Finding:
    """Write, read and remove one small object."""
    key = trial_key()
    store.put_bytes(key, b"cliply")
    try:
        if store.get_bytes(key) != b"cliply":
            raise Unavailable(
                ErrorCode.storage_unavailable,
                "Storage returned other bytes than were written; check its consistency settings.",
            )
    finally:
        store.delete([key])
    return Finding("storage", Verdict.ok, where)


def check_speech(whisper_model: str, models_dir: Path) -> Finding:
    weights = find_weights(whisper_model, models_dir)
    if weights is None:
        return Finding(
            "speech recognition",
            Verdict.degraded,
            "offline recogniser only, many words will be wrong",
            f"Put a CTranslate2 Whisper model into {models_dir / whisper_model}, or give "
            "--transcript with your file.",
        )
    return Finding("speech recognition", Verdict.ok, str(weights))


def check_faces(model: Path | None) -> Finding:
    return Finding("face detector", Verdict.ok, make_detector(model).name)


def check_fonts() -> Finding:
    return Finding("caption font", Verdict.ok, FontShelf().typeface(None).family)


def check_disk(home: Path) -> Finding:
    free = shutil.disk_usage(home).free
    found = f"{free / 2**30:.1f} GiB free in {home}"
    if free < LITTLE_SPACE_BYTES:
        verdict = Verdict.broken if free < NO_SPACE_BYTES else Verdict.degraded
        return Finding(
            "disk", verdict, found, "Free some space or set CLIPLY_HOME to another disk."
        )
    return Finding("disk", Verdict.ok, found)
