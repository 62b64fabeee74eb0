"""Small jobs to kill things under, and what has to be there when they have ended."""

import time
from collections import Counter
from dataclasses import dataclass
from pathlib import Path

import av
from sqlalchemy import select
from sqlalchemy.exc import DBAPIError

from cliply.db.models import Clip, Job, JobEvent, JobStep, Render, RunRequest
from cliply.db.system import system_session
from cliply.domain.editing import Edit
from cliply.domain.export import ExportSettings, Quality
from cliply.domain.ids import LOCAL_WORKSPACE, JobRef
from cliply.domain.jobs import ClipDuration, JobEventKind, JobSettings, JobStatus, StepStatus
from cliply.errors import Unavailable
from cliply.services import submission
from tests.media.synthesis import Shot, Sound, compose, gradient, solid, tone
from tests_faults.installation import Installation

STEPS = (
    "source_video", "listening", "transcript", "mood", "scan", "candidates", "ranking",
    "clip/c00", "embeddings",
)  # fmt: skip
"""All that a job of one file goes through."""

WITHIN_S = 120.0
"""From the restart of what was killed to the end of every job (DAG-6)."""

TALK_S = 12.0

GONE = (Unavailable, DBAPIError)
"""The database is not there; it may have been killed."""

SENTENCES = (
    (0.4, 3.6, "Why do bees never get lost?"),
    (4.3, 7.5, "The secret is the best map of all."),
    (8.3, 11.4, "They count nine landmarks on the way."),
)
"""Begin and end in seconds, and what is said."""


def said(times: int) -> str:
    """The sentences so many times in a row, as SRT."""
    cues = [
        f"{_clock(talk * TALK_S + first)} --> {_clock(talk * TALK_S + last)}\n{text}\n"
        for talk in range(times)
        for first, last, text in SENTENCES
    ]
    return "\n".join(f"{number}\n{cue}" for number, cue in enumerate(cues, 1))


def _clock(time_s: float) -> str:
    whole_ms = round(time_s * 1000)
    minutes, rest_ms = divmod(whole_ms, 60_000)
    seconds, ms = divmod(rest_ms, 1000)
    return f"{minutes // 60:02}:{minutes % 60:02}:{seconds:02},{ms:03}"


def compose_talk(folder: Path) -> Path:
    """12 s with a cut at 6 s and a loud second around 5 s; its words beside it."""
    sound = tone(TALK_S, 300.0).samples * 0.2
    sound[:, 48_000 * 5 : 48_000 * 6] *= 4
    path = folder / "talk.mp4"
    compose(path, [Shot(6.0, gradient(200, 40, 40)), Shot(6.0, solid(30, 60, 200))], [Sound(sound)])
    path.with_suffix(".srt").write_text(said(1))
    return path


def copy_of(talk: Path, mark: str) -> Path:
    """The same streams in another file."""
    copy = talk.with_name(f"{mark}.mp4")
    with av.open(str(talk)) as source, av.open(str(copy), "w") as target:
        streams = {one.index: target.add_stream_from_template(one) for one in source.streams}
        target.metadata["comment"] = mark
        for packet in source.demux():
            if packet.dts is not None:
                packet.stream = streams[packet.stream.index]
                target.mux(packet)
    return copy


def submit(installation: Installation, talk: Path, mark: str, clips: int = 1) -> JobRef:
    """A job whose media nobody has seen before, and whose clips are encoded fast."""
    copy = copy_of(talk, mark)
    settings = JobSettings(
        clip_duration=ClipDuration(min=3, max=4),
        max_clips=clips,
        edit=Edit(export=ExportSettings(quality=Quality.preview)),
    )
    offer = submission.examine(copy, talk.with_suffix(".srt"))
    return submission.submit(
        installation.app,
        installation.store,
        LOCAL_WORKSPACE,
        offer,
        settings,
        with_run_request=True,
    )


@dataclass(frozen=True)
class Seen:
    """How far a step is."""

    status: StepStatus | None
    """None before it has begun."""
    pid: int | None
    """The process of its last attempt."""


def see(installation: Installation, ref: JobRef, step: str) -> Seen:
    with system_session(installation.system) as session:
        row = session.execute(
            select(JobStep.status, JobStep.worker).where(
                JobStep.job_id == ref.job_id, JobStep.name == step
            )
        ).one_or_none()
    if row is None:
        return Seen(None, None)
    return Seen(row.status, int(row.worker.rpartition(":")[2]) if row.worker else None)


