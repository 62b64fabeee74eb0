"""`cliply watch`: what a job is doing, as it happens."""

import asyncio
import json
from collections.abc import Mapping
from typing import TYPE_CHECKING, Annotated, Any

import typer
from rich.console import Console

from cli.installation import opened
from cliply.domain.ids import LOCAL_WORKSPACE, JobRef
from cliply.services.overview import find_job

if TYPE_CHECKING:
    from sqlalchemy import Engine

    from api.realtime.messages import Message


def watch(
    job: Annotated[str, typer.Argument(help="The job's id, or its beginning.")],
    after: Annotated[int, typer.Option(min=0, help="Only what came after this event.")] = 0,
) -> None:
    """Show what happens to JOB, live and from its begin, until it is over."""
    with opened() as installation:
        ref = find_job(installation.engine, LOCAL_WORKSPACE, job)
        asyncio.run(follow(installation.engine, ref, after, Console(highlight=False)))


async def follow(engine: "Engine", ref: JobRef, after: int, screen: Console) -> None:
    """Print until the job is over."""
    from api.realtime.hub import Hub  # what watchers of the API have, too
    from api.realtime.pace import Pace
    from api.realtime.places import Places

    hub = Hub(engine, engine.url, Places(1, 1), Pace())
    try:
        with hub.follow(ref, after, None) as stream:
            async for batch in stream.batches():
                for message in batch:
                    screen.print(line_of(message), markup=False, soft_wrap=True)
    finally:
        await hub.close()


def line_of(message: "Message") -> str:
    """What a person reads of it."""
    told: Mapping[str, Any] = json.loads(message.body)
    if message.event_id is not None:
        return f"{told['created_at'][11:19]:>8}  {_event_line(message.kind, told['payload'])}"
    return f"{'':>8}  {_line_without_time(message.kind, told)}"


def _line_without_time(kind: str, told: Mapping[str, Any]) -> str:
    if kind == "state":
        paused = " (paused)" if told["is_paused"] else ""
        return f"{told['status']}{paused}, {told['progress']:.0%} done"
    if kind == "progress":
        return f"{told['step']} {told['fraction']:.0%}, job {told['job_progress']:.0%}"
    if kind == "end":
        return f"over: {told['status']}"
    return f"{told['code']}: {told['message']}"


def _event_line(kind: str, payload: Mapping[str, Any]) -> str:
    if kind == "moved":
        words = f"{payload['from']} -> {payload['to']}"
    elif "step" in payload:
        words = f"{payload['step']} {kind.removeprefix('step_')}"
    else:
        words = kind
    notes = [payload.get("error_code"), payload.get("message"), payload.get("outcome")]
    return ": ".join([words, *(note for note in notes if note)])
