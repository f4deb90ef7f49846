"""`webhooks events`: which events were received, and the whole story of one."""

from typing import Annotated

import typer

from webhooks.event import CUSTOM
from webhooks_cli.app import Json, Reveal, app, stack_of
from webhooks_cli.operations.errors import OperationFailed
from webhooks_cli.operations.event_types import check_spelling
from webhooks_cli.operations.failed_starts import failed_starts
from webhooks_cli.operations.handler_state import State
from webhooks_cli.operations.inbox import Inbox, Selection
from webhooks_cli.operations.records import events_in, record_key
from webhooks_cli.operations.stack import Stack
from webhooks_cli.operations.stored_event import StoredEvent
from webhooks_cli.operations.story import Story
from webhooks_cli.operations.times import parse_moment
from webhooks_cli.output import err, json_text, out, print_json, print_rows, print_table

events = typer.Typer(help="Which events were received, and the whole story of one.", no_args_is_help=True)
app.add_typer(events, name="events")

Type = Annotated[str, typer.Option("--type", help="Only events of this type.")]
Since = Annotated[str, typer.Option(help="Received since: 2h, 7d or a date; by default 24h, with --about ever.")]
Until = Annotated[str, typer.Option(help="Received before: 2h, 7d or a date.")]
States = Annotated[list[State] | None, typer.Option("--state", help="Only events in this state; repeatable.")]
Client = Annotated[str, typer.Option(help="Only events of this client id.")]
About = Annotated[str, typer.Option(metavar="THING#ID", help="Only events whose state this record holds.")]
Limit = Annotated[int, typer.Option(min=1, help="How many at once.")]
Id = Annotated[str, typer.Argument(metavar="ID", help="The message id.", show_default=False)]

_EVER = "0"
"""Before any moment."""

_MOST_PARTS = 1000
"""As many parts of a record are searched for events."""


@events.command("list")
def list_(  # noqa: PLR0913 - options
    context: typer.Context,
    *,
    event_type: Type = "",
    about: About = "",
    since: Since = "",
    until: Until = "",
    states: States = None,
    client: Client = "",
    limit: Limit = 20,
    as_json: Json = False,
) -> None:
    """List the events of the last 24 hours, the newest first, and how to see older ones.

    unpublished: not on its queue yet; waiting: not tried yet; failing: to be retried; dead-letter: given up;
    discarded: given up, and its dead letter deleted; retired: its handler was taken away before it handled it, and
    `webhooks replay` sends it to who takes it now. Events whose handler is declared idempotent stay waiting.
    --about finds the last handled event of each part of a record, such as an order and its payments.

    For example: webhooks events list --type CreateOrderEvent --since 2h --state dead-letter
    """
    begin = parse_moment(since or "24h") if since or not about else _EVER
    selection = Selection(begin, parse_moment(until) if until else "9999", event_type, client, states or ())
    stack = stack_of(context)
    found, more = _newest(stack, about, selection, limit)
    _print_list(found, as_json=as_json)
    if more:
        err.print(f"older ones: the same with --until {found[-1].received_at}")


def _newest(stack: Stack, about: str, selection: Selection, limit: int) -> tuple[list[StoredEvent], bool]:
    """The newest events, or those about a thing, and whether there are older ones; says why there are none."""
    if selection.event_type and selection.event_type not in stack.event_types:
        err.print(f"{selection.event_type} has no queue of its own: looking among those of {CUSTOM}")
    if about:
        found, more = _newest_about(stack, about, selection, limit)
    else:
        found, more = Inbox.of(stack).newest(selection, limit)
    if not found:
        check_spelling(selection.event_type, stack.event_types)
        err.print(_why_none(stack, about, selection))
    return found, more


def _newest_about(stack: Stack, about: str, selection: Selection, limit: int) -> tuple[list[StoredEvent], bool]:
    thing, _, number = about.partition("#")
    keys, unread = events_in(stack, record_key(thing, number), _MOST_PARTS)
    if unread:
        err.print(f"only the last {_MOST_PARTS} parts of {about} are looked at: there are more")
    return Inbox.of(stack).newest_of(keys, selection, limit)


def _why_none(stack: Stack, about: str, selection: Selection) -> str:
    if not about:
        return f"no such event since {selection.since[:19]}Z; --since 7d looks further back"
    return f"no such event in the record {about}, or it has left the inbox, after {stack.retention.days} days"


def _print_list(found: list[StoredEvent], *, as_json: bool) -> None:
    if as_json:
        print_json([stored.summary() for stored in found])
    elif found:
        columns = ["Received at (UTC)", "Type", "Client", "State", "Failures", "Message id"]
        names = ("event_type", "client_id", "state", "failures", "message_id")
        rows = (stored.summary() | {"state": stored.shown_state} for stored in found)
        print_rows(columns, ([row["received_at"][:19], *(row[name] for name in names)] for row in rows))


@events.command()
def show(  # noqa: PLR0913 - options
    context: typer.Context,
    message_id: Id,
    *,
    event_type: Type = "",
    client: Client = "",
    reveal: Reveal = False,
    as_json: Json = False,
) -> None:
    """Show the whole story of an event: received, tried, handled, the records it led to, and its body.

    Without --reveal, personal data and the texts of errors are shown as ***.

    For example: webhooks events show 6f5e2b0c --reveal
    """
    stack = stack_of(context)
    found = [
        stored
        for stored in Inbox.of(stack).find(message_id)
        if event_type in ("", stored.event.key.event_type) and client in ("", stored.event.key.client_id)
    ]
    if not found:
        raise OperationFailed(f"the inbox has no such event {message_id}: `webhooks events list` shows its events")
    starts = failed_starts(stack, found)
    stories = [Story.of(stack, stored, starts, reveal=reveal) for stored in found]
    if as_json:
        print_json([story.data() for story in stories])
        return
    for story in stories:
        _print_story(story)


def _print_story(story: Story) -> None:
    key = story.stored.event.key
    title = f"{key.event_type} {key.message_id}: {story.stored.shown_state}"
    print_table(["When (UTC)", "What", ""], ([at[:19], *rest] for at, *rest in story.steps()), title)
    if story.body is not None:
        out.print(json_text(story.body), soft_wrap=True)
