"""`webhooks collisions`: deliveries that share an event's id but not its body."""

from typing import Annotated

import typer

from webhooks_cli.app import Json, Reveal, Yes, app, confirm, stack_of
from webhooks_cli.operations.collisions import accept, find, newest
from webhooks_cli.output import err, print_details, print_json, print_rows

collisions = typer.Typer(
    help="Deliveries that share an event's ids but not its body: see them, and accept them as events.",
    no_args_is_help=True,
)
app.add_typer(collisions, name="collisions")

Name = Annotated[str, typer.Argument(metavar="COLLISION", help="Its name, or how it begins.", show_default=False)]
Limit = Annotated[int, typer.Option(min=1, help="How many at once.")]


@collisions.command("list")
def list_(context: typer.Context, *, limit: Limit = 20, as_json: Json = False) -> None:
    """List the stored collisions, the newest first: no handler saw them.

    For example: webhooks collisions list
    """
    found, more = newest(stack_of(context), limit)
    if as_json:
        print_json([collision.summary() for collision in found])
    elif found:
        columns = ["Received at (UTC)", "Type", "Client", "Message id", "Collision"]
        print_rows(columns, ([at[:19], *rest] for at, *rest in (each.summary().values() for each in found)))
    if more:
        err.print(f"only the last {limit}: there are more, see --limit")
    elif not found:
        err.print("no collisions")


@collisions.command()
def show(context: typer.Context, name: Name, *, reveal: Reveal = False, as_json: Json = False) -> None:
    """Show a collision with its body. `webhooks events show ID` shows the first event with its ids.

    For example: webhooks collisions show collision-2c4eb466
    """
    stack = stack_of(context)
    details = find(stack, name).details(stack, reveal=reveal)
    if as_json:
        print_json([details])
    else:
        print_details("Collision", details)
        if details["body"] is None:
            err.print("its body has expired: S3 has deleted it by its age")


@collisions.command("accept")
def accept_(context: typer.Context, name: Name, *, yes: Yes = False, as_json: Json = False) -> None:
    """Accept a collision as an event of its own: its handler runs, and the document is deleted.

    It gets the message id that `show` prints as accepted_as. Stopped halfway, it can be repeated: it is one event.

    For example: webhooks collisions accept collision-2c4eb466
    """
    stack = stack_of(context)
    collision = find(stack, name)
    ids = f"{collision.key.event_type} {collision.key.message_id}"
    confirm(f"Accept the collision with {ids} as an event of its own?", yes=yes)
    result = accept(stack, collision)
    if as_json:
        print_json({"message_id": result.message_id, "new": result.new, "published": result.published})
    err.print(f"{'accepted as' if result.new else 'was accepted before as'} {result.message_id}")
    if result.new and not result.published:
        err.print("its queue does not take it now: the relay publishes it")
    err.print(f"see `webhooks events show {result.message_id}`")
