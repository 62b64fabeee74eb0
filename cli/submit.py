"""`cliply submit`: hand a file to the running service."""

from pathlib import Path
from typing import Annotated

import typer

from cli.installation import opened
from cli.options import (
    Aspect,
    Captions,
    Clips,
    EditFile,
    Language,
    Longest,
    Shortest,
    Transcript,
    job_settings,
    wanted_edit,
)
from cli.progress import line, terminal
from cliply.domain.ids import LOCAL_WORKSPACE
from cliply.services import submission


def submit(
    file: Annotated[Path, typer.Argument(help="Video or audio file.")],
    transcript: Transcript = None,
    clips: Clips = 5,
    min_s: Shortest = 15,
    max_s: Longest = 90,
    edit: EditFile = None,
    aspect: Aspect = None,
    captions: Captions = None,
    language: Language = None,
) -> None:
    """Store FILE and ask the service (`cliply up`) for its clips; returns at once."""
    settings = job_settings(min_s, max_s, clips, wanted_edit(edit, aspect, captions), language)
    with terminal() as screen, opened() as installation:
        with line(screen, "Look at the file") as on_progress:
            offer = submission.examine(file, transcript, on_progress=on_progress)
        with line(screen, "Store the source") as on_progress:
            ref = submission.submit(
                installation.engine,
                installation.store,
                LOCAL_WORKSPACE,
                offer,
                settings,
                with_run_request=True,
                on_progress=on_progress,
            )
    typer.echo(str(ref.job_id))
