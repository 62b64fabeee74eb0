from concurrent.futures import ThreadPoolExecutor

import pytest
from sqlalchemy import Engine

from cliply.db.clips import count_unrendered, get_clip, list_clips
from cliply.db.renders import find_present_render, list_renders
from cliply.db.session import workspace_session
from cliply.domain.captions import CaptionSettings, CaptionStyle
from cliply.domain.clips import ClipStatus
from cliply.domain.editing import Edit
from cliply.domain.ids import ClipId, JobRef, WorkspaceId
from cliply.domain.rendering import RenderSpec
from cliply.errors import NotFound
from cliply.services.clips import (
    add_render,
    find_render,
    next_version,
    plan_clips,
    show_version,
)
from tests.rows import MEASURED, candidates, moments, new_job, render_files, render_spec, report

SILENT = Edit(captions=CaptionSettings(style=CaptionStyle.none))


@pytest.fixture
def ref(engine: Engine, workspace: WorkspaceId) -> JobRef:
    return new_job(engine, workspace)


def plan(
    engine: Engine, ref: JobRef, *starts_ms: int, max_clips: int = 5, reorder: bool = False
) -> list[ClipId]:
    with workspace_session(engine, ref.workspace_id) as session:
        wanted = moments(*starts_ms)
        planned = plan_clips(session, ref.job_id, wanted, max_clips, reorder=reorder)
        return [clip.id for clip in planned]


def starts(engine: Engine, ref: JobRef) -> list[tuple[int, int, str | None]]:
    """Slot, start and candidate of each clip."""
    with workspace_session(engine, ref.workspace_id) as session:
        rows = list_clips(session, ref.job_id)
        return [(row.slot, row.start_ms, row.candidate_id) for row in rows]


def render(
    engine: Engine,
    ref: JobRef,
    clip_id: ClipId,
    start_ms: int,
    crf: int = 20,
    *,
    passed: bool = True,
    own_edit: Edit | None = None,
) -> int:
    """A new version of the clip, for which it stands from now on."""
    spec = render_spec(start_ms, crf=crf)
    with workspace_session(engine, ref.workspace_id) as session:
        version = next_version(session, clip_id)
        row = add_render(
            session,
            clip_id,
            version,
            spec,
            render_files(version),
            MEASURED,
            report(passed=passed),
        )
        show_version(session, row, spec.span, own_edit)
        return version


def reuse(engine: Engine, ref: JobRef, clip_id: ClipId, start_ms: int) -> None:
    spec = render_spec(start_ms)
    with workspace_session(engine, ref.workspace_id) as session:
        row = find_render(session, clip_id, spec.digest)
        assert row is not None
        show_version(session, row, spec.span, None)


def state_of(engine: Engine, ref: JobRef, clip_id: ClipId) -> tuple[ClipStatus, int | None]:
    with workspace_session(engine, ref.workspace_id) as session:
        clip = get_clip(session, clip_id)
        return clip.status, clip.version


def give(engine: Engine, ref: JobRef, clip_id: ClipId, **values: object) -> None:
    with workspace_session(engine, ref.workspace_id) as session:
        clip = get_clip(session, clip_id, lock=True)
        for name, value in values.items():
            setattr(clip, name, value)


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


def test_versions_count_up_and_the_clip_stands_for_the_last(engine: Engine, ref: JobRef) -> None:
    (clip_id,) = plan(engine, ref, 0)
    assert [render(engine, ref, clip_id, 0, crf=crf) for crf in (20, 18)] == [1, 2]
    with workspace_session(engine, ref.workspace_id) as session:
        clip = get_clip(session, clip_id)
        shown = find_present_render(session, clip)
        assert shown is not None
        assert shown.version == 2
        assert RenderSpec.model_validate(shown.spec) == render_spec(0, crf=18)
        assert (shown.measured, shown.report) == (MEASURED, report())
        assert shown.video_key == "v2.mp4"
        assert clip.status is ClipStatus.rendered


def test_a_report_that_fails_asks_for_attention(engine: Engine, ref: JobRef) -> None:
    (clip_id,) = plan(engine, ref, 0)
    render(engine, ref, clip_id, 0, passed=False)
    assert state_of(engine, ref, clip_id) == (ClipStatus.needs_attention, 1)
    assert unrendered(engine, ref) == 0


def test_a_slot_that_changed_and_changed_back_is_rendered_by_what_is_reused(
    engine: Engine, ref: JobRef
) -> None:
    (clip_id,) = plan(engine, ref, 0)
    render(engine, ref, clip_id, 0, passed=False)
    plan(engine, ref, 31_000)
    render(engine, ref, clip_id, 31_000)
    plan(engine, ref, 0)
    assert state_of(engine, ref, clip_id) == (ClipStatus.planned, None)

    reuse(engine, ref, clip_id, 0)

    assert state_of(engine, ref, clip_id) == (ClipStatus.needs_attention, 1)
    assert unrendered(engine, ref) == 0


def test_an_approved_clip_stays_approved_when_nothing_is_made(engine: Engine, ref: JobRef) -> None:
    (clip_id,) = plan(engine, ref, 0)
    render(engine, ref, clip_id, 0)
    give(engine, ref, clip_id, status=ClipStatus.approved)

    reuse(engine, ref, clip_id, 0)
    assert state_of(engine, ref, clip_id) == (ClipStatus.approved, 1)

    render(engine, ref, clip_id, 0, crf=18)
    assert state_of(engine, ref, clip_id) == (ClipStatus.rendered, 2)


