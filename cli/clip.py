"""`cliply clip`: one file in, captioned clips out, in this process."""

import sys
from functools import partial
from pathlib import Path
from typing import Annotated

import typer

from cli.demo import demo_talk
from cli.export import default_folder, export
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
from cli.progress import following, terminal
from cli.submit import hand_in, is_link
from cliply.domain.ids import JobRef
from cliply.services.overview import read_source_name


def clip(
    file: Annotated[
        str | None,
        typer.Argument(help="Video or audio file, or a link; none clips a composed demo talk."),
    ] = None,
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
    out: Annotated[Path | None, typer.Option(help="Folder for the clips.")] = None,
    as_json: Annotated[
        bool, typer.Option("--json", help="Print clips.json to the output.")
    ] = False,
    force: Annotated[bool, typer.Option(help="Do everything again.")] = False,
) -> None:
    """Clip FILE, a file or a link: find its best moments and render them with captions."""
    selection = wanted_selection(prompt, topic, span, chapters=chapters)
    wanted = wanted_edit(edit, aspect, captions)
    settings = job_settings(min_s, max_s, clips, wanted, language, selection)
    with terminal() as screen, opened() as installation:
        if file is None:
            talk, transcript = demo_talk(installation.settings, screen)
            file = str(talk)
        hand = partial(hand_in, force=force, with_run_request=False)
        ref = hand(screen, installation, file, transcript, settings)
        from cli.run import run_job  # Dagster takes seconds, which a refusal need not

        with following(screen, installation.engine, ref):
            missing = run_job(installation, ref, force=force)
        folder = out or _folder(installation, ref, file)
        listing = export(installation, ref, folder)
        if missing:
            screen.print(f"note: {missing}", markup=False, soft_wrap=True)
        if not as_json:
            screen.print(listing.summary(folder), markup=False, soft_wrap=True)
    if as_json:
        sys.stdout.write(listing.model_dump_json(indent=2) + "\n")


def _folder(installation: Installation, ref: JobRef, file: str) -> Path:
    """Named after the file, which for a link is the video's title."""
    name = read_source_name(installation.engine, ref) if is_link(file) else file
    return default_folder(Path(name))
