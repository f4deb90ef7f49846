"""`webhooks new`: a type of its own for what went to CustomEvent."""

from typing import Annotated

import typer

from tools.local.emulator import ROOT
from webhooks_cli.app import Json, app
from webhooks_cli.new_type import KINDS, NewType
from webhooks_cli.output import err, print_json
from webhooks_cli.scaffold import scaffold


@app.command()
def new(
    event_type: Annotated[str, typer.Argument(metavar="TYPE", help="The name, as it stands in EventType.")],
    fields: Annotated[
        list[str] | None,
        typer.Option(
            "--field", metavar="NAME:KIND", help=f"A field of its body, as often as needed: {', '.join(KINDS)}."
        ),
    ] = None,
    *,
    as_json: Json = False,
) -> None:
    """Give an event type a model, a handler, a test and sample events of its own; needs no stack.

    The first field named ...Id or ...Number is required, and the records stand under it; others may be missing or null.

    Example: webhooks new LoyaltyPointsAwarded --field AssociateId:int --field Points:decimal
    """
    told = NewType.parse(event_type, fields or [])
    try:
        changes = scaffold(ROOT, told)
    except KeyboardInterrupt:
        err.print("stopped; nothing is changed")
        raise
    if as_json:
        print_json({"made": changes.made, "changed": list(changes.changed)})
    else:
        print(*changes.made, *changes.changed, sep="\n")
    err.print(
        f"""{event_type} is made. Next:
  1. put your code into functions/handlers/{event_type}/app.py
  2. make check
  3. make up, and in another terminal: webhooks send {event_type}
  4. deploy, and subscribe the event to the URL that `webhooks subscriptions` tells""",
        soft_wrap=True,
    )
