"""`cliply clip`: one file in, captioned clips out, in this process."""

import sys
from pathlib import Path
from typing import Annotated

import typer
from pydantic import ValidationError

from cli.demo import demo_talk
from cli.export import default_folder, export
from cli.installation import opened
from cli.progress import following, line, terminal
from cliply.domain.captions import CaptionStyle
from cliply.domain.framing import AspectRatio
from cliply.domain.ids import LOCAL_WORKSPACE
from cliply.domain.jobs import ClipDuration, JobSettings
from cliply.errors import ErrorCode, InvalidInput
from cliply.services import submission


def clip(
    file: Annotated[
        Path | None, typer.Argument(help="Video or audio file; none clips a composed demo talk.")
    ] = None,
    transcript: Annotated[
        Path | None, typer.Option(help="Use this SRT, VTT or JSON instead of speech recognition.")
    ] = None,
    clips: Annotated[int, typer.Option(help="At most this many clips, 1 to 20.")] = 5,
    min_s: Annotated[float, typer.Option("--min", help="Shortest clip in seconds.")] = 15,
    max_s: Annotated[float, typer.Option("--max", help="Longest clip in seconds.")] = 90,
    aspect: Annotated[AspectRatio, typer.Option(help="Shape of the clips.")] = AspectRatio.portrait,
    captions: Annotated[
        CaptionStyle, typer.Option(help="How captions look in the picture.")
    ] = CaptionStyle.highlight_word,
    language: Annotated[str | None, typer.Option(help="Spoken language, as in `en`.")] = None,
    out: Annotated[Path | None, typer.Option(help="Folder for the clips.")] = None,
    as_json: Annotated[
        bool, typer.Option("--json", help="Print clips.json to the output.")
    ] = False,
    force: Annotated[bool, typer.Option(help="Do everything again.")] = False,
) -> None:
    """Clip FILE: find its best moments and render them with captions."""
    from cli.run import run_job  # Dagster takes seconds to import

    settings = job_settings(min_s, max_s, clips, aspect, captions, language)
    with terminal() as screen, opened() as installation:
        if file is None:
            file, transcript = demo_talk(installation.settings, screen)
        folder = out or default_folder(file)
        with line(screen, "Look at the file") as on_progress:
            offer = submission.examine(file, transcript, on_progress=on_progress)
        with line(screen, "Store the source") as on_progress:
            ref = submission.submit(
                installation.engine,
                installation.store,
                LOCAL_WORKSPACE,
                offer,
                settings,
                with_run_request=False,
                on_progress=on_progress,
            )
        with following(screen, installation.engine, ref):
            run_job(installation, ref, force=force)
        listing = export(installation, ref, folder)
        if not as_json:
            screen.print(listing.summary(folder), markup=False, soft_wrap=True)
    if as_json:
        sys.stdout.write(listing.model_dump_json(indent=2) + "\n")


def job_settings(
    min_s: float,
    max_s: float,
    clips: int,
    aspect: AspectRatio,
    captions: CaptionStyle,
    language: str | None,
) -> JobSettings:
    """The typed wishes; raises InvalidInput that names the option."""
    try:
        return JobSettings(
            clip_duration=ClipDuration(min=min_s, max=max_s),
            max_clips=clips,
            aspect_ratio=aspect,
            caption_style=captions,
            language=language,
        )
    except ValidationError as error:
        fault = error.errors()[0]
        option = {"min": "--min", "max": "--max", "max_clips": "--clips"}.get(
            str(fault["loc"][-1]) if fault["loc"] else "", "--min/--max"
        )
        raise InvalidInput(ErrorCode.option_invalid, f"{option}: {fault['msg']}.") from None
