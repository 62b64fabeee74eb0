"""`cliply doctor`: what works here, what does not, and how to mend it."""

import typer
from rich.console import Console
from rich.table import Table

from cliply.db.migrate import upgrade
from cliply.errors import SettingsError
from cliply.installation import database_urls, face_models_of, open_store, panel_of
from cliply.services import doctor as checks
from cliply.services.doctor import Finding, Verdict
from cliply.settings import Settings, load_settings

COLOURS = {Verdict.ok: "green", Verdict.degraded: "yellow", Verdict.broken: "red"}


def doctor() -> None:
    """Check FFmpeg, database, storage, models and disk; status 1 when something is broken."""
    findings = examine(load_settings())
    table = Table("part", "state", "found", "how to mend it")
    for finding in findings:
        state = f"[{COLOURS[finding.verdict]}]{finding.verdict.value}[/]"
        table.add_row(finding.part, state, finding.found, finding.mend)
    Console().print(table)
    if any(finding.verdict is Verdict.broken for finding in findings):
        raise typer.Exit(1)


def examine(settings: Settings) -> list[Finding]:
    """All findings; a part that is down does not hide the others."""
    settings.cliply_home.mkdir(parents=True, exist_ok=True)
    return checks.examine_all(
        [
            ("FFmpeg", lambda: checks.check_ffmpeg(settings.ffmpeg_binary)),
            ("database", lambda: _check_database(settings)),
            ("storage", lambda: _check_storage(settings)),
            (
                "speech recognition",
                lambda: checks.check_speech(settings.whisper_model, settings.resolved_models_dir),
            ),
            ("models", lambda: checks.check_models(settings.resolved_models_dir)),
            ("ranking", lambda: checks.check_ranking(panel_of(settings))),
            ("face detector", lambda: checks.check_faces(face_models_of(settings))),
            *([("workers", lambda: _check_workers(settings))] if _has_workers(settings) else []),
            ("caption font", checks.check_fonts),
            ("disk", lambda: checks.check_disk(settings.cliply_home)),
        ]
    )


def _check_database(settings: Settings) -> Finding:
    with database_urls(settings) as urls:
        upgrade(urls)
        return checks.check_database(urls)


def _has_workers(settings: Settings) -> bool:
    return settings.execution == "celery"


def _check_workers(settings: Settings) -> Finding:
    from cliply.queues.board import WorkBoard
    from cliply.services.worker_checks import check_workers

    if settings.celery_broker_url is None:
        raise SettingsError("EXECUTION=celery needs CELERY_BROKER_URL.")
    board = WorkBoard(settings.celery_broker_url)
    try:
        return check_workers(board.list_workers(), settings.concurrent_runs)
    finally:
        board.close()


def _check_storage(settings: Settings) -> Finding:
    return checks.check_storage(open_store(settings), settings.resolved_storage_url)
