"""`webhooks records`: what the handlers keep of one thing."""

import json
from decimal import Decimal
from typing import Annotated, Any

import typer

from webhooks_cli.app import Json, app, stack_of
from webhooks_cli.errors import ToolFailed
from webhooks_cli.masking import masked
from webhooks_cli.output import err, print_json, print_table
from webhooks_cli.records import OURS, Record, parts


@app.command()
def records(  # noqa: PLR0913 - an option each
    context: typer.Context,
    thing: Annotated[str, typer.Argument(metavar="THING", help="ORDER, ASSOCIATE, ITEM, CUSTOM, DAILY.")],
    number: Annotated[
        str, typer.Argument(metavar="ID", help="Its id; for CUSTOM the event type; none for DAILY.")
    ] = "",
    *,
    limit: Annotated[int, typer.Option(min=1, help="The last parts, if there are more.")] = 100,
    reveal: Annotated[bool, typer.Option("--reveal", help="Show what tells of a person too.")] = False,
    as_json: Json = False,
) -> None:
    """Show the record of an order, an associate, an item, with all its parts: payments, packages, subscriptions.

    Without --reveal texts that may tell of a person are shown as ***.

    For example: webhooks records ORDER 1
    """
    pk = f"{thing.upper()}#{number}" if number else thing.upper()
    found, more = parts(stack_of(context), pk, limit)
    if not found:
        raise ToolFailed(f"there is no record {pk}: `webhooks events show ID` tells which record an event led to")
    shown = [part if reveal else _masked(part) for part in found]
    if as_json:
        print_json(shown)
    else:
        print_table(["Part", "Field", "Value"], (row for part in shown for row in _rows(part)), title=pk)
    if more:
        err.print(f"only the last {limit}: there are more, see --limit")


def _masked(part: Record) -> Record:
    ours = {name: part[name] for name in OURS}
    return masked(part, part["event_type"]) | ours


def _rows(part: Record) -> list[tuple[str, str, Any]]:
    # The version ends with the event's type.
    fields = sorted(part.keys() - {"pk", "sk", "event_type"})
    return [(part["sk"] if name == fields[0] else "", name, _cell(part[name])) for name in fields]


def _cell(value: Any) -> str:
    return str(value) if isinstance(value, str | Decimal) else json.dumps(value, ensure_ascii=False, default=str)
