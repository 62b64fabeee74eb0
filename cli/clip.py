"""`cliply clip`: one file in, captioned clips out, in this process."""

import sys
from pathlib import Path
from typing import Annotated

import typer

from cli.demo import demo_talk
from cli.export import default_folder, export
from cli.installation import opened
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
from cli.submit import hand_in


def clip(
    file: Annotated[
        Path | None, typer.Argument(help="Video or audio file; none clips a composed demo talk.")
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
    """Clip FILE: find its best moments and render them with captions."""
    selection = wanted_selection(prompt, topic, span, chapters=chapters)
    wanted = wanted_edit(edit, aspect, captions)
    settings = job_settings(min_s, max_s, clips, wanted, language, selection)
    with terminal() as screen, opened() as installation:
        if file is None:
            file, transcript = demo_talk(installation.settings, screen)
        folder = out or default_folder(file)
        ref = hand_in(screen, installation, file, transcript, settings, with_run_request=False)
        from cli.run import run_job  # Dagster takes seconds, which a refusal need not

        with following(screen, installation.engine, ref):
            missing = run_job(installation, ref, force=force)
        listing = export(installation, ref, folder)
        if missing:
            screen.print(f"note: {missing}", markup=False, soft_wrap=True)
        if not as_json:
            screen.print(listing.summary(folder), markup=False, soft_wrap=True)
    if as_json:
        sys.stdout.write(listing.model_dump_json(indent=2) + "\n")
