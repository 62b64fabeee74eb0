"""The whole graph on a small talk, against real Postgres, storage and FFmpeg."""

from pathlib import Path

import dagster as dg
import polars as pl
import pytest
from pydantic import SecretStr
from sqlalchemy import Engine

from clip_assets.steps import REUSE_TAG
from cliply.db import clips as clip_rows
from cliply.db import jobs as job_rows
from cliply.db import renders as render_rows
from cliply.db import steps as step_rows
from cliply.db.session import workspace_session
from cliply.db.urls import DatabaseUrls
from cliply.domain.candidates import CandidateList
from cliply.domain.clips import RenderedClip
from cliply.domain.ids import JobRef, WorkspaceId
from cliply.domain.jobs import JobSettings, JobStatus, StepStatus
from cliply.domain.quality import QualityCheck
from cliply.services import submission
from cliply.services.results import read_result
from cliply.settings import Settings
from cliply.storage.keys import artifact_key
from cliply.storage.objects import ObjectStore
from resources.artifacts import Artifacts
from tests.s3 import S3Storage
from tests_end_to_end.graph.conftest import SETTINGS, Materialise, running

REUSE = {REUSE_TAG: "true"}


def made(result: dg.ExecuteInProcessResult) -> set[str]:
    """Keys of the assets that a run materialised."""
    events = result.get_asset_materialization_events()
    return {"/".join(event.asset_key.path) for event in events if event.asset_key}


def steps_of(engine: Engine, ref: JobRef) -> dict[str, tuple[StepStatus, int]]:
    with workspace_session(engine, ref.workspace_id) as session:
        rows = step_rows.list_steps(session, ref.job_id)
        return {row.name: (row.status, row.attempts) for row in rows}


def renders_of(engine: Engine, ref: JobRef) -> int:
    with workspace_session(engine, ref.workspace_id) as session:
        return len(render_rows.list_renders(session, ref.job_id))


def status_of(engine: Engine, ref: JobRef) -> JobStatus:
    with workspace_session(engine, ref.workspace_id) as session:
        return job_rows.get_job(session, ref.job_id).status


def is_quality_of(check: dg.AssetCheckEvaluation, name: str) -> bool:
    return check.check_name == "quality" and check.asset_key.path[-1] == name


@pytest.fixture
def finished(materialise: Materialise, submitted: JobRef) -> JobRef:
    assert materialise(submitted).success
    return submitted


def test_a_talk_becomes_clips_in_storage_and_in_the_database(
    materialise: Materialise, submitted: JobRef, engine: Engine, store: ObjectStore
) -> None:
    result = materialise(submitted)

    assert result.success
    analysis = {"source_video", "audio_features", "audio_levels", "transcript", "scenes", "faces"}
    analysis |= {"mood", "looks", "frames", "embeddings"}
    assert made(result) == analysis | {"candidates", "ranking", "clip/c00", "clip/c01"}
    assert status_of(engine, submitted) is JobStatus.review
    outcome = read_result(engine, store, submitted)
    assert [clip.slot for clip in outcome.clips] == [0, 1]
    assert len(outcome.transcript.fillers) == 1
    for clip in outcome.clips:
        assert all(store.exists(key) for key in clip.files.model_dump().values())
        assert b"-->" in store.get_bytes(clip.files.srt_key)
    checks = result.get_asset_check_evaluations()
    assert len(checks) == 7
    assert [check for check in checks if not check.passed] == []
    (quality,) = [check for check in checks if is_quality_of(check, "c00")]
    assert quality.severity is dg.AssetCheckSeverity.WARN
    assert {finding.check for finding in outcome.clips[0].report.findings} == set(QualityCheck)
    assert all(kind.value in str(quality.metadata["findings"].value) for kind in QualityCheck)


def test_a_clip_can_be_made_again_alone_as_a_new_version(
    materialise: Materialise, finished: JobRef, engine: Engine, store: ObjectStore
) -> None:
    first = read_result(engine, store, finished).clips

    result = materialise(finished, "clip/c01")

    assert made(result) == {"clip/c01"}
    again = read_result(engine, store, finished).clips
    assert [clip.version for clip in again] == [1, 2]
    assert again[1].clip_id == first[1].clip_id
    old, new = (store.get_bytes(clips[1].files.video_key) for clips in (first, again))
    assert old == new, "the same spec gives the same bytes"
    assert status_of(engine, finished) is JobStatus.review


def test_a_run_that_may_reuse_does_no_work_twice(
    materialise: Materialise, finished: JobRef, engine: Engine
) -> None:
    result = materialise(finished, tags=REUSE)

    assert result.success
    assert renders_of(engine, finished) == 2
    with workspace_session(engine, finished.workspace_id) as session:
        scan = step_rows.get_step(session, finished.job_id, "scan")
        assert scan.output == {"reused_from": str(finished.job_id)}


