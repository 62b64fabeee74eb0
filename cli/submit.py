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
from cliply.db.session import workspace_session
from cliply.domain.ids import LOCAL_WORKSPACE, JobRef
from cliply.domain.jobs import JobSettings
from cliply.errors import ErrorCode, InvalidInput
from cliply.installation import link_rules_of
from cliply.links.addresses import check_link
from cliply.selection.given_spans import check_spans
from cliply.services import submission
from cliply.services.link_requests import request_link


def submit(
    file: Annotated[str, typer.Argument(help="Video or audio file, or a link to a video.")],
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
    """Ask the service (`cliply up`) for the clips of FILE, a file or a link; returns at once."""
    selection = wanted_selection(prompt, topic, span, chapters=chapters)
    wanted = wanted_edit(edit, aspect, captions)
    settings = job_settings(min_s, max_s, clips, wanted, language, selection)
    with terminal() as screen, opened() as installation:
        ref = hand_in(screen, installation, file, transcript, settings, with_run_request=True)
    typer.echo(str(ref.job_id))


def hand_in(
    screen: Console,
    installation: Installation,
    file: str,
    transcript: Path | None,
    settings: JobSettings,
    *,
    force: bool = False,
    with_run_request: bool,
) -> JobRef:
    """The job of a file, which is looked at and stored, or of a link, which its run fetches.

    Refuses what can not be clipped before anything is stored.
    """
    if is_link(file):
        return hand_in_link(
            installation, file, transcript, settings, force=force, with_run_request=with_run_request
        )
    return hand_in_file(
        screen, installation, Path(file), transcript, settings, with_run_request=with_run_request
    )


def is_link(text: str) -> bool:
    return text.lower().startswith(("http://", "https://"))


def hand_in_link(
    installation: Installation,
    text: str,
    transcript: Path | None,
    settings: JobSettings,
    *,
    force: bool,
    with_run_request: bool,
) -> JobRef:
    """A link that is worked on already is the same job, unless `force`."""
    if transcript is not None:
        raise InvalidInput(
            ErrorCode.option_invalid,
            "--transcript is for files; a link brings the captions of its site.",
        )
    link = check_link(text, link_rules_of(installation.settings))
    with workspace_session(installation.engine, LOCAL_WORKSPACE) as session:
        requested = request_link(
            session,
            LOCAL_WORKSPACE,
            link,
            settings,
            force=force,
            with_run_request=with_run_request,
        )
    return requested.job.ref


def hand_in_file(
    screen: Console,
    installation: Installation,
    file: Path,
    transcript: Path | None,
    settings: JobSettings,
    *,
    with_run_request: bool,
) -> JobRef:
    """Look at the file and store it with its job."""
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
