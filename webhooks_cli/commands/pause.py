"""`webhooks pause` and `webhooks resume`: a type's handler is no longer called, or called again."""

from typing import Annotated

import typer

from webhooks_cli.app import app, stack_of
from webhooks_cli.operations.errors import InvalidInput
from webhooks_cli.operations.event_sources import switch, waiting
from webhooks_cli.operations.stack import Stack
from webhooks_cli.output import err

Types = Annotated[list[str] | None, typer.Argument(metavar="TYPE", help="The event types.", show_default=False)]
MoreTypes = Annotated[list[str] | None, typer.Option("--type", help="The same as TYPE; repeatable.")]
All = Annotated[bool, typer.Option("--all", help="Every type.")]


@app.command()
def pause(context: typer.Context, types: Types = None, *, more: MoreTypes = None, every: All = False) -> None:
    """Stop calling a type's handler: its events are still accepted, and wait on their queue.

    Nothing is lost if the type is resumed in time: the queue stores each event for 14 days. Calls in progress finish.

    For example: webhooks pause CreateOrderEvent
    """
    stack = stack_of(context)
    names = _chosen(stack, [*(types or []), *(more or [])], every=every)
    changed = switch(stack, names, on=False)
    for name in names:
        number, days = waiting(stack, name)
        err.print(
            f"{name} {'is paused' if name in changed else 'was paused already'}: its events wait on their queue "
            f"for up to {days} days, {number} of them now; continue with `webhooks resume {name}`"
        )


@app.command()
def resume(context: typer.Context, types: Types = None, *, more: MoreTypes = None, every: All = False) -> None:
    """Call the handler of a paused type again, also for the events that are waiting.

    For example: webhooks resume CreateOrderEvent
    """
    stack = stack_of(context)
    names = _chosen(stack, [*(types or []), *(more or [])], every=every)
    changed = switch(stack, names, on=True)
    for name in names:
        number, _ = waiting(stack, name)
        err.print(f"{name} {'is resumed' if name in changed else 'was not paused'}: about {number} events are waiting")


def _chosen(stack: Stack, types: list[str], *, every: bool) -> list[str]:
    if every == bool(types):
        raise InvalidInput("name at least one TYPE, or give --all")
    return list(stack.event_types) if every else [stack.deployed(name) for name in dict.fromkeys(types)]
