"""Jobs on two workers: routed, recovered, and none of it done twice."""

import os
import signal
import time
from pathlib import Path

import httpx
from sqlalchemy import select

from cliply.db.models import Job, JobStep
from cliply.db.session import workspace_session
from cliply.db.system import system_session
from cliply.domain.ids import JobRef
from cliply.domain.job_moves import JobMove
from cliply.domain.jobs import JobStatus, StepStatus
from cliply.domain.queues import Queue
from cliply.services.jobs import move_job
from resources.queues.history import MOST_STARTS
from tests_end_to_end.scale_out.installation import PASSWORD, Installation, wait_for_workers
from tests_faults.work import check_outcome, see, submit, wait_for_end, wait_for_step

QUEUE_OF = {
    "source_video": "cpu", "listening": "cpu", "mood": "cpu", "candidates": "cpu",
    "transcript": "asr", "scan": "vision", "embeddings": "vision",
    "ranking": "llm", "clips": "render",
}  # fmt: skip


def test_a_job_goes_through_the_queues_of_its_steps(installation: Installation, talk: Path) -> None:
    ref = submit(installation, talk, "routed")
    wait_for_end(installation, ref)
    check_outcome(installation, ref)
    logs = installation.logs()
    for step, queue in QUEUE_OF.items():
        assert f'Step "{step}" is carried out by' in logs
        lines = [line for line in logs.splitlines() if f'Step "{step}" is carried out by' in line]
        assert all(f"from the queue {queue}." in line for line in lines)
    heavy = _pids(installation, ref, "transcript", "scan", "clip/c00")
    light = _pids(installation, ref, "source_video", "listening", "ranking")
    assert not heavy & light
    assert list(installation.store.list(f"{ref.workspace_id.hex}/analysis/{ref.job_id.hex}"))


def test_the_api_tells_of_queues_and_workers(installation: Installation) -> None:
    told = httpx.get(f"{installation.address}/api/health/gpu").json()
    by_name = {one["name"]: one for one in told["queues"]}
    assert set(by_name) == {queue.value for queue in Queue}
    assert by_name["asr"]["workers"] == 2
    assert by_name["publish"]["workers"] == 0


def test_a_step_goes_on_when_its_process_is_killed(installation: Installation, talk: Path) -> None:
    ref = submit(installation, talk, "killed-process")
    pid = wait_for_step(installation, ref, "clip/c00", StepStatus.running).pid
    assert pid is not None
    os.kill(pid, signal.SIGKILL)
    wait_for_end(installation, ref)
    check_outcome(installation, ref)


def test_a_job_survives_the_end_of_a_whole_worker(installation: Installation, talk: Path) -> None:
    ref = submit(installation, talk, "killed-worker")
    wait_for_step(installation, ref, "clip/c00", StepStatus.running)
    installation.steps.kill()
    installation.steps.start()
    wait_for_end(installation, ref)
    check_outcome(installation, ref)


def test_a_run_is_taken_over_when_its_worker_is_gone(
    installation: Installation, talk: Path
) -> None:
    ref = submit(installation, talk, "killed-watcher")
    began = wait_for_step(installation, ref, "clip/c00", StepStatus.running)
    installation.rest.kill()
    installation.rest.start()
    wait_for_end(installation, ref)
    check_outcome(installation, ref)
    assert _pids(installation, ref, "clip/c00") == {began.pid}, "the step was begun anew"


def test_a_broker_that_loses_everything_loses_no_job(
    installation: Installation, talk: Path
) -> None:
    ref = submit(installation, talk, "killed-broker")
    wait_for_step(installation, ref, "scan", StepStatus.running, StepStatus.completed)
    installation.broker.kill()
    waiting = submit(installation, talk, "without-broker")
    time.sleep(5)
    installation.broker.start()
    for one in (ref, waiting):
        wait_for_end(installation, one)
        check_outcome(installation, one)


def test_a_worker_that_is_asked_to_end_gives_its_step_back(
    installation: Installation, talk: Path
) -> None:
    ref = submit(installation, talk, "given-back")
    wait_for_step(installation, ref, "clip/c00", StepStatus.running)
    assert installation.steps.stop() == 0
    installation.steps.start()
    wait_for_end(installation, ref)
    check_outcome(installation, ref)
    wait_for_workers(installation.board, 2)


def test_nobody_writes_the_brokers_password_down(installation: Installation) -> None:
    assert PASSWORD not in installation.logs()
    assert PASSWORD not in (installation.home / "dagster" / "dagster.yaml").read_text()


def _pids(installation: Installation, ref: JobRef, *steps: str) -> set[int]:
    with system_session(installation.system) as session:
        workers = session.scalars(
            select(JobStep.worker).where(JobStep.job_id == ref.job_id, JobStep.name.in_(steps))
        ).all()
    return {int(worker.rpartition(":")[2]) for worker in workers if worker}


def test_a_cancelled_job_ends_on_its_worker(installation: Installation, talk: Path) -> None:
    ref = submit(installation, talk, "cancelled")
    pid = wait_for_step(installation, ref, "clip/c00", StepStatus.running).pid
    with workspace_session(installation.app, ref.workspace_id) as session:
        move_job(session, ref.job_id, JobMove.cancel)
    began = time.monotonic()
    wait_for_step(installation, ref, "clip/c00", StepStatus.cancelled, within_s=10)
    assert time.monotonic() - began < 5
    assert _status(installation, ref) is JobStatus.cancelled
    assert pid is not None
    os.kill(pid, 0)  # the process lives on, for the next step


def test_a_step_whose_process_dies_again_and_again_is_given_up(
    installation: Installation, talk: Path
) -> None:
    ref = submit(installation, talk, "poison")
    killed: set[int] = set()
    until = time.monotonic() + 120
    while _status(installation, ref) is not JobStatus.failed and time.monotonic() < until:
        seen = see(installation, ref, "clip/c00")
        if seen.status is StepStatus.running and seen.pid and seen.pid not in killed:
            os.kill(seen.pid, signal.SIGKILL)
            killed.add(seen.pid)
        time.sleep(0.05)
    assert _status(installation, ref) is JobStatus.failed
    assert len(killed) == MOST_STARTS


def _status(installation: Installation, ref: JobRef) -> JobStatus:
    with system_session(installation.system) as session:
        return session.scalars(select(Job.status).where(Job.id == ref.job_id)).one()
