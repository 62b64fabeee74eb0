"""`cliply search`: find moments by what was said and shown."""

import json
import sys
from collections.abc import Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer
from rich.console import Console
from rich.table import Column, Table
from rich.text import Text

from cli.installation import Installation, opened
from cliply.domain.ids import LOCAL_WORKSPACE
from cliply.domain.timing import clock
from cliply.errors import ErrorCode, InvalidInput
from cliply.installation import open_search
from cliply.services.overview import find_job

if TYPE_CHECKING:
    from cliply.services.search import FoundMoment

SHOWN_LETTERS = 160


def search(
    words: Annotated[str, typer.Argument(help="What is said or to be seen.")],
    job: Annotated[
        str | None, typer.Option(help="Search this job only: its id or the beginning.")
    ] = None,
    limit: Annotated[int, typer.Option(min=1, max=200, help="At most this many hits.")] = 10,
    as_json: Annotated[bool, typer.Option("--json", help="Print the hits as JSON.")] = False,
    thumbnails: Annotated[
        Path | None, typer.Option(help="Folder to write a picture of each hit to.")
    ] = None,
) -> None:
    """Find the moments of all jobs, or of one, in which WORDS are said or shown."""
    with opened() as installation:
        moments = _find(installation, words, job, limit)
        pictures = _write(installation, moments, thumbnails)
    if as_json:
        listed = [_listed(*found) for found in zip(moments, pictures, strict=True)]
        sys.stdout.write(json.dumps(listed, indent=2, ensure_ascii=False) + "\n")
    elif moments:
        Console().print(_table(moments))
    else:
        typer.echo("Nothing was found; `cliply jobs JOB` shows whether a job has its `embeddings`.")


def _find(
    installation: Installation, words: str, job: str | None, limit: int
) -> "list[FoundMoment]":
    from cliply.services.embedding_models import embedding_models
    from cliply.services.search import find_moments, load_for

    settings = installation.settings
    place = open_search(settings)
    models = embedding_models(settings.embedding_model, settings.resolved_models_dir)
    ref = find_job(installation.engine, LOCAL_WORKSPACE, job) if job else None
    return find_moments(
        installation.engine,
        place,
        LOCAL_WORKSPACE,
        words,
        job_id=ref.job_id if ref else None,
        limit=limit,
        embedder=load_for(place, LOCAL_WORKSPACE, models).embedder,
    )


def _write(
    installation: Installation, moments: "Sequence[FoundMoment]", folder: Path | None
) -> list[str | None]:
    """Names of the pictures in the folder; None for a moment of a source without pictures."""
    from cliply.services.search import thumbnail

    if folder is None:
        return [None] * len(moments)
    names: list[str | None] = []
    try:
        folder.mkdir(parents=True, exist_ok=True)
        for place, moment in enumerate(moments, start=1):
            picture = thumbnail(installation.store, LOCAL_WORKSPACE, moment.hit)
            name = f"{place:03d}.jpg" if picture else None
            if name and picture:
                (folder / name).write_bytes(picture)
            names.append(name)
    except OSError as error:
        raise InvalidInput(
            ErrorCode.output_unwritable,
            f"The pictures can not be written to {folder} ({error.strerror}); choose another "
            "--thumbnails.",
        ) from error
    return names


def _table(moments: "Sequence[FoundMoment]") -> Table:
    table = Table(
        Column("time", no_wrap=True),
        Column("score", no_wrap=True),
        "found by",
        "what is said",
        "source",
        Column("job", no_wrap=True),
        "clip",
    )
    for moment in moments:
        hit = moment.hit
        table.add_row(
            f"{clock(hit.span.start_ms)} - {clock(hit.span.end_ms)}",
            f"{hit.score:.2f}",
            ", ".join(by.value for by in hit.found_by),
            Text(_shortened(hit.text)),
            Text(moment.file_name),
            hit.job_id.hex[:8],
            Text(moment.clip or ""),
        )
    return table


def _listed(moment: "FoundMoment", picture: str | None) -> dict[str, object]:
    hit = moment.hit
    return {
        "job": str(hit.job_id),
        "source": moment.file_name,
        "clip": moment.clip,
        "start_ms": hit.span.start_ms,
        "end_ms": hit.span.end_ms,
        "score": round(hit.score, 4),
        "found_by": [by.value for by in hit.found_by],
        "text": hit.text,
        "thumbnail": picture,
    }


def _shortened(text: str) -> str:
    return text if len(text) <= SHOWN_LETTERS else f"{text[:SHOWN_LETTERS].rstrip()} …"
