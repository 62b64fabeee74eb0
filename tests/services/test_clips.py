from concurrent.futures import ThreadPoolExecutor

import pytest
from sqlalchemy import Engine

from cliply.db.clips import count_unrendered, get_clip, list_clips
from cliply.db.renders import find_newest_render, list_renders
from cliply.db.session import workspace_session
from cliply.domain.clips import ClipStatus
from cliply.domain.ids import ClipId, JobRef, WorkspaceId
from cliply.errors import NotFound
from cliply.services.clips import add_render, find_render, next_version, plan_clips
from tests.rows import MEASURED, candidates, new_job, render_files, render_spec


@pytest.fixture
def ref(engine: Engine, workspace: WorkspaceId) -> JobRef:
    return new_job(engine, workspace)


def plan(engine: Engine, ref: JobRef, *starts_ms: int, max_clips: int = 5) -> list[ClipId]:
    with workspace_session(engine, ref.workspace_id) as session:
        return [
            clip.id for clip in plan_clips(session, ref.job_id, candidates(*starts_ms), max_clips)
        ]


def render(engine: Engine, ref: JobRef, clip_id: ClipId, start_ms: int, crf: int = 20) -> int:
    with workspace_session(engine, ref.workspace_id) as session:
        version = next_version(session, clip_id)
        spec = render_spec(start_ms, crf=crf)
        add_render(session, clip_id, version, spec, render_files(version), MEASURED)
        return version


def unrendered(engine: Engine, ref: JobRef) -> int:
    with workspace_session(engine, ref.workspace_id) as session:
        return count_unrendered(session, ref.job_id)


def test_slots_are_filled_in_order_of_rank(engine: Engine, ref: JobRef) -> None:
    plan(engine, ref, 50_000, 10_000, 90_000, max_clips=2)
    with workspace_session(engine, ref.workspace_id) as session:
        rows = list_clips(session, ref.job_id)
    assert [(row.slot, row.start_ms) for row in rows] == [(0, 50_000), (1, 10_000)]
    assert rows[0].span == candidates(50_000).items[0].span
    assert rows[0].parts == candidates(50_000).items[0].parts
    assert rows[0].status is ClipStatus.planned


def test_planning_again_keeps_ids_and_drops_what_is_gone(engine: Engine, ref: JobRef) -> None:
    first = plan(engine, ref, 0, 30_000, 60_000)
    for clip_id, start_ms in zip(first, (0, 30_000, 60_000), strict=True):
        render(engine, ref, clip_id, start_ms)
    assert plan(engine, ref, 0, 31_000) == first[:2]
    with workspace_session(engine, ref.workspace_id) as session:
        rows = list_clips(session, ref.job_id)
        assert {row.clip_id for row in list_renders(session, ref.job_id)} == set(first[:2])
    assert [(row.title, row.status) for row in rows] == [
        ("From 0", ClipStatus.rendered),
        ("From 31000", ClipStatus.planned),
    ]
    assert unrendered(engine, ref) == 1


def test_no_candidates_leave_no_clips(engine: Engine, ref: JobRef) -> None:
    plan(engine, ref, 0)
    assert plan(engine, ref) == []
    with workspace_session(engine, ref.workspace_id) as session:
        assert list_clips(session, ref.job_id) == []


def test_a_job_is_rendered_when_each_clip_is(engine: Engine, ref: JobRef) -> None:
    first, second = plan(engine, ref, 0, 30_000)
    assert unrendered(engine, ref) == 2
    render(engine, ref, first, 0)
    render(engine, ref, first, 0, crf=18)
    assert unrendered(engine, ref) == 1
    render(engine, ref, second, 30_000)
    assert unrendered(engine, ref) == 0


def test_versions_count_up_and_the_newest_stands_for_the_clip(engine: Engine, ref: JobRef) -> None:
    (clip_id,) = plan(engine, ref, 0)
    assert [render(engine, ref, clip_id, 0, crf=crf) for crf in (20, 18)] == [1, 2]
    with workspace_session(engine, ref.workspace_id) as session:
        newest = find_newest_render(session, clip_id)
        assert newest is not None
        assert newest.version == 2
        assert newest.spec == render_spec(0, crf=18)
        assert newest.measured == MEASURED
        assert newest.video_key == "v2.mp4"
        assert get_clip(session, clip_id).status is ClipStatus.rendered


def test_a_render_is_found_by_its_spec(engine: Engine, ref: JobRef, rival: WorkspaceId) -> None:
    (clip_id,) = plan(engine, ref, 0)
    render(engine, ref, clip_id, 0)
    with workspace_session(engine, ref.workspace_id) as session:
        found = find_render(session, clip_id, render_spec(0).digest)
        assert found is not None
        assert found.spec_digest == render_spec(0).digest
        assert find_render(session, clip_id, render_spec(0, crf=18).digest) is None
    with workspace_session(engine, rival) as session:
        assert find_render(session, clip_id, render_spec(0).digest) is None
        with pytest.raises(NotFound):
            next_version(session, clip_id)


def test_renders_made_at_once_get_different_versions(engine: Engine, ref: JobRef) -> None:
    (clip_id,) = plan(engine, ref, 0)
    with ThreadPoolExecutor(4) as pool:
        versions = list(pool.map(lambda _: render(engine, ref, clip_id, 0), range(4)))
    assert sorted(versions) == [1, 2, 3, 4]
