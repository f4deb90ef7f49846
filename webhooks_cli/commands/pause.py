"""`webhooks pause` and `webhooks resume`: the handler of a type is called no more, or again."""

from typing import Annotated

import typer

from webhooks_cli.app import app, stack_of
from webhooks_cli.output import err
from webhooks_cli.sources import switch, waiting
from webhooks_cli.stack import Stack

Types = Annotated[list[str] | None, typer.Argument(metavar="TYPE", help="The event types.", show_default=False)]
All = Annotated[bool, typer.Option("--all", help="Every type.")]


@app.command()
def pause(context: typer.Context, types: Types = None, *, every: All = False) -> None:
    """Stop handing events of a type to its handler: they are accepted and wait in their queue.

    Nothing is lost as long as the type is resumed before the queue's time is up, which is 14 days after each event
    was sent to it. Calls that are under way are finished.

    For example: webhooks pause CreateOrderEvent
    """
    stack = stack_of(context)
    names = _chosen(stack, types, every=every)
    changed = switch(stack, names, on=False)
    for name in names:
        number, days = waiting(stack, name)
        err.print(
            f"{name} {'is paused' if name in changed else 'was paused already'}: its events wait in their queue "
            f"for up to {days} days, {number} of them now; go on with `webhooks resume {name}`"
        )


@app.command()
def resume(context: typer.Context, types: Types = None, *, every: All = False) -> None:
    """Hand the events of a paused type to its handler again, those that waited among them.

    For example: webhooks resume CreateOrderEvent
    """
    stack = stack_of(context)
    names = _chosen(stack, types, every=every)
    changed = switch(stack, names, on=True)
    for name in names:
        number, _ = waiting(stack, name)
        err.print(f"{name} {'is resumed' if name in changed else 'was not paused'}: about {number} events wait")


def _chosen(stack: Stack, types: list[str] | None, *, every: bool) -> list[str]:
    if every == bool(types):
        raise typer.BadParameter("name one TYPE or several, or say --all")
    return list(stack.event_types) if every else [stack.known(name) for name in dict.fromkeys(types or [])]
