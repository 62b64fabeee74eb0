"""Options that several commands share, and what they add up to."""

from pathlib import Path
from typing import Annotated

import typer
from pydantic import ValidationError

from cliply.domain.captions import CaptionStyle
from cliply.domain.editing import Edit
from cliply.domain.framing import AspectRatio
from cliply.domain.jobs import ClipDuration, JobSettings
from cliply.errors import ErrorCode, InvalidInput
from cliply.services.edits import amend, parse_edit

Transcript = Annotated[
    Path | None, typer.Option(help="Use this SRT, VTT or JSON instead of speech recognition.")
]
Clips = Annotated[int, typer.Option(help="At most this many clips, 1 to 20.")]
Shortest = Annotated[float, typer.Option("--min", help="Shortest clip in seconds.")]
Longest = Annotated[float, typer.Option("--max", help="Longest clip in seconds.")]
EditFile = Annotated[
    Path | None, typer.Option("--edit", help="JSON file with what is to be done to each clip.")
]
Aspect = Annotated[
    AspectRatio | None, typer.Option(help="Shape of the clips; 9:16 when nothing says otherwise.")
]
Captions = Annotated[
    CaptionStyle | None, typer.Option(help="How captions look; highlight_word when nothing does.")
]
Language = Annotated[str | None, typer.Option(help="Spoken language, as in `en`.")]

NAMES = {"min": "--min", "max": "--max", "max_clips": "--clips"}


def wanted_edit(
    file: Path | None, aspect: AspectRatio | None, captions: CaptionStyle | None
) -> Edit:
    """The edit of a file, or the usual one, with the fields that options set."""
    edit = Edit() if file is None else parse_edit(read_text(file, "--edit"))
    wanted = {"reframe.aspect_ratio": aspect, "captions.style": captions}
    changes = {path: f'"{value.value}"' for path, value in wanted.items() if value is not None}
    return amend(edit, changes) if changes else edit


def job_settings(
    shortest_s: float, longest_s: float, clips: int, edit: Edit, language: str | None
) -> JobSettings:
    """The typed wishes; raises InvalidInput that names the option."""
    try:
        return JobSettings(
            clip_duration=ClipDuration(min=shortest_s, max=longest_s),
            max_clips=clips,
            edit=edit,
            language=language,
        )
    except ValidationError as error:
        fault = error.errors()[0]
        option = NAMES.get(str(fault["loc"][-1]) if fault["loc"] else "", "--min/--max")
        raise InvalidInput(ErrorCode.option_invalid, f"{option}: {fault['msg']}.") from None


def read_text(path: Path, option: str) -> str:
    """The file's text; raises InvalidInput that names the option."""
    try:
        return path.read_text(encoding="utf-8")
    except (OSError, UnicodeDecodeError) as error:
        why = error.strerror if isinstance(error, OSError) else "it is no text"
        raise InvalidInput(
            ErrorCode.option_invalid, f"{option}: {path} can not be read ({why}); check its path."
        ) from None