def test_a_clip_that_was_edited_while_it_rendered_still_waits(engine: Engine, ref: JobRef) -> None:
    (clip_id,) = plan(engine, ref, 0)
    give(engine, ref, clip_id, edit=SILENT)

    render(engine, ref, clip_id, 0)
    assert state_of(engine, ref, clip_id) == (ClipStatus.planned, 1)

    render(engine, ref, clip_id, 0, crf=18, own_edit=SILENT)
    assert state_of(engine, ref, clip_id) == (ClipStatus.rendered, 2)


def test_a_clip_that_became_another_moment_while_it_rendered_still_waits(
    engine: Engine, ref: JobRef
) -> None:
    (clip_id,) = plan(engine, ref, 31_000)
    render(engine, ref, clip_id, 0)
    assert state_of(engine, ref, clip_id) == (ClipStatus.planned, None)
    assert unrendered(engine, ref) == 1


def test_another_order_of_the_same_moments_moves_no_clip_that_is_rendered(
    engine: Engine, ref: JobRef
) -> None:
    first, second, third = plan(engine, ref, 0, 30_000, 60_000)
    render(engine, ref, second, 30_000)

    assert plan(engine, ref, 60_000, 0, 30_000) == [first, second, third]

    assert starts(engine, ref) == [(0, 60_000, "m000"), (1, 30_000, "m002"), (2, 0, "m001")]
    assert state_of(engine, ref, second) == (ClipStatus.rendered, 1)


def test_words_of_a_rendered_clip_stay_too(engine: Engine, ref: JobRef) -> None:
    (clip_id,) = plan(engine, ref, 0)
    render(engine, ref, clip_id, 0)
    with workspace_session(engine, ref.workspace_id) as session:
        (anew,) = moments(0)
        plan_clips(session, ref.job_id, [anew.model_copy(update={"title": "Other words"})], 5)

    with workspace_session(engine, ref.workspace_id) as session:
        assert get_clip(session, clip_id).title == "From 0"


def test_a_clip_without_a_render_takes_what_the_new_ranking_says(
    engine: Engine, ref: JobRef
) -> None:
    plan(engine, ref, 0)
    with workspace_session(engine, ref.workspace_id) as session:
        (anew,) = moments(0)
        said = {"title": "Bees", "virality": 0.25, "hashtags": ("bees",), "description": "Of bees."}
        plan_clips(session, ref.job_id, [anew.model_copy(update=said)], 5)

    with workspace_session(engine, ref.workspace_id) as session:
        (row,) = list_clips(session, ref.job_id)
        assert row.moment == anew.model_copy(update=said)


def test_a_new_order_that_is_asked_for_moves_rendered_clips(engine: Engine, ref: JobRef) -> None:
    first, second = plan(engine, ref, 0, 30_000)
    render(engine, ref, first, 0)
    render(engine, ref, second, 30_000)

    assert plan(engine, ref, 30_000, 0, reorder=True) == [first, second]

    assert starts(engine, ref) == [(0, 30_000, "m000"), (1, 0, "m001")]
    assert unrendered(engine, ref) == 2


@pytest.mark.parametrize("reorder", [False, True])
@pytest.mark.parametrize(
    "touch",
    [{"edit": SILENT}, {"status": ClipStatus.approved}, {"status": ClipStatus.rejected}],
    ids=["edited", "approved", "rejected"],
)
def test_a_clip_that_a_person_touched_keeps_its_slot_and_moment_whatever_comes(
    engine: Engine, ref: JobRef, touch: dict[str, object], reorder: bool
) -> None:
    _, second, _ = plan(engine, ref, 0, 30_000, 60_000)
    give(engine, ref, second, **touch)

    plan(engine, ref, 60_000, 30_000, 0, reorder=reorder)
    assert starts(engine, ref)[1] == (1, 30_000, "m001")

    plan(engine, ref, 39_000, 60_000, reorder=reorder)
    assert starts(engine, ref) == [(0, 60_000, "m001"), (1, 30_000, None)], (
        "its moment is no candidate any more, and one that overlaps it is left out"
    )

    plan(engine, ref, reorder=reorder)
    assert starts(engine, ref) == [(1, 30_000, None)]
    with workspace_session(engine, ref.workspace_id) as session:
        row = get_clip(session, second)
        assert {name: getattr(row, name) for name in touch} == touch
        assert row.title == "From 30000"


def test_an_edit_that_is_taken_back_frees_the_slot(engine: Engine, ref: JobRef) -> None:
    (clip_id,) = plan(engine, ref, 0)
    give(engine, ref, clip_id, edit=SILENT)
    give(engine, ref, clip_id, edit=None)
    plan(engine, ref, 31_000)
    assert starts(engine, ref) == [(0, 31_000, "m000")]


def test_clips_that_stay_count_towards_the_number_that_is_wanted(
    engine: Engine, ref: JobRef
) -> None:
    for clip_id, start_ms in zip(plan(engine, ref, 0, 30_000), (0, 30_000), strict=True):
        render(engine, ref, clip_id, start_ms)
    plan(engine, ref, 60_000, 90_000, 30_000, 0, max_clips=2)
    assert starts(engine, ref) == [(0, 0, "m003"), (1, 30_000, "m002")]


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
