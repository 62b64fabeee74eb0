"""`cliply submit`: hand a file to the running service."""

from pathlib import Path
from typing import Annotated

import typer

from cli.clip import job_settings
from cli.installation import opened
from cli.progress import line, terminal
from cliply.domain.captions import CaptionStyle
from cliply.domain.framing import AspectRatio
from cliply.domain.ids import LOCAL_WORKSPACE
from cliply.services import submission


def submit(
    file: Annotated[Path, typer.Argument(help="Video or audio file.")],
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
) -> None:
    """Store FILE and ask the service (`cliply up`) for its clips; returns at once."""
    settings = job_settings(min_s, max_s, clips, aspect, captions, language)
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
