"""`webhooks records`: what the handlers have saved of one thing."""

from typing import Annotated, Any

import typer

from webhooks_cli.app import Json, Reveal, app, stack_of
from webhooks_cli.operations.records import Record, parts, record_key
from webhooks_cli.output import cell, err, print_json, print_table

Thing = Annotated[str, typer.Argument(metavar="THING", help="ORDER, ASSOCIATE, ITEM, CUSTOM, DAILY.")]
Id = Annotated[str, typer.Argument(metavar="ID", help="Its id; for CUSTOM the event type; none for DAILY.")]
Limit = Annotated[int, typer.Option(min=1, help="The last parts, if there are more.")]


@app.command()
def records(  # noqa: PLR0913 - options
    context: typer.Context,
    thing: Thing,
    number: Id = "",
    *,
    limit: Limit = 100,
    reveal: Reveal = False,
    as_json: Json = False,
) -> None:
    """Show the record of an order, associate or item with all its parts: payments, packages, subscriptions.

    Without --reveal, personal data is shown as ***.

    For example: webhooks records ORDER 1
    """
    pk = record_key(thing, number)
    found, more = parts(stack_of(context), pk, limit, reveal=reveal)
    if as_json:
        print_json(found)
    else:
        print_table(["Part", "Field", "Value"], (row for part in found for row in _rows(part)), title=pk)
    if more:
        err.print(f"only the last {limit}: there are more, see --limit")


def _rows(part: Record) -> list[tuple[str, str, Any]]:
    # The version ends with the event's type.
    fields = sorted(part.keys() - {"pk", "sk", "event_type"})
    return [(part["sk"] if name == fields[0] else "", name, cell(part[name])) for name in fields]
