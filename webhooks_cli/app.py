"""The root of the command line: which stack a command works on."""

import sys
from copy import copy
from dataclasses import replace
from importlib import import_module
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

import typer
from typer.core import TyperCommand, TyperGroup
from typer.main import get_group

from webhooks import __version__
from webhooks_cli.commands import COMMANDS
from webhooks_cli.operations.checkout import Checkout
from webhooks_cli.operations.errors import InvalidInput
from webhooks_cli.output import err, printable

if TYPE_CHECKING:
    from webhooks_cli.operations.stack import Stack, Target

_CHANGED = "target_"
_OF_A_CHECKOUT = frozenset(("new", "retire", "schema", "sample"))
"""Commands that use no stack."""

_TARGET = frozenset(("name", "profile", "region"))

_STACK = "The stack's name on AWS; by default the one of `make up`."
_PROFILE = "The AWS profile; by default that of the stack's stage in samconfig.toml."
_REGION = "The AWS region; by default that of the stack's stage in samconfig.toml."


class _Root(TyperGroup):
    """Turns invalid input into wrong usage and what AWS refuses into a failure.

    Lets every command have the options that choose the stack. Imports a command when it is called: AWS's SDK and the
    models take a second, for which `webhooks --help` and the shell's completion should not wait.
    """

    def __init__(self, **settings: Any) -> None:
        super().__init__(**settings)
        options = [_after_the_command(option) for option in self.params if option.name in _TARGET]
        for name, command in self.commands.items():
            _add([_hidden(option) for option in options] if name in _OF_A_CHECKOUT else options, command)
        imported = dict(self.commands)
        self.commands = {
            name: imported.get(name) or TyperCommand(name, help=described.help, no_args_is_help=False)
            for name, described in COMMANDS.items()
        }

    def resolve_command(self, ctx: Any, args: list[str]) -> Any:
        """The command that the arguments name, imported."""
        if args[0] in COMMANDS:
            import_module(f"webhooks_cli.commands.{COMMANDS[args[0]].module}")
            self.commands = get_group(app).commands
        return super().resolve_command(ctx, args)

    def invoke(self, ctx: Any) -> Any:
        """Run the command."""
        from botocore.exceptions import BotoCoreError, ClientError  # noqa: PLC0415 - slow, and not for --help

        from webhooks_cli.operations.aws_errors import aws_failure  # noqa: PLC0415

        try:
            return super().invoke(ctx)
        except InvalidInput as wrong:
            raise typer.BadParameter(printable(str(wrong))) from None
        except (ClientError, BotoCoreError) as error:
            raise aws_failure(error, ctx.obj.profile_used if ctx.obj else "") from error


def _after_the_command(option: Any) -> Any:
    """An option of the root as one of a command, where it overrides what was given before."""
    after = copy(option)
    after.name = f"{_CHANGED}{option.name}"  # a command may have a parameter of that name
    after.envvar, after.default, after.expose_value, after.callback = None, None, False, _change_target
    return after


def _hidden(option: Any) -> Any:
    """The option for a command that uses no stack, where it is wrong usage."""
    hidden = copy(option)
    hidden.hidden, hidden.callback = True, _refuse
    return hidden


def _add(options: list[Any], command: Any) -> None:
    """Add options to a command and all below it."""
    command.params = [*command.params, *options]
    for inner in getattr(command, "commands", {}).values():
        _add(options, inner)


def _change_target(ctx: Any, param: Any, value: str | None) -> None:
    if value is not None:
        ctx.obj = replace(ctx.obj, **{param.name.removeprefix(_CHANGED): value})


def _refuse(ctx: Any, param: Any, value: str | None) -> None:
    if value is not None:
        raise InvalidInput(f"{param.opts[0]}: `webhooks {ctx.info_name}` works on the checkout and uses no stack")


app = typer.Typer(
    cls=_Root,
    name="webhooks",
    help="See, replay and repair what a deployed stack of webhooks holds.",
    no_args_is_help=True,
    pretty_exceptions_enable=False,
    context_settings={"help_option_names": ["-h", "--help"]},
)

Json = Annotated[bool, typer.Option("--json", help="Print JSON, for scripts.")]
DryRun = Annotated[bool, typer.Option("--dry-run", help="Print what would be done, and change nothing.")]
Reveal = Annotated[bool, typer.Option("--reveal", help="Show personal data too.")]
Yes = Annotated[bool, typer.Option("--yes", "-y", help="Do not ask.")]


def _show_version(wanted: bool) -> None:  # noqa: FBT001 - called by Typer
    if wanted:
        checkout = Checkout.find()
        print(f"{__version__} ({checkout.root if checkout else 'no checkout'})")
        raise typer.Exit


@app.callback()
def choose(
    context: typer.Context,
    name: Annotated[str, typer.Option("--stack", envvar="WEBHOOKS_STACK", help=_STACK)] = "",
    profile: Annotated[str, typer.Option(help=_PROFILE)] = "",
    region: Annotated[str, typer.Option(help=_REGION)] = "",
    *,
    version: Annotated[  # noqa: ARG001 - its callback prints it
        bool,
        typer.Option(
            "--version",
            callback=_show_version,
            is_eager=True,
            help="Print the version, and the checkout that the command belongs to.",
        ),
    ] = False,
) -> None:
    """See, replay and repair what a deployed stack of webhooks holds.

    The options that choose the stack may also follow the command. `webhooks COMMAND --help` describes a command.
    """
    from webhooks_cli.operations.stack import Target  # noqa: PLC0415 - slow, and not for --help

    context.obj = Target(name, profile, region)
    if context.invoked_subcommand in _OF_A_CHECKOUT and names_stack(context):
        raise InvalidInput(f"`webhooks {context.invoked_subcommand}` works on the checkout and uses no stack")


def names_stack(context: typer.Context) -> bool:
    """Whether stack, profile or region were given as options; WEBHOOKS_STACK is none."""
    source = context.find_root().get_parameter_source("name")
    default = context.find_root().params["name"] if source and source.name == "ENVIRONMENT" else ""
    target: Target = context.obj
    return (target.name, target.profile, target.region) != (default, "", "")


def stack_of(context: typer.Context) -> "Stack":
    """The chosen stack. Raises `OperationFailed` if it does not exist."""
    target: Target = context.obj
    context.find_root().obj = target  # where an error of AWS looks for the profile
    if warning := target.warning():
        err.print(warning)
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
