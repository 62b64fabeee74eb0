"""`cliply vocabulary`: names and terms that speech recognition should expect."""

from typing import Annotated

import typer
from pydantic import ValidationError
from rich.console import Console
from rich.table import Table

from cli.installation import opened
from cliply.domain.ids import LOCAL_WORKSPACE
from cliply.domain.vocabulary import Term
from cliply.errors import ErrorCode, InvalidInput
from cliply.services.vocabulary import list_terms, put_term, remove_term

vocabulary = typer.Typer(
    no_args_is_help=True, help="Names and terms that speech recognition should expect."
)

Text = Annotated[str, typer.Argument(help="The term as it should be read.")]


@vocabulary.command()
def add(
    text: Text,
    heard_as: Annotated[
        list[str] | None,
        typer.Option(help="A wrong reading that becomes the term; repeatable."),
    ] = None,
) -> None:
    """Keep a term; one of the same text gets these readings instead of its own."""
    try:
        term = Term(text=text, heard_as=tuple(heard_as or ()))
    except ValidationError as error:
        fault = error.errors()[0]
        option = "--heard-as" if "heard_as" in fault["loc"] else "TEXT"
        raise InvalidInput(ErrorCode.option_invalid, f"{option}: {fault['msg']}.") from None
    with opened() as installation:
        put_term(installation.engine, LOCAL_WORKSPACE, term)


@vocabulary.command("list")
def list_all() -> None:
    """Show all terms."""
    table = Table("term", "heard as")
    with opened() as installation:
        for term in list_terms(installation.engine, LOCAL_WORKSPACE):
            table.add_row(term.text, ", ".join(term.heard_as))
    Console().print(table)


@vocabulary.command()
def remove(text: Text) -> None:
    """Forget a term."""
    with opened() as installation:
        remove_term(installation.engine, LOCAL_WORKSPACE, text)
