"""`webhooks replay`: events of the inbox are handled again."""

import logging
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import UTC, datetime
from typing import Annotated, TextIO, cast

import typer
from rich.progress import Progress

from webhooks.aws.log import logger
from webhooks.aws.queues import SqsQueues
from webhooks.dates import timestamp
from webhooks.event import CUSTOM
from webhooks_cli.app import DryRun, Json, Yes, app, confirm, stack_of
from webhooks_cli.errors import ToolFailed
from webhooks_cli.inbox import Entry, Inbox
from webhooks_cli.interrupts import stopping_with
from webhooks_cli.kept import State
from webhooks_cli.output import err, print_json
from webhooks_cli.replay import Replay, new_name
from webhooks_cli.resend import Pace, how_to_go_on, resend
from webhooks_cli.stack import Stack
from webhooks_cli.times import moment

Ids = Annotated[list[str] | None, typer.Argument(metavar="ID", help="Message ids.", show_default=False)]
Type = Annotated[str, typer.Option("--type", help="Only events of this type.")]
Since = Annotated[str, typer.Option(help="Only those received from then on: 2h (before now), or an ISO date.")]
Until = Annotated[str, typer.Option(help="Only those received before: 2h (before now), or an ISO date.")]
States = Annotated[list[State] | None, typer.Option("--state", help="Only those in this state; several may be given.")]
Client = Annotated[str, typer.Option(help="Only those of this client id.")]
Limit = Annotated[int, typer.Option(min=0, help="At most so many, the oldest first; 0 is no limit.")]
Rate = Annotated[int, typer.Option(min=0, help="So many a second at most; 0 is as fast as it goes.")]
Again = Annotated[bool, typer.Option("--again", help="Let events that were handled take effect once more.")]
Resume = Annotated[str, typer.Option(metavar="NAME", help="Go on with a replay that was stopped.")]


@app.command()
def replay(  # noqa: PLR0913 - an option each
    context: typer.Context,
    ids: Ids = None,
    *,
    event_type: Type = "",
    since: Since = "",
    until: Until = "",
    states: States = None,
    client: Client = "",
    limit: Limit = 0,
    rate: Rate = 0,
    resume: Resume = "",
    again: Again = False,
    dry_run: DryRun = False,
    yes: Yes = False,
    as_json: Json = False,
) -> None:
    """Send events of the inbox to their handlers again, in order of arrival.

    An event that was handled is dropped there once more, unless you say --again: then it takes effect again, and a
    handler that calls others must expect that. Events that are not published yet are left to the relay. A replay that
    was stopped goes on with --resume and the name that it told: what it sent twice takes effect once.

    For example: webhooks replay --type CreateOrderEvent --since 2h --state dead-letter
    """
    stack = stack_of(context)
    inbox = Inbox.of(stack)
    chosen = Replay(
        name=new_name(again=again),
        queue=stack.queue_url(CUSTOM),
        since=moment(since) if since else "0",
        until=moment(until) if until else timestamp(datetime.now(UTC)),
        event_type=event_type,
        client=client,
        states=tuple(states or ()),
        limit=limit,
    )
    selects = any((event_type, since, until, states, client))
    if resume:
        if ids or selects or limit or again:
            raise typer.BadParameter("--resume goes on with what was chosen at first: choose nothing more")
        chosen = _resumed(resume, stack)
    elif ids:
        if selects:
            raise typer.BadParameter("name the events by their ids or select them, not both")
        chosen.entries = _named(inbox, ids)
    elif not selects:
        raise typer.BadParameter(
            "say which events: an ID, or at least one of --type, --since, --until, --state, --client"
        )
    if _agreed(chosen, inbox, dry_run=dry_run, yes=yes, as_json=as_json):
        _run(chosen, inbox, stack, rate, as_json=as_json)


def _resumed(name: str, stack: Stack) -> Replay:
    kept = Replay.saved(name)
    if kept.queue != stack.queue_url(CUSTOM):
        raise ToolFailed(f"{name} replays events of another stack, that of {kept.queue}: name it with --stack")
    return kept


def _named(inbox: Inbox, ids: list[str]) -> tuple[Entry, ...]:
    """The events of message ids in order of arrival. Raises `ToolFailed` for an id that is unknown."""
    found = {each: inbox.find(each) for each in dict.fromkeys(ids)}
    if missing := [each for each, events in found.items() if not events]:
        raise ToolFailed(f"the inbox has no event {', '.join(missing)}: `webhooks events list` shows those that it has")
    entries = (Entry(kept.event.received_at, kept.event.key) for events in found.values() for kept in events)
    return tuple(sorted(entries, key=lambda entry: entry.received_at))


def _agreed(chosen: Replay, inbox: Inbox, *, dry_run: bool, yes: bool, as_json: bool) -> bool:
    """Count what would be sent, say it and ask; False if there is nothing to do."""
    number, handled = chosen.count(inbox)
    chosen.number = chosen.done + number
    known = "" if handled is None else f", {handled} of them handled before"
    effect = "take effect again" if chosen.again else "are dropped by their handlers, unless you say --again"
    err.print(f"{number} events{known}; those that were handled {effect}")
    if dry_run:
        if as_json:
            print_json({"number": number, "handled": handled, "again": chosen.again})
        err.print("nothing is sent")
    if dry_run or not number:
        return False
    confirm(f"Send {number} events to their handlers again?", yes=yes)
    return True


def _run(chosen: Replay, inbox: Inbox, stack: Stack, rate: int, *, as_json: bool) -> None:
    chosen.save()
    err.print(f"replay {chosen.name}")
    queues = SqsQueues(stack.client("sqs"), {name: stack.queue_url(name) for name in stack.event_types})
    with (
        _logged_on_stderr(),
        stopping_with(lambda: f"{chosen.done} of {chosen.number} events are sent; {how_to_go_on(chosen)}"),
        Progress(console=err, transient=True, disable=not err.is_terminal) as progress,
    ):
        bar = progress.add_task("sent", total=chosen.number, completed=chosen.done)
        resend(chosen, inbox, queues, Pace(rate), lambda: progress.update(bar, completed=chosen.done))
    if as_json:
        print_json(chosen.model_dump(include={"name", "number", "sent", "unpublished"}))
    err.print(f"{chosen.sent} events are sent")
    if chosen.unpublished:
        err.print(f"{chosen.unpublished} are not published yet: the relay sends them")


@contextmanager
def _logged_on_stderr() -> Iterator[None]:
    """Let the product's own lines, such as why a queue took an event not, stay out of what scripts read."""
    handler = cast("logging.StreamHandler[TextIO]", logger.registered_handler)
    before = handler.setStream(sys.stderr)
    try:
        yield
    finally:
        handler.setStream(before or sys.stdout)
