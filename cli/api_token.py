"""`cliply api-token`: a token for the API of this installation."""

import sys
from typing import Annotated

import typer

from cli.installation import opened
from cliply.db.session import create_app_engine
from cliply.domain.access import Permission
from cliply.domain.ids import LOCAL_WORKSPACE
from cliply.identity.api_tokens import MAX_DAYS, TokenWish, make_first_token

Name = Annotated[str, typer.Option(help="What the token is called in lists.")]
Scopes = Annotated[
    list[Permission] | None,
    typer.Option("--scope", help="What it may do; give more for any. Everything without it."),
]
Days = Annotated[
    int | None,
    typer.Option(min=1, max=MAX_DAYS, help="When it expires; never without it."),
]


def api_token(name: Name = "command line", scope: Scopes = None, days: Days = None) -> None:
    """Make an API token for the workspace of this command and print it, this once."""
    wish = TokenWish(name, frozenset(scope or Permission), days)
    with opened() as installation:
        system = create_app_engine(installation.urls.system)
        try:
            made = make_first_token(system, LOCAL_WORKSPACE, wish)
        finally:
            system.dispose()
    sys.stderr.write("Send it as `Authorization: Bearer …`; it is not shown again.\n")
    sys.stdout.write(f"{made.token}\n")
