"""`cliply models`: weights on this machine, brought and checked."""

import sys
from pathlib import Path
from typing import Annotated

import typer
from rich.console import Console
from rich.table import Table

from cliply.models.catalogue import CATALOGUE, Model, find_entry
from cliply.models.fetching import Hub, fetch_model, require_model
from cliply.models.manifest import read_manifest
from cliply.models.store import locate
from cliply.models.verification import verify_models
from cliply.settings import Settings, load_settings

models = typer.Typer(
    no_args_is_help=True, help="Weights of models on this machine; a job never downloads any."
)

Names = Annotated[list[str], typer.Argument(help="Names as `cliply models list` shows them.")]
SomeNames = Annotated[
    list[str] | None, typer.Argument(help="Names of fetched models; none for all.")
]


@models.command("list")
def list_all() -> None:
    """Show the models that can be used, and where those that are here lie."""
    folder = load_settings().resolved_models_dir
    recorded = read_manifest(folder).models
    others = [entry for name in recorded if (entry := find_entry(name)) not in (None, *CATALOGUE)]
    table = Table("name", "for", "size", "licence", "where")
    for model in [*CATALOGUE, *(entry for entry in others if entry)]:
        checked = ", checksums recorded" if model.name in recorded else ""
        place = locate(model, folder)
        where = "-" if place is None else f"{place}{checked}"
        table.add_row(model.name, model.use, size_of(model), model.licence, where)
    Console().print(table)


@models.command()
def fetch(names: Names) -> None:
    """Bring models from the hub and record their checksums; one that is here is recorded."""
    settings = load_settings()
    wanted = [require_model(name) for name in names]
    for model in wanted:
        place = fetch_model(model, settings.resolved_models_dir, hub_of(settings))
        typer.echo(f"{model.name} is in {place} ({model.licence}).")


@models.command()
def verify(names: SomeNames = None) -> None:
    """Compare the files of fetched models with their checksums; status 1 when one differs."""
    folder = load_settings().resolved_models_dir
    verified = verify_models(folder, tuple(names or ()))
    for fault in verified.faults:
        sys.stderr.write(f"error {fault.code}: {fault.sentence}\n")
    if verified.faults:
        raise typer.Exit(1)
    typer.echo(said_of(verified.names, folder))


def hub_of(settings: Settings) -> Hub:
    """The hub as this installation may use it."""
    token = settings.hf_token.get_secret_value() if settings.hf_token else None
    return Hub(settings.hf_endpoint.rstrip("/"), settings.model_hub == "auto", token)


def size_of(model: Model) -> str:
    """About how much a person has to download."""
    if not model.size_bytes:
        return "?"
    megabytes = model.size_bytes / 1e6
    return f"{megabytes:.0f} MB" if megabytes >= 1 else f"{model.size_bytes / 1e3:.0f} kB"


def said_of(names: tuple[str, ...], folder: Path) -> str:
    if not names:
        return f"There is nothing to verify in {folder}; `cliply models fetch` records checksums."
    return f"{', '.join(names)}: every file is as it was recorded."
