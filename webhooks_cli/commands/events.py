"""`webhooks events`: which events came in, and the whole story of one."""

from typing import Annotated

import typer

from webhooks.event import CUSTOM
from webhooks.relay import CHUNK
from webhooks_cli.app import Json, app, stack_of
from webhooks_cli.errors import ToolFailed
from webhooks_cli.inbox import Inbox, Selection
from webhooks_cli.kept import Kept, State
from webhooks_cli.output import err, json_text, out, print_json, print_table
from webhooks_cli.pages import page
from webhooks_cli.stack import Stack
from webhooks_cli.story import Story, summary
from webhooks_cli.times import moment

events = typer.Typer(help="Which events came in, and the whole story of one.", no_args_is_help=True)
app.add_typer(events, name="events")


@events.command("list")
def list_(  # noqa: PLR0913 - an option each
    context: typer.Context,
    *,
    event_type: Annotated[str, typer.Option("--type", help="Only of this event type.")] = "",
    since: Annotated[str, typer.Option(help="Received since: 2h, 7d or a date.")] = "24h",
    until: Annotated[str, typer.Option(help="Received before: 2h, 7d or a date.")] = "",
    state: Annotated[list[State] | None, typer.Option(help="Only in this state; may be given several times.")] = None,
    client: Annotated[str, typer.Option(help="Only of this client id.")] = "",
    limit: Annotated[int, typer.Option(min=1, help="How many at once.")] = 20,
    as_json: Json = False,
) -> None:
    """List the events of the last 24 hours, the newest first, and how to see older ones.

    unpublished: not on its queue yet; waiting: not tried yet; failing: to be tried again; dead-letter: given up;
    discarded: given up, and its dead letter deleted.
    Events whose handler says that it is idempotent stay waiting.

    For example: webhooks events list --type CreateOrderEvent --since 2h --state dead-letter
    """
    selection = Selection(
        since=moment(since),
        until=moment(until) if until else "9999",
        event_type=event_type,
        client=client,
        states=state or (),
    )
    stack = stack_of(context)
    if event_type and event_type not in stack.event_types:
        err.print(f"{event_type} has no queue of its own: looking among those of {CUSTOM}")
    found, more = _newest(stack, selection, limit)
    if as_json:
        print_json([summary(kept) for kept in found])
    elif found:
        rows = (list(summary(kept).values()) for kept in found)
        columns = ["Received at (UTC)", "Type", "Client", "Message id", "State", "Failures"]
        print_table(columns, ([at[:19], *ids, state, failures] for at, *ids, _, state, failures in rows))
    if more:
        err.print(f"older ones: the same with --until {found[-1].received_at}")
    elif not found:
        err.print(f"no such event since {selection.since[:19]}Z; --since 7d looks further back")


@events.command()
def show(  # noqa: PLR0913 - an option each
    context: typer.Context,
    message_id: Annotated[str, typer.Argument(metavar="ID", help="The message id.", show_default=False)],
    *,
    event_type: Annotated[str, typer.Option("--type", help="Of several events with this id, that of this type.")] = "",
    client: Annotated[str, typer.Option(help="Of several events with this id, that of this client.")] = "",
    reveal: Annotated[bool, typer.Option("--reveal", help="Show what tells of a person too.")] = False,
    as_json: Json = False,
) -> None:
    """Tell the whole story of an event: received, tried, handled, the record it led to, and its body.

    Without --reveal the user, texts that may tell of a person and the words of errors are shown as ***.

    For example: webhooks events show 6f5e2b0c --reveal
    """
    stack = stack_of(context)
    found = [
        kept
        for kept in Inbox.of(stack).find(message_id)
        if event_type in ("", kept.event.key.event_type) and client in ("", kept.event.key.client_id)
    ]
    if not found:
        raise ToolFailed(f"the inbox holds no such event {message_id}: `webhooks events list` tells which it holds")
    stories = [Story.of(stack, kept, reveal=reveal) for kept in found]
    if as_json:
        print_json([story.data() for story in stories])
        return
    for story in stories:
        key = story.kept.event.key
        title = f"{key.event_type} {key.message_id}: {story.kept.state}"
        print_table(["When (UTC)", "What", ""], ([at[:19], *told] for at, *told in story.steps()), title)
        out.print(json_text(story.body), soft_wrap=True)


def _newest(stack: Stack, selection: Selection, limit: int) -> tuple[list[Kept], bool]:
    inbox = Inbox.of(stack)
    if selection.states:
        chunk = min(limit, CHUNK)
        return page(inbox.events(selection, newest_first=True, bodies=False, chunk=chunk), limit)
    entries, more = page(inbox.entries(selection, newest_first=True), limit)
    return list(inbox.load((entry.key for entry in entries), bodies=False)), more
