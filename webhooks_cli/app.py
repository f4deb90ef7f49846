"""The root of the command line: which stack a command works on."""

import sys
from pathlib import Path
from typing import Annotated, Any

import typer
from typer.core import TyperGroup

from webhooks import __version__
from webhooks_cli.operations.errors import InvalidInput
from webhooks_cli.operations.stack import Stack, Target
from webhooks_cli.output import printable


class _Root(TyperGroup):
    """Shows invalid input as wrong usage."""

    def invoke(self, ctx: Any) -> Any:
        """Run the command."""
        try:
            return super().invoke(ctx)
        except InvalidInput as wrong:
            raise typer.BadParameter(printable(str(wrong))) from None


app = typer.Typer(
    cls=_Root,
    name="webhooks",
    help="See, replay and repair what a deployed stack of webhooks holds.",
    no_args_is_help=True,
    pretty_exceptions_enable=False,
)

Json = Annotated[bool, typer.Option("--json", help="Print JSON, for scripts.")]
DryRun = Annotated[bool, typer.Option("--dry-run", help="Print what would be done, and change nothing.")]
Reveal = Annotated[bool, typer.Option("--reveal", help="Show personal data too.")]
Yes = Annotated[bool, typer.Option("--yes", "-y", help="Do not ask.")]


def _show_version(wanted: bool) -> None:  # noqa: FBT001 - called by Typer
    if wanted:
        print(__version__)
        raise typer.Exit


@app.callback()
def choose(
    context: typer.Context,
    name: Annotated[
        str, typer.Option("--stack", help="The stack's name on AWS; by default the one of `make up`.")
    ] = "",
    profile: Annotated[str, typer.Option(help="The AWS profile.")] = "",
    region: Annotated[str, typer.Option(help="The AWS region.")] = "",
    *,
    version: Annotated[  # noqa: ARG001 - its callback prints it
        bool, typer.Option("--version", callback=_show_version, is_eager=True, help="Print the version.")
    ] = False,
) -> None:
    """Choose the stack; `webhooks COMMAND --help` describes a command."""
    context.obj = Target(name, profile, region)


def stack_of(context: typer.Context) -> Stack:
    """The chosen stack. Raises `OperationFailed` if it does not exist."""
    target: Target = context.obj
    return target.find()


def file_or_stdin(name: str) -> bytes:
    """The content of the file that --body names; - is standard input."""
    if name == "-":
        return sys.stdin.buffer.read()
    try:
        return Path(name).read_bytes()
    except OSError as error:
        raise InvalidInput(f"--body: {name}: {error.strerror}") from None


def secret_of_stdin(what: str) -> str:
    """A secret from standard input, one line; asked for without showing it if a person is there."""
    if sys.stdin.isatty():
        return str(typer.prompt(f"{what} (it is not shown)", hide_input=True, err=True))
    return sys.stdin.readline().removesuffix("\n").removesuffix("\r")


def confirm(question: str, *, yes: bool) -> None:
    """Ask, unless `yes`; ends the command if the answer is no."""
    if not yes and not typer.confirm(printable(question), err=True):
        raise typer.Exit(1)
