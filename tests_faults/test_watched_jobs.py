"""A job of ten minutes of video, watched while the server dies and comes back."""

import os
import signal
import subprocess
import sys
import time
from pathlib import Path

import pytest
from sqlalchemy import select

from cliply.db.models import JobEvent
from cliply.db.system import system_session
from cliply.domain.ids import JobRef
from cliply.domain.jobs import StepStatus
from cliply.media.ffmpeg import find_ffmpeg
from tests_faults.installation import PROJECT, Installation
from tests_faults.table import Record, Trial
from tests_faults.watching import over_events, over_socket, wait_until_connected, wait_until_told
from tests_faults.work import said, submit, wait_for_end, wait_for_step

MINUTES = 10
TALKS = 5 * MINUTES
"""Of twelve seconds each."""
TOLD_WITHIN_S = 20.0
BACK_WITHIN_S = 60.0
"""A server that ends in order finishes what it was asked, and starts again."""
LONGEST_S = 600.0


@pytest.fixture(scope="module")
def long_talk(talk: Path, tmp_path_factory: pytest.TempPathFactory) -> Path:
    path = tmp_path_factory.mktemp("long") / "talk.mp4"
    command = [
        str(find_ffmpeg(None)),
        "-v",
        "error",
        "-stream_loop",
        f"{TALKS - 1}",
        "-i",
        str(talk),
    ]
    subprocess.run([*command, "-c", "copy", str(path)], check=True)
    path.with_suffix(".srt").write_text(said(TALKS))
    return path


def test_watchers_miss_nothing_and_hear_nothing_twice(
    installation: Installation, long_talk: Path, record_property: Record
) -> None:
    token = token_of(installation)
    ref = submit(installation, long_talk, "watched", clips=3)
    given = installation.address, token, ref.job_id
    watchers = [over_socket(*given), over_events(*given)]
    try:
        began = time.monotonic()
        wait_for_step(installation, ref, "scan", StepStatus.running)
        time.sleep(2)
        end_api(installation, signal.SIGTERM)
        wait_until_connected(watchers, 2, BACK_WITHIN_S)
        end_api(installation, signal.SIGKILL)
        wait_for_step(
            installation, ref, "clip/c00", StepStatus.running, StepStatus.completed, within_s=300
        )
        assert installation.kill(installation.pids("Postgres")[0])
        wait_for_end(installation, ref, LONGEST_S)
        took_s = time.monotonic() - began
        stored = events_of(installation, ref)
        wait_until_told(watchers, stored[-1], TOLD_WITHIN_S)
    finally:
        for watcher in watchers:
            watcher.stop()
    for watcher in watchers:
        assert watcher.events == stored
        assert watcher.connections >= 3
        assert "progress" in watcher.kinds
    connections = [watcher.connections for watcher in watchers]
    found = f"{len(stored)} events, each told once; {connections} connections"
    Trial(installation.name, "watched job", "3 times", took_s, found).tell(record_property)


def token_of(installation: Installation) -> str:
    command = [sys.executable, "-m", "cli", "api-token"]
    given = dict(installation.environment)
    made = subprocess.run(
        command, cwd=PROJECT, env=given, capture_output=True, text=True, check=True
    )
    return made.stdout.strip()


def end_api(installation: Installation, by: signal.Signals) -> None:
    pids = installation.pids("API")
    assert pids
    for pid in pids:
        os.kill(pid, by)


def events_of(installation: Installation, ref: JobRef) -> list[int]:
    with system_session(installation.system) as session:
        found = select(JobEvent.id).where(JobEvent.job_id == ref.job_id).order_by(JobEvent.id)
        return list(session.scalars(found))
