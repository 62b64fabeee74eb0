"""`cliply submit`: hand a file to the running service."""

from pathlib import Path
from typing import Annotated

import typer
from rich.console import Console

from cli.installation import Installation, opened
from cli.options import (
    Aspect,
    Captions,
    Chapters,
    Clips,
    EditFile,
    Language,
    Longest,
    Prompt,
    Shortest,
    Spans,
    Topics,
    Transcript,
    job_settings,
    wanted_edit,
    wanted_selection,
)
from cli.progress import line, terminal
from cliply.domain.ids import LOCAL_WORKSPACE, JobRef
from cliply.domain.jobs import JobSettings
from cliply.selection.given_spans import check_spans
from cliply.services import submission


def submit(
    file: Annotated[Path, typer.Argument(help="Video or audio file.")],
    transcript: Transcript = None,
    clips: Clips = 5,
    min_s: Shortest = 15,
    max_s: Longest = 90,
    prompt: Prompt = None,
    topic: Topics = None,
    span: Spans = None,
    chapters: Chapters = False,
    edit: EditFile = None,
    aspect: Aspect = None,
    captions: Captions = None,
    language: Language = None,
) -> None:
    """Store FILE and ask the service (`cliply up`) for its clips; returns at once."""
    selection = wanted_selection(prompt, topic, span, chapters=chapters)
    wanted = wanted_edit(edit, aspect, captions)
    settings = job_settings(min_s, max_s, clips, wanted, language, selection)
    with terminal() as screen, opened() as installation:
        ref = hand_in(screen, installation, file, transcript, settings, with_run_request=True)
    typer.echo(str(ref.job_id))


def hand_in(
    screen: Console,
    installation: Installation,
    file: Path,
    transcript: Path | None,
    settings: JobSettings,
    *,
    with_run_request: bool,
) -> JobRef:
    """Look at the file and store it with its job; refuse what can not be clipped before that."""
    with line(screen, "Look at the file") as on_progress:
        offer = submission.examine(file, transcript, on_progress=on_progress)
        check_spans(settings.selection.spans, offer.media.duration_ms)
    with line(screen, "Store the source") as on_progress:
        return submission.submit(
            installation.engine,
            installation.store,
            LOCAL_WORKSPACE,
            offer,
            settings,
            with_run_request=with_run_request,
            on_progress=on_progress,
        )
