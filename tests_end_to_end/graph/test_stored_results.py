"""A completed step has its results in storage, whenever its process dies."""

import gc
from typing import Any

import dagster as dg
import pytest
from sqlalchemy import Engine

from cliply.db import steps as step_rows
from cliply.db.session import workspace_session
from cliply.domain.ids import JobRef
from cliply.domain.jobs import StepStatus
from cliply.errors import CliplyError, ErrorCode
from cliply.services.phases import close_run
from resources.artifacts import Artifacts
from tests_end_to_end.graph.conftest import Materialise

MAKERS = {
    "audio_features": "listening", "audio_levels": "listening",
    "scenes": "scan", "faces": "scan", "looks": "scan", "frames": "scan",
}  # fmt: skip
"""Steps that are not called like what they make."""


def steps_of(engine: Engine, ref: JobRef) -> dict[str, tuple[StepStatus, str | None]]:
    with workspace_session(engine, ref.workspace_id) as session:
        rows = step_rows.list_steps(session, ref.job_id)
        return {row.name: (row.status, row.error_code) for row in rows}


def test_results_are_stored_before_their_step_is_completed(
    materialise: Materialise,
    submitted: JobRef,
    engine: Engine,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    first: dict[str, StepStatus] = {}
    save = Artifacts.save

    def watched(self: Artifacts, ref: JobRef, name: str, value: Any) -> str:
        key = save(self, ref, name, value)
        first.setdefault(name, steps_of(engine, ref)[MAKERS.get(name, name)][0])
        return key

    monkeypatch.setattr(Artifacts, "save", watched)

    assert materialise(submitted).success

    assert len(first) == 14
    assert set(first.values()) == {StepStatus.running}


def test_a_step_whose_result_can_not_be_stored_fails(
    materialise: Materialise,
    submitted: JobRef,
    engine: Engine,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    save = Artifacts.save

    def full(self: Artifacts, ref: JobRef, name: str, value: Any) -> str:
        if name == "audio_features":
            raise dg.Failure("No space is left.", allow_retries=False)
        return save(self, ref, name, value)

    monkeypatch.setattr(Artifacts, "save", full)

    ended = materialise(submitted, "source_video", "audio_features", "audio_levels")
    assert not ended.success
    assert steps_of(engine, submitted)["listening"][0] is not StepStatus.completed

    unknown = CliplyError(ErrorCode.internal, "The run failed.")
    close_run(engine, submitted, ended.run_id, cancelled=False, otherwise=unknown)
    del ended  # its trace keeps the step's generator
    gc.collect()
    assert steps_of(engine, submitted)["listening"] == (StepStatus.failed, ErrorCode.internal)
