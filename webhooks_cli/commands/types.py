"""`webhooks new`, `retire`, `schema` and `sample`: the event types of a checkout."""

from enum import StrEnum
from typing import Annotated

import typer

from webhooks.event import CUSTOM
from webhooks.routing import ALL
from webhooks_cli.app import Json, Yes, app, confirm
from webhooks_cli.operations import event_types, samples
from webhooks_cli.operations.checkout import Checkout
from webhooks_cli.operations.errors import InvalidInput, OperationFailed
from webhooks_cli.operations.new_handler import NewHandler
from webhooks_cli.operations.new_type import KINDS, NewType
from webhooks_cli.output import err, print_json

Type = Annotated[str, typer.Argument(metavar="TYPE", help="The event type, as in EventType.", show_default=False)]
Fields = Annotated[
    list[str] | None,
    typer.Option("--field", metavar="NAME:KIND", help=f"A field of its body; repeatable. Kinds: {', '.join(KINDS)}."),
]


class Shape(StrEnum):
    """What a sample is passed to."""

    REQUEST = "request"
    BATCH = "batch"
    BODY = "body"


Takes = Annotated[
    list[str] | None,
    typer.Option("--for", metavar="TYPE", help="A further handler of this event type, or '*' for all; repeatable."),
]


@app.command()
def new(event_type: Type, fields: Fields = None, takes: Takes = None, *, as_json: Json = False) -> None:
    """Give an event type a handler of its own: a folder with model, handler, test and sample, and a word in the list.

    The first field named ...Id or ...Number is required and part of the records' key; others may be missing or null.
    With --for it is a further handler of types that have one: it has a name of its own, such as OrderMailing.

    Example: webhooks new LoyaltyPointsAwarded --field AssociateId:int --field Points:decimal
    """
    checkout = Checkout.required()
    if takes and fields:
        raise InvalidInput("--field describes a new event type, and --for names known ones: give one of them")
    if takes:
        written = NewHandler.parse(event_type, takes).create(checkout)
    else:
        written = NewType.parse(event_type, fields or []).create(checkout)
    paths = [str(path.relative_to(checkout.root)) for path in written]
    if as_json:
        print_json({"written": paths})
    else:
        print(*paths, sep="\n")
    err.print(_next_steps(event_type, takes or []), soft_wrap=True)


def _next_steps(name: str, takes: list[str]) -> str:
    sent, last = name, "and subscribe the event to the URL that `webhooks subscriptions` shows"
    if takes:
        sent = next((each for each in takes if each != ALL), "CreateOrderEvent")
        last = f"and give it the events of the past: webhooks replay --handler {name} --since 7d"
    return f"""{name} is ready. Next:
  1. put your code into functions/handlers/{name}/app.py
  2. make check
  3. make up, and in another terminal: webhooks send {sent}
  4. deploy, {last}"""


@app.command()
def retire(event_type: Type, *, yes: Yes = False) -> None:
    """Take a handler away: its folder, its word in the list, and what it takes. Events of its type go to CustomEvent.

    The next `make deploy` routes them there, waits until the handler has emptied its queue, and deletes it then.

    Example: webhooks retire LoyaltyPointsAwarded
    """
    checkout = Checkout.required()
    if event_type == CUSTOM:
        raise OperationFailed(f"{CUSTOM} cannot be retired: it takes every event without a handler of its own")
    if event_type not in checkout.event_types():
        event_types.check_spelling(event_type, checkout.event_types())
    if event_type not in checkout.event_types() and not checkout.folder_of(event_type):
        raise OperationFailed(
            f"{event_type} has no handler of its own; these have: {', '.join(checkout.event_types())}"
        )
    confirm(f"Delete functions/handlers/{event_type} with all its files, and take it off the list?", yes=yes)
    is_further = bool(checkout.takes(event_type))
    checkout.remove_type(event_type)
    after = "no more events go to it" if is_further else f"its events go to {CUSTOM}"
    err.print(
        f"{event_type} is retired here. After the next `make deploy` of a stack {after}; that deletes no queue before "
        "it is empty. `sam deploy` alone deletes it with all that is on it."
    )
    if mentions := checkout.mentions(event_type):
        err.print(f"It is still named in {', '.join(mentions)}: AWS refuses a reference to what is gone.")


@app.command()
def schema(event_type: Type) -> None:
    """Print the JSON Schema of an event type's bodies.

    Example: webhooks schema CreateOrderEvent
    """
    event_types.check_spelling(event_type)
    print_json(event_types.schema(event_type))


@app.command()
def sample(
    event_type: Type,
    shape: Annotated[
        Shape, typer.Option("--as", help="For ingest, as API Gateway sends it; for a handler, as SQS does; the body.")
    ] = Shape.BATCH,
) -> None:
    """Print a sample event in the shape that a function receives.

    Example: webhooks sample CreateOrderEvent --as batch | sam local invoke CreateOrderEventHandler --event -
    """
    event_types.check_spelling(event_type)
    match shape:
        case Shape.REQUEST:
            print_json(samples.sample_request(event_type))
        case Shape.BATCH:
            print_json(samples.sample_batch(event_type))
        case Shape.BODY:
            print(samples.sample_body(event_type))
