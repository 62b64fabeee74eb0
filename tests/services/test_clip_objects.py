"""Files of clips that are no more, and only those, go away."""

from pathlib import Path
from uuid import uuid4

import pytest
from sqlalchemy import Engine

from cliply.db.clips import list_clips
from cliply.db.models import Render
from cliply.db.renders import get_render
from cliply.db.session import workspace_session
from cliply.domain.ids import JobRef, RenderId, WorkspaceId
from cliply.services.clip_changes import delete_clips
from cliply.services.clip_objects import clear_slot
from cliply.services.clips import plan_clips
from cliply.storage.keys import clips_prefix, render_key, slot_of
from cliply.storage.objects import ObjectStore
from cliply.upkeep.clip_objects import sweep_clip_objects
from tests.rows import moments, rendered_job

SUFFIXES = (".mp4", ".srt", ".vtt", ".jpg")


@pytest.fixture
def store(tmp_path: Path) -> ObjectStore:
    return ObjectStore(tmp_path.as_uri())


@pytest.fixture
def ref(engine: Engine, workspace: WorkspaceId, store: ObjectStore) -> JobRef:
    """A job with two clips; version 1 of each lies in the storage."""
    ref = rendered_job(engine, workspace, 0, 30_000)
    with workspace_session(engine, workspace) as session:
        for clip in list_clips(session, ref.job_id):
            row = get_render(session, clip)
            row.video_key, row.srt_key, row.vtt_key, row.poster_key = put(store, ref, clip.slot, 1)
    return ref


def put(store: ObjectStore, ref: JobRef, slot: int, version: int) -> list[str]:
    keys = [render_key(ref, slot, version, suffix) for suffix in SUFFIXES]
    for key in keys:
        store.put_bytes(key, b"it")
    return keys


def delete(engine: Engine, ref: JobRef, slot: int) -> None:
    with workspace_session(engine, ref.workspace_id) as session:
        clip = next(one for one in list_clips(session, ref.job_id) if one.slot == slot)
        delete_clips(session, [clip.id])


def slots(store: ObjectStore, ref: JobRef) -> set[int]:
    found = [slot_of(key) for key in store.list(clips_prefix(ref.workspace_id))]
    return {one[1] for one in found if one}


def test_what_a_deletion_left_behind_is_swept(
    engine: Engine, system_engine: Engine, store: ObjectStore, ref: JobRef
) -> None:
    delete(engine, ref, 1)

    assert sweep_clip_objects(system_engine, store) == 4
    assert slots(store, ref) == {0}
    assert sweep_clip_objects(system_engine, store) == 0


def test_versions_that_no_render_names_are_swept_beside_those_that_are_named(
    engine: Engine, system_engine: Engine, store: ObjectStore, ref: JobRef
) -> None:
    put(store, ref, 0, 2)

    assert sweep_clip_objects(system_engine, store) == 4
    assert {Path(key).stem for key in store.list(clips_prefix(ref.workspace_id))} == {"v1"}


def test_a_slot_that_has_a_new_clip_keeps_its_files(
    engine: Engine, store: ObjectStore, ref: JobRef
) -> None:
    """The new clip's first version is called as the old one's was."""
    delete(engine, ref, 1)
    with workspace_session(engine, ref.workspace_id) as session:
        held, new = plan_clips(session, ref.job_id, moments(0, 30_000), 5)
        old = get_render(session, held)
        row = Render(**{name: getattr(old, name) for name in Render.__table__.columns.keys()})  # noqa: SIM118
        row.id, row.clip_id, new.version = RenderId(uuid4()), new.id, 1
        row.video_key, row.srt_key, row.vtt_key, row.poster_key = put(store, ref, 1, 1)
        session.add(row)

    assert clear_slot(engine, store, ref, 1) == 0
    assert slots(store, ref) == {0, 1}


def test_files_of_other_kinds_are_no_clips() -> None:
    assert slot_of("0" * 32 + "/analysis/" + "0" * 32 + "/ranking.json") is None
