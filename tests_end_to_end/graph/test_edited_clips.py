"""A clip that is edited is rendered alone, and only when something changed."""

from pathlib import Path

import pytest
from PIL import Image
from sqlalchemy import Engine

from clip_assets.steps import REUSE_TAG
from cliply.db import clips as clip_rows
from cliply.db import jobs as job_rows
from cliply.db import renders as render_rows
from cliply.db import steps as step_rows
from cliply.db.session import workspace_session
from cliply.domain.attachments import AttachmentKind
from cliply.domain.brand import BrandKit
from cliply.domain.clips import ClipStatus, status_of
from cliply.domain.effects import Logo
from cliply.domain.ids import JobRef
from cliply.domain.jobs import JobStatus, StepStatus
from cliply.services.brand import put_kit
from cliply.services.brand_files import add_file, remove_file
from cliply.services.editing import edit_clip, reset_edit
from cliply.services.edits import amend
from cliply.services.results import read_clip
from cliply.storage.objects import ObjectStore
from tests_end_to_end.graph.conftest import QUICK, Materialise
from tests_end_to_end.graph.test_graph import made

REUSE = {REUSE_TAG: "true"}
RED = amend(QUICK, {"captions.accent_colour": "#FF0000"})


@pytest.fixture
def finished(materialise: Materialise, submitted: JobRef) -> JobRef:
    assert materialise(submitted).success
    return submitted


def versions(engine: Engine, ref: JobRef) -> list[tuple[int, int]]:
    """Slot and version of every render."""
    with workspace_session(engine, ref.workspace_id) as session:
        slots = {clip.id: clip.slot for clip in clip_rows.list_clips(session, ref.job_id)}
        rows = render_rows.list_renders(session, ref.job_id)
        return [(slots[row.clip_id], row.version) for row in rows]


def attempts(engine: Engine, ref: JobRef) -> dict[str, int]:
    with workspace_session(engine, ref.workspace_id) as session:
        return {row.name: row.attempts for row in step_rows.list_steps(session, ref.job_id)}


def states(engine: Engine, ref: JobRef) -> tuple[JobStatus, list[tuple[ClipStatus, int | None]]]:
    with workspace_session(engine, ref.workspace_id) as session:
        clips = clip_rows.list_clips(session, ref.job_id)
        job = job_rows.get_job(session, ref.job_id)
        return job.status, [(clip.status, clip.version) for clip in clips]


def test_only_what_changed_runs_again(
    materialise: Materialise, finished: JobRef, engine: Engine, store: ObjectStore
) -> None:
    before = attempts(engine, finished)
    edit_clip(engine, finished, 1, RED)

    result = materialise(finished, "clip/c01", tags=REUSE)

    assert made(result) == {"clip/c01"}
    assert attempts(engine, finished) == before | {"clip/c01": 2}, "no analysis asset ran"
    assert versions(engine, finished) == [(0, 1), (1, 1), (1, 2)]
    clip = read_clip(store, finished, 1)
    assert clip.spec.captions is not None
    assert clip.spec.captions.accent_colour == "#FF0000"
    job, (_, edited) = states(engine, finished)
    assert (job, edited) == (JobStatus.review, (status_of(clip.report), 2))

    edit_clip(engine, finished, 1, RED)
    assert materialise(finished, "clip/c01", tags=REUSE).success
    assert materialise(finished, tags=REUSE).success
    assert versions(engine, finished) == [(0, 1), (1, 1), (1, 2)], "nothing changed"
    assert read_clip(store, finished, 1).version == 2, "a whole run keeps the clip's own edit"

    reset_edit(engine, finished, 1)
    assert materialise(finished, "clip/c01", tags=REUSE).success
    assert versions(engine, finished) == [(0, 1), (1, 1), (1, 2)], "its first version is there"
    first = read_clip(store, finished, 1)
    assert first.version == 1
    assert states(engine, finished)[1][1] == (status_of(first.report), 1)


def test_files_of_the_workspace_come_into_its_clips_and_one_that_is_gone_is_named(
    materialise: Materialise, finished: JobRef, engine: Engine, store: ObjectStore, tmp_path: Path
) -> None:
    logo = tmp_path / "logo.png"
    Image.new("RGBA", (64, 32), "red").save(logo)
    owner = finished.workspace_id
    accepted = add_file(engine, store, owner, "logo", logo, AttachmentKind.image)
    put_kit(engine, owner, BrandKit(logo=Logo(attachment="logo")))

    assert materialise(finished, "clip/c00", tags=REUSE).success

    clip = read_clip(store, finished, 0)
    assert (clip.version, clip.spec.attachments) == (2, (accepted,))

    backdrop = tmp_path / "beach.png"
    Image.new("RGB", (64, 32), "blue").save(backdrop)
    add_file(engine, store, owner, "beach", backdrop, AttachmentKind.image)
    edit_clip(engine, finished, 0, amend(QUICK, {"green_screen.background": "beach"}))
    remove_file(engine, store, owner, "beach")

    result = materialise(finished, "clip/c00", "clip/c01", tags=REUSE)

    assert not result.success
    assert made(result) == {"clip/c01"}
    with workspace_session(engine, owner) as session:
        step = step_rows.get_step(session, finished.job_id, "clip/c00")
        assert (step.status, step.error_code) == (StepStatus.failed, "ATTACHMENT_MISSING")
        assert "green_screen.background" in (step.error_message or "")
