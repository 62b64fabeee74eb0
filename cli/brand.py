"""`cliply brand`: logos, fonts and music that edits may name, and the kit of all clips."""

from pathlib import Path
from typing import Annotated

import typer
from rich.console import Console
from rich.table import Table

from cli.installation import opened
from cli.options import read_text
from cli.progress import line, terminal
from cliply.domain.attachments import Attachment, AttachmentKind
from cliply.domain.ids import LOCAL_WORKSPACE
from cliply.errors import SettingsError
from cliply.footage.videos import Orientation

brand = typer.Typer(
    no_args_is_help=True, help="Files that edits may use, and the brand of all clips."
)

Name = Annotated[str, typer.Argument(help="What edits call the file.")]


@brand.command()
def add(
    name: Name,
    file: Annotated[Path, typer.Argument(help="The file itself.")],
    kind: Annotated[AttachmentKind, typer.Option(help="What it is.")],
) -> None:
    """Keep FILE under NAME, after a look at what it is."""
    from cliply.services.brand_files import add_file  # reads media

    with terminal() as screen, opened() as installation:
        with line(screen, "Store the file") as on_progress:
            attachment = add_file(
                installation.engine,
                installation.store,
                LOCAL_WORKSPACE,
                name,
                file,
                kind,
                on_progress=on_progress,
            )
        screen.print(f"{name}: {_described(attachment)}", markup=False, soft_wrap=True)


@brand.command()
def find(
    name: Name,
    query: Annotated[str, typer.Argument(help="What the footage is to show.")],
    shape: Annotated[Orientation, typer.Option(help="Shape of the footage.")] = (
        Orientation.portrait
    ),
) -> None:
    """Keep free footage from Pexels under NAME; prints whom to credit."""
    from cliply.footage.pexels import Pexels  # with its HTTP client
    from cliply.services.stock import keep_footage

    with terminal() as screen, opened() as installation:
        settings = installation.settings
        if settings.pexels_api_key is None:
            raise SettingsError("Footage is searched with a key: set PEXELS_API_KEY.")
        source = Pexels(settings.pexels_api_key, base_url=settings.pexels_url)
        with line(screen, "Fetch the footage") as on_progress:
            credit = keep_footage(
                installation.engine,
                installation.store,
                LOCAL_WORKSPACE,
                name,
                query,
                source,
                orientation=shape,
                on_progress=on_progress,
            )
        said = f"{name}: by {credit.author} on {credit.provider}, {credit.page_url}"
        screen.print(said, markup=False, soft_wrap=True)


@brand.command("list")
def list_all() -> None:
    """Show the files and the kit that holds for all clips."""
    from cliply.services.brand import find_default_kit
    from cliply.services.brand_files import list_files

    table = Table("name", "kind", "what it is")
    with opened() as installation:
        for row in list_files(installation.engine, LOCAL_WORKSPACE):
            table.add_row(row.name, row.kind.value, _described(row.attachment))
        kit = find_default_kit(installation.engine, LOCAL_WORKSPACE)
    screen = Console()
    screen.print(table)
    used = "none; `cliply brand use KIT.json` sets one" if kit is None else kit.name
    screen.print(f"Brand kit: {used}", markup=False, highlight=False, soft_wrap=True)


@brand.command()
def remove(name: Name) -> None:
    """Take the file NAME out."""
    from cliply.services.brand_files import remove_file

    with opened() as installation:
        remove_file(installation.engine, installation.store, LOCAL_WORKSPACE, name)


@brand.command()
def use(kit: Annotated[Path, typer.Argument(help="JSON file with the brand kit.")]) -> None:
    """Let the brand kit of a JSON file hold for every clip whose edit brings none."""
    from cliply.services.brand import parse_kit, put_kit

    wanted = parse_kit(read_text(kit, "KIT"))
    with opened() as installation:
        put_kit(installation.engine, LOCAL_WORKSPACE, wanted)


def _described(attachment: Attachment) -> str:
    """Format, size and length, as far as the file has them."""
    parts = [attachment.container or attachment.kind.value]
    if attachment.width_px:
        parts.append(f"{attachment.width_px}x{attachment.height_px}")
    if attachment.duration_ms:
        parts.append(f"{attachment.duration_ms / 1000:.1f} s")
    parts.append(f"{attachment.size_bytes / 1000:.0f} kB")
    return ", ".join(parts)
