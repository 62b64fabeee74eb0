"""`cliply words` and `cliply correct`: what was understood, and what was really said."""

import re
from collections.abc import Iterator, Sequence
from typing import Annotated

import typer
from rich.console import Console

from cli.installation import Installation, opened
from cli.progress import following, terminal
from cliply.domain.ids import LOCAL_WORKSPACE, JobRef
from cliply.domain.timing import TimeRange, clock, parse_clock
from cliply.domain.transcript import Transcript, Word
from cliply.errors import ErrorCode, InvalidInput
from cliply.services.corrections import correct_words, read_words
from cliply.services.overview import find_job
from cliply.services.results import read_clip
from cliply.storage.keys import slot_name

WORDS_A_LINE = 5
"""So few that their numbers can be counted at a glance."""

DOUBTFUL = 0.5
"""A word that its recogniser believed less is marked."""

Job = Annotated[str, typer.Argument(help="Job id or its beginning; `cliply jobs` lists them.")]


def words(
    job: Job,
    start: Annotated[
        str | None, typer.Option("--from", help="Show words from this time on, as in 1:20.")
    ] = None,
    end: Annotated[str | None, typer.Option("--to", help="… and before this time.")] = None,
) -> None:
    """Show what was understood in JOB; the number of a line is that of its first word.

    `?` marks words that the recogniser doubted.
    """
    first_ms = _moment_ms(start, "--from") if start else 0
    end_ms = _moment_ms(end, "--to") if end else None
    with opened() as installation:
        ref = find_job(installation.engine, LOCAL_WORKSPACE, job)
        said = read_words(installation.engine, installation.store, ref)
    for first, shown in _lines(said):
        span = TimeRange(start_ms=shown[0].span.start_ms, end_ms=shown[-1].span.end_ms)
        if span.end_ms <= first_ms or (end_ms is not None and span.start_ms >= end_ms):
            continue
        text = " ".join(f"{word.text}{'?' * _is_doubtful(word.confidence)}" for word in shown)
        typer.echo(f"{first}\t{clock(span.start_ms, tenths=True)}\t{text}")


def correct(
    job: Job,
    which: Annotated[
        str, typer.Argument(help="Words by their numbers in `cliply words`: 12, or 12-15.")
    ],
    text: Annotated[str, typer.Argument(help="What is really said there; '' for nothing.")],
    queue: Annotated[
        bool, typer.Option("--queue", help="Leave the renders to the service (`cliply up`).")
    ] = False,
) -> None:
    """Correct words of JOB and render the clips anew in which they are heard."""
    first, last = _numbers(which)
    with terminal() as screen, opened() as installation:
        ref = find_job(installation.engine, LOCAL_WORKSPACE, job)
        slots = correct_words(
            installation.engine, installation.store, ref, first, last, text, with_run_request=queue
        )
        if not slots:
            screen.print("No rendered clip has these words; nothing is to be rendered.")
        elif queue:
            screen.print(f"The service renders them; `cliply jobs {job}` shows how far it is.")
        else:
            _render(installation, ref, slots, screen)


def _render(
    installation: Installation, ref: JobRef, slots: tuple[int, ...], screen: Console
) -> None:
    from cli.run import materialise  # Dagster takes seconds to import

    with following(screen, installation.engine, ref):
        materialise(installation, ref, *(f"clip/{slot_name(slot)}" for slot in slots))
    for slot in slots:
        clip = read_clip(installation.store, ref, slot)
        url = installation.store.url_of(clip.files.video_key)
        typer.echo(f"clip {slot + 1}  version {clip.version}  {url}")


def _moment_ms(text: str, option: str) -> int:
    try:
        return parse_clock(text)
    except ValueError as error:
        raise InvalidInput(ErrorCode.option_invalid, f"{option}: {error}.") from None


def _lines(said: Transcript) -> Iterator[tuple[int, Sequence[Word]]]:
    """The number of its first word and the words of each line; none goes past its utterance."""
    for utterance in said.utterances:
        for first in range(utterance.first, utterance.last + 1, WORDS_A_LINE):
            yield first, said.words[first : min(first + WORDS_A_LINE, utterance.last + 1)]


def _numbers(which: str) -> tuple[int, int]:
    found = re.fullmatch(r"(\d+)(?:-(\d+))?", which.strip())
    if found is None:
        raise InvalidInput(
            ErrorCode.option_invalid, f"{which} is no word and no range; write 12 or 12-15."
        )
    first = int(found[1])
    return first, int(found[2] or first)


def _is_doubtful(confidence: float | None) -> bool:
    return confidence is not None and confidence < DOUBTFUL
