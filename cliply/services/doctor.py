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
from cliply.media.ffmpeg import ask, filters, find_ffmpeg
from cliply.media.fonts import FontShelf
from cliply.models.catalogue import CATALOGUE
from cliply.models.manifest import read_manifest
from cliply.models.store import find_model, locate
from cliply.selection.ranking.offered import find_trouble
from cliply.services.face_models import FaceModels
from cliply.services.ranking import Panel
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
            f"Run `cliply models fetch {whisper_model}`, or give --transcript with your file.",
        )
    return Finding("speech recognition", Verdict.ok, str(weights))


def check_models(models_dir: Path) -> Finding:
    """Weights that are here, and recorded ones that are not whole any more; reads none."""
    here = [model.name for model in CATALOGUE if locate(model, models_dir)]
    lost = [name for name in read_manifest(models_dir).models if not find_model(name, models_dir)]
    if lost:
        advice = f"Run `cliply models fetch {' '.join(lost)}`."
        return Finding("models", Verdict.degraded, f"{', '.join(lost)} lost files", advice)
    return Finding("models", Verdict.ok, ", ".join(here) or "none but the packaged ones")


def check_ranking(panel: Panel) -> Finding:
    """Asks every host that is set up for its list of models."""
    troubles = {one: find_trouble(one) for one in panel.providers if not one.missing}
    well = [one.label for one, trouble in troubles.items() if trouble is None]
    bad = [f"{one.name}: {trouble}" for one, trouble in troubles.items() if trouble]
    found = "; ".join([", ".join(well) or "signals alone", *bad])
    if bad:
        advice = "Mend its key, its model or its address; docs/how-to/ranking.md says how."
        return Finding("ranking", Verdict.degraded, found, advice)
    return Finding("ranking", Verdict.ok, found)


def check_faces(models: FaceModels) -> Finding:
    detector, recogniser = models.make_detector(), models.make_recogniser()
    found = f"{detector.name}; persons by {recogniser.name}"
    better = [refusal.engine for refusal in models.refusals]
    if not better:
        return Finding("face detector", Verdict.ok, found)
    advice = (
        f"Upright faces only; set FACE_MODEL={better[0]} for small and turned ones "
        "(docs/how-to/face-models.md)."
    )
    return Finding("face detector", Verdict.ok, found, advice)


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
