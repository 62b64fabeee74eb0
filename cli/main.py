"""The `cliply` command."""

import sys

import typer

from cli.api_token import api_token
from cli.brand import brand
from cli.clip import clip
from cli.doctor import doctor
from cli.edit import edit
from cli.jobs import jobs
from cli.models import models
from cli.operator_token import operator_token
from cli.reconcile import reconcile
from cli.render import render
from cli.search import search
from cli.serve import api, upkeep
from cli.submit import submit
from cli.up import up
from cli.vocabulary import vocabulary
from cli.webhooks import webhooks
from cli.words import correct, words
from cli.worker import worker
from cliply.errors import CliplyError

app = typer.Typer(
    add_completion=False,
    no_args_is_help=True,
    pretty_exceptions_enable=False,
    help="Turn long video into short clips that people watch.",
)
app.command()(clip)
app.command()(submit)
app.command()(edit)
app.command()(render)
app.command()(words)
app.command()(correct)
app.add_typer(vocabulary, name="vocabulary")
app.add_typer(brand, name="brand")
app.add_typer(models, name="models")
app.command()(search)
app.add_typer(jobs, name="jobs")
app.command()(up)
app.command()(api)
app.command()(worker)
app.command("api-token")(api_token)
app.command("operator-token")(operator_token)
app.command()(doctor)
app.command()(reconcile)
app.add_typer(webhooks, name="webhooks")
app.add_typer(upkeep, name="upkeep")


def main() -> None:
    """Run the command; an error we know ends it with one line and status 1."""
    try:
        app()
    except CliplyError as error:
        sys.stderr.write(f"error {error.code}: {error.message}\n")
        sys.exit(1)
    except KeyboardInterrupt:
        sys.stderr.write("stopped\n")
        sys.exit(130)