def test_another_wish_for_the_same_file_reuses_its_analysis(
    materialise: Materialise,
    finished: JobRef,
    engine: Engine,
    store: ObjectStore,
    workspace: WorkspaceId,
    talk: Path,
) -> None:
    offer = submission.examine(talk, talk.with_suffix(".srt"))
    wish = SETTINGS.model_copy(update={"max_clips": 1})
    other = submission.submit(engine, store, workspace, offer, wish, with_run_request=False)

    result = materialise(
        other, "source_video", "audio_features", "audio_levels", "scenes", "faces", tags=REUSE
    )

    assert result.success
    with workspace_session(engine, workspace) as session:
        for name in ("listening", "scan"):
            output = step_rows.get_step(session, other.job_id, name).output
            assert output == {"reused_from": str(finished.job_id)}


def test_a_result_in_the_shape_of_an_older_version_is_made_again(
    materialise: Materialise, finished: JobRef, engine: Engine, store: ObjectStore
) -> None:
    store.put_bytes(artifact_key(finished, "scenes", ".json"), b'{"scenes": [], "frames": 9}')

    assert materialise(finished, "scenes", "faces", tags=REUSE).success

    with workspace_session(engine, finished.workspace_id) as session:
        scan = step_rows.get_step(session, finished.job_id, "scan")
        assert "reused_from" not in (scan.output or {})


def test_one_half_of_the_scan_can_be_made_alone(materialise: Materialise, finished: JobRef) -> None:
    assert made(materialise(finished, "faces")) == {"faces"}


def test_artifacts_lie_under_their_workspace_and_job(finished: JobRef, store: ObjectStore) -> None:
    artifacts = Artifacts(store)

    assert artifacts.load(finished, "candidates", CandidateList).items
    assert isinstance(artifacts.load_table(finished, "audio_levels"), pl.DataFrame)
    assert artifacts.load(finished, "clip/c00", RenderedClip).slot == 0
    assert artifact_key(finished, "candidates", ".json").startswith(finished.workspace_id.hex)


def test_a_source_that_went_bad_fails_once_and_says_why(
    materialise: Materialise, submitted: JobRef, engine: Engine, store: ObjectStore
) -> None:
    source = [key for key in store.list(f"{submitted.workspace_id.hex}/sources") if "source" in key]
    store.put_bytes(next(key for key in source if key.endswith(".mp4")), b"not a video" * 100)

    result = materialise(submitted)

    assert not result.success
    assert steps_of(engine, submitted) == {"source_video": (StepStatus.failed, 1)}
    with workspace_session(engine, submitted.workspace_id) as session:
        step = step_rows.get_step(session, submitted.job_id, "source_video")
        assert step.error_code == "SOURCE_NOT_MEDIA"


def test_a_broken_render_keeps_the_other_clip_and_fails_the_run(
    materialise: Materialise, finished: JobRef, engine: Engine
) -> None:
    with workspace_session(engine, finished.workspace_id) as session:
        clip_rows.list_clips(session, finished.job_id)[0].end_ms = 10_000_000

    result = materialise(finished, "clip/c00", "clip/c01")

    assert not result.success
    assert made(result) == {"clip/c01"}
    assert steps_of(engine, finished)["clip/c00"][0] is StepStatus.failed


def test_a_video_in_which_nothing_qualifies_ends_with_a_reason(
    materialise: Materialise, engine: Engine, store: ObjectStore, workspace: WorkspaceId, tmp_path
) -> None:
    from tests.media.synthesis import Shot, compose, silence, solid

    path = compose(tmp_path / "still.mp4", [Shot(20.0, solid(9, 9, 9))], [silence(20.0)])
    offer = submission.examine(path, None)
    ref = submission.submit(engine, store, workspace, offer, JobSettings(), with_run_request=False)

    result = materialise(ref)

    assert result.success
    assert not any(key.startswith("clip/") for key in made(result))
    with workspace_session(engine, workspace) as session:
        job = job_rows.get_job(session, ref.job_id)
        assert (job.status, bool(job.outcome)) == (JobStatus.completed, True)


def test_the_same_graph_works_on_s3(
    database: DatabaseUrls,
    engine: Engine,
    s3_storage: S3Storage,
    workspace: WorkspaceId,
    talk: Path,
) -> None:
    store = s3_storage.open("graph")
    offer = submission.examine(talk, talk.with_suffix(".srt"))
    wish = SETTINGS.model_copy(update={"max_clips": 1})
    ref = submission.submit(engine, store, workspace, offer, wish, with_run_request=False)
    settings = Settings(
        storage_url=store.url,
        aws_endpoint_url=s3_storage.endpoint,
        aws_access_key_id=SecretStr(s3_storage.access_key_id),
        aws_secret_access_key=SecretStr(s3_storage.secret_access_key),
        model_hub="never",
    )

    with running(settings, database) as run:
        assert run(ref).success

    (clip,) = read_result(engine, store, ref).clips
    assert store.size(clip.files.video_key) == clip.measured.size_bytes
