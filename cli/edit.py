"""`cliply edit`: change one clip of a job and render only that one again."""

from pathlib import Path
from typing import Annotated

import typer
from rich.console import Console

from cli.installation import Installation, opened
from cli.options import read_text
from cli.progress import following, terminal
from cliply.domain.ids import LOCAL_WORKSPACE, JobRef
from cliply.errors import ErrorCode, InvalidInput
from cliply.services import editing
from cliply.services.edits import amend, parse_edit
from cliply.services.overview import find_job
from cliply.services.results import read_clip
from cliply.storage.keys import slot_name


def edit(
    job: Annotated[str, typer.Argument(help="Job id or its beginning; `cliply jobs` lists them.")],
    number: Annotated[int, typer.Argument(help="Number of the clip, as in clips.json.")],
    sets: Annotated[
        list[str] | None,
        typer.Option(
            "--set", help="FIELD=VALUE, as in captions.accent_colour=#FF0000; repeatable."
        ),
    ] = None,
    file: Annotated[Path | None, typer.Option(help="JSON file with the clip's whole edit.")] = None,
    reset: Annotated[bool, typer.Option("--reset", help="Go back to the job's edit.")] = False,
    queue: Annotated[
        bool, typer.Option("--queue", help="Leave the render to the service (`cliply up`).")
    ] = False,
) -> None:
    """Change what is done to one clip of JOB and render only that clip again."""
    changes = _changes(sets or [])
    _check_choice(file, reset, changes)
    slot = number - 1
    with terminal() as screen, opened() as installation:
        ref = find_job(installation.engine, LOCAL_WORKSPACE, job)
        if reset:
            editing.reset_edit(installation.engine, ref, slot, with_run_request=queue)
        else:
            given = parse_edit(read_text(file, "--file")) if file else None
            wanted = amend(given or editing.get_edit(installation.engine, ref, slot), changes)
            editing.edit_clip(installation.engine, ref, slot, wanted, with_run_request=queue)
        if queue:
            screen.print(f"The service renders it; `cliply jobs {job}` shows how far it is.")
        else:
            _render(installation, ref, slot, screen)


def _render(installation: Installation, ref: JobRef, slot: int, screen: Console) -> None:
    from cli.run import materialise  # Dagster takes seconds to import

    with following(screen, installation.engine, ref):
        materialise(installation, ref, f"clip/{slot_name(slot)}")
    clip = read_clip(installation.store, ref, slot)
    for message in (*clip.notes, *clip.report.repairs):
        screen.print(f"note: {message}", markup=False, soft_wrap=True)
    for finding in clip.report.findings:
        if not finding.passed:
            screen.print(f"needs attention: {finding.message}", markup=False, soft_wrap=True)
    typer.echo(f"version {clip.version}  {installation.store.url_of(clip.files.video_key)}")


def _changes(sets: list[str]) -> dict[str, str]:
    changes = {}
    for one in sets:
        path, equals, value = one.partition("=")
        if not path or not equals:
            raise InvalidInput(
                ErrorCode.option_invalid, f"--set: {one} is not FIELD=VALUE; write it like that."
            )
        changes[path.strip()] = value
    return changes


def _check_choice(file: Path | None, reset: bool, changes: dict[str, str]) -> None:
    if reset and (file or changes):
        raise InvalidInput(
            ErrorCode.option_invalid, "--reset: it stands alone; leave out --set and --file."
        )
    if not (reset or file or changes):
        raise InvalidInput(
            ErrorCode.option_invalid, "Nothing is to be changed; give --set, --file or --reset."
        )