def wait_for_step(
    installation: Installation, ref: JobRef, step: str, *wanted: StepStatus, within_s: float = 60
) -> Seen:
    """Look every 10 ms until the step is in one of these states."""
    until = time.monotonic() + within_s
    while time.monotonic() < until:
        seen = see(installation, ref, step)
        if seen.status in wanted:
            return seen
        time.sleep(0.01)
    raise AssertionError(f"{step} did not get {wanted} within {within_s} s: {seen}")


def wait_for_end(installation: Installation, ref: JobRef, within_s: float = WITHIN_S) -> float:
    """Until everything has been made and nothing is at work; answers the seconds it took."""
    began = time.monotonic()
    state: object = None
    while time.monotonic() - began < within_s:
        try:
            state = _state(installation, ref)
        except GONE as error:
            state = type(error).__name__
        if state == (JobStatus.review, 0):
            return time.monotonic() - began
        time.sleep(0.1)
    raise AssertionError(f"after {within_s:.0f} s: {state}\n{_story(installation, ref)}")


def _state(installation: Installation, ref: JobRef) -> tuple[JobStatus, int]:
    """Where the job stands, and how many of its run requests and steps are open."""
    with system_session(installation.system) as session:
        status = session.scalars(select(Job.status).where(Job.id == ref.job_id)).one()
        closings = session.scalars(
            select(RunRequest.closed_at).where(RunRequest.job_id == ref.job_id)
        ).all()
        steps = session.scalars(select(JobStep.status).where(JobStep.job_id == ref.job_id)).all()
    return status, closings.count(None) + steps.count(StepStatus.running)


def _story(installation: Installation, ref: JobRef) -> str:
    with system_session(installation.system) as session:
        events = session.scalars(
            select(JobEvent).where(JobEvent.job_id == ref.job_id).order_by(JobEvent.id)
        ).all()
        requests = session.scalars(select(RunRequest).where(RunRequest.job_id == ref.job_id)).all()
    lines = [f"{one.created_at:%H:%M:%S.%f} {one.kind} {one.payload}" for one in events]
    lines += [
        f"request {one.reason} {one.assets} drained {one.drained_at} closed {one.closed_at}"
        f" run {one.run_id}"
        for one in requests
    ]
    return "\n".join(lines)


def check_outcome(installation: Installation, ref: JobRef) -> None:
    """Exactly what a job that nothing happened to leaves: none missing, none twice."""
    with system_session(installation.system) as session:
        steps = session.scalars(select(JobStep).where(JobStep.job_id == ref.job_id)).all()
        clips = session.scalars(select(Clip).where(Clip.job_id == ref.job_id)).all()
        renders = session.scalars(
            select(Render).where(Render.clip_id.in_([clip.id for clip in clips]))
        ).all()
        events = session.scalars(
            select(JobEvent).where(JobEvent.job_id == ref.job_id).order_by(JobEvent.id)
        ).all()
    assert sorted(step.name for step in steps) == sorted(STEPS)
    ended = {step.status for step in steps}
    assert ended <= {StepStatus.completed, StepStatus.skipped}, _story(installation, ref)
    assert [clip.version for clip in clips] == [1]
    assert [render.version for render in renders] == [1]
    _check_files(installation, ref, renders[0])
    _check_history(list(events))


def _check_files(installation: Installation, ref: JobRef, render: Render) -> None:
    expected = {render.video_key, render.srt_key, render.vtt_key, render.poster_key}
    prefix = f"{ref.workspace_id.hex}/clips/{ref.job_id.hex}"
    found = set(installation.store.list(prefix))
    assert found == expected


def _check_history(events: list[JobEvent]) -> None:
    """Every move begins where the one before ended; every attempt ends at most once."""
    moves = [event.payload for event in events if event.kind is JobEventKind.moved]
    assert [move["to"] for move in moves[:-1]] == [move["from"] for move in moves[1:]]
    assert moves[-1]["to"] == JobStatus.review
    assert [event.kind for event in events].count(JobEventKind.created) == 1
    ends = Counter(
        (event.payload["step"], event.payload["attempt"])
        for event in events
        if event.kind
        in (JobEventKind.step_completed, JobEventKind.step_failed, JobEventKind.step_skipped)
    )
    assert set(ends.values()) == {1}, ends
