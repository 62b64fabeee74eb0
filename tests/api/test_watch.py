"""`cliply watch`: the lines that a person reads."""

import asyncio
import io

import pytest
from rich.console import Console
from sqlalchemy import Engine

from api.realtime.messages import Message
from cli.watch import follow, line_of
from cliply.db.session import workspace_session
from cliply.domain.ids import WorkspaceId
from cliply.domain.job_moves import JobMove
from cliply.errors import ErrorCode, MediaError
from cliply.services.jobs import move_job
from cliply.services.steps import fail_step, start_step
from tests.rows import new_job


def test_a_failed_job_is_shown_from_its_begin_to_its_end(
    engine: Engine, workspace: WorkspaceId
) -> None:
    ref = new_job(engine, workspace)
    error = MediaError(ErrorCode.source_corrupt, "It is broken.")
    with workspace_session(engine, workspace) as session:
        move_job(session, ref.job_id, JobMove.ingest)
        start_step(session, ref, "source_video", "run")
        fail_step(session, ref, "source_video", error)
        move_job(session, ref.job_id, JobMove.fail, error=error)
    shown = io.StringIO()

    asyncio.run(follow(engine, ref, 0, Console(file=shown, highlight=False)))

    assert [line[10:] for line in shown.getvalue().splitlines()] == [
        "failed, 0% done",
        "created",
        "created -> ingesting",
        "source_video started",
        "source_video failed: SOURCE_CORRUPT: It is broken.",
        "ingesting -> failed: SOURCE_CORRUPT",
        "over: failed",
    ]


@pytest.mark.parametrize(
    ("kind", "body", "line"),
    [
        (
            "state",
            '{"status":"rendering","is_paused":true,"progress":0.5}',
            "rendering (paused), 50% done",
        ),
        (
            "progress",
            '{"step":"clip/c03","fraction":0.25,"job_progress":0.9}',
            "clip/c03 25%, job 90%",
        ),
        ("closed", '{"code":"NOT_FOUND","message":"It is gone."}', "NOT_FOUND: It is gone."),
    ],
)
def test_messages_without_a_time_are_lines_too(kind: str, body: str, line: str) -> None:
    assert line_of(Message(kind, body)).strip() == line
