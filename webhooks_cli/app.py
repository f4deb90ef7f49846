"""The root of the command line: which stack a command speaks to."""

from typing import Annotated

import typer

from webhooks_cli.stack import Stack, Target

app = typer.Typer(
    name="webhooks",
    help="See, replay and repair everything that a deployed stack of webhooks holds.",
    no_args_is_help=True,
    pretty_exceptions_enable=False,
)

Json = Annotated[bool, typer.Option("--json", help="Print JSON, for scripts.")]
DryRun = Annotated[bool, typer.Option("--dry-run", help="Say what would be done, and change nothing.")]
Yes = Annotated[bool, typer.Option("--yes", "-y", help="Do not ask.")]


@app.callback()
def choose(
    context: typer.Context,
    name: Annotated[
        str, typer.Option("--stack", help="The stack's name on AWS; without it, the one of `make up`.")
    ] = "",
    profile: Annotated[str, typer.Option(help="The AWS profile.")] = "",
    region: Annotated[str, typer.Option(help="The AWS region.")] = "",
) -> None:
    """Say which stack; `webhooks COMMAND --help` tells of a command."""
    context.obj = Target(name, profile, region)


def stack_of(context: typer.Context) -> Stack:
    """The stack that was chosen. Raises `ToolFailed` where there is none."""
    target: Target = context.obj
    return target.find()


def confirm(question: str, *, yes: bool) -> None:
    """Ask, unless the answer was given with the command; ends the command where it is no."""
    if not yes and not typer.confirm(question, err=True):
        raise typer.Exit(1)
