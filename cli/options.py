"""Options that several commands share, and what they add up to."""

from pathlib import Path
from typing import Annotated

import typer
from pydantic import ValidationError

from cliply.domain.captions import CaptionStyle
from cliply.domain.editing import Edit
from cliply.domain.framing import AspectRatio
from cliply.domain.jobs import ClipDuration, JobSettings
from cliply.domain.selection import SelectionMode, SelectionSettings
from cliply.domain.timing import TimeRange, parse_clock
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

Prompt = Annotated[
    str | None, typer.Option(help="What the clips should be about, as in `the parts about prices`.")
]
Topics = Annotated[
    list[str] | None,
    typer.Option("--topic", help="A word or phrase that is said in the clips; give more for any."),
]
Spans = Annotated[
    list[str] | None,
    typer.Option("--span", help="Your own clip, as in 1:20-2:05; as often as you have clips."),
]
Chapters = Annotated[
    bool, typer.Option("--chapters", help="The whole video in chapters, whatever --min and --max.")
]

NAMES = {"min": "--min", "max": "--max", "max_clips": "--clips"}


def wanted_edit(
    file: Path | None, aspect: AspectRatio | None, captions: CaptionStyle | None
) -> Edit:
    """The edit of a file, or the usual one, with the fields that options set."""
    edit = Edit() if file is None else parse_edit(read_text(file, "--edit"))
    wanted = {"reframe.aspect_ratio": aspect, "captions.style": captions}
    changes = {path: f'"{value.value}"' for path, value in wanted.items() if value is not None}
    return amend(edit, changes) if changes else edit


def wanted_selection(
    prompt: str | None, topics: list[str] | None, spans: list[str] | None, *, chapters: bool
) -> SelectionSettings:
    """The mode that the options ask for; raises InvalidInput when they ask for more than one."""
    modes = {
        "--prompt": (SelectionMode.prompt, prompt),
        "--topic": (SelectionMode.topics, topics),
        "--span": (SelectionMode.spans, spans),
        "--chapters": (SelectionMode.chapters, chapters),
    }
    given = [option for option, (_, value) in modes.items() if value not in (None, False, [])]
    if len(given) > 1:
        raise InvalidInput(
            ErrorCode.option_invalid, f"{' and '.join(given)} exclude each other; give one of them."
        )
    if not given:
        return SelectionSettings()
    try:
        return SelectionSettings(
            mode=modes[given[0]][0],
            prompt=prompt,
            topics=tuple(topics or ()),
            spans=tuple(map(_span, spans or ())),
        )
    except ValidationError as error:
        reason = str(error.errors()[0]["msg"]).removeprefix("Value error, ")
        raise InvalidInput(ErrorCode.option_invalid, f"{given[0]}: {reason}.") from None


def _span(text: str) -> TimeRange:
    """A span as it is typed; hyphen or dash between its times."""
    start, _, end = text.replace("–", "-").partition("-")
    try:
        return TimeRange(start_ms=parse_clock(start), end_ms=parse_clock(end))
    except ValueError:
        raise InvalidInput(
            ErrorCode.option_invalid,
            f"--span: {text!r} is no span; write start and end as in 1:20-2:05.",
        ) from None


def job_settings(
    shortest_s: float,
    longest_s: float,
    clips: int,
    edit: Edit,
    language: str | None,
    selection: SelectionSettings,
) -> JobSettings:
    """The typed wishes; raises InvalidInput that names the option."""
    try:
        return JobSettings(
            clip_duration=ClipDuration(min=shortest_s, max=longest_s),
            max_clips=clips,
            edit=edit,
            language=language,
            selection=selection,
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
