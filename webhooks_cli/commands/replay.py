"""`webhooks replay`: events of the inbox are handled again."""

import logging
import sys
from collections.abc import Collection, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from typing import Annotated, TextIO, cast

import typer

from webhooks.aws.log import logger
from webhooks.event import CUSTOM
from webhooks_cli.app import DryRun, Json, Yes, app, confirm, stack_of
from webhooks_cli.operations.errors import InvalidInput, OperationFailed
from webhooks_cli.operations.event_types import check_spelling
from webhooks_cli.operations.handler_state import State
from webhooks_cli.operations.inbox import Inbox
from webhooks_cli.operations.large_bodies import LargeBodies
from webhooks_cli.operations.replays import Pace, Replay, entries_of, new_name, queues_of, resend
from webhooks_cli.operations.stack import Stack
from webhooks_cli.operations.times import now, parse_moment
from webhooks_cli.output import err, print_json, progress_bar
from webhooks_cli.signals import stopping_with, uninterrupted

Ids = Annotated[list[str] | None, typer.Argument(metavar="ID", help="Message ids.", show_default=False)]
Type = Annotated[str, typer.Option("--type", help="Only events of this type.")]
Since = Annotated[str, typer.Option(help="Only events received since: 2h (before now), or an ISO date.")]
Until = Annotated[str, typer.Option(help="Only events received before: 2h (before now), or an ISO date.")]
States = Annotated[list[State] | None, typer.Option("--state", help="Only events in this state; repeatable.")]
Client = Annotated[str, typer.Option(help="Only events of this client id.")]
Handler = Annotated[str, typer.Option(help="Send to this handler only, one that was added later too.")]
Limit = Annotated[int, typer.Option(min=0, help="The largest number, the oldest first; 0 is no limit.")]
Rate = Annotated[int, typer.Option(min=0, help="The most events per second; 0 is no limit.")]
Again = Annotated[bool, typer.Option("--again", help="Run handlers again for events that they have handled.")]
Resume = Annotated[str, typer.Option(metavar="NAME", help="Continue a replay that was stopped.")]


@app.command()
def replay(  # noqa: PLR0913 - options
    context: typer.Context,
    ids: Ids = None,
    *,
    event_type: Type = "",
    since: Since = "",
    until: Until = "",
    states: States = None,
    client: Client = "",
    handler: Handler = "",
    limit: Limit = 0,
    rate: Rate = 0,
    resume: Resume = "",
    again: Again = False,
    dry_run: DryRun = False,
    yes: Yes = False,
    as_json: Json = False,
) -> None:
    """Send events of the inbox to their handlers again, in order of arrival.

    Handlers drop events that they have handled, unless you give --again: then they run again, with another idempotency
    key. --handler sends to one alone, even one added later. --resume continues a stopped replay.

    For example: webhooks replay --type CreateOrderEvent --since 2h --state dead-letter
    """
    asked = _Asked(ids, event_type, since, until, states, client, handler, limit, again, resume)
    inbox = Inbox.of(stack := stack_of(context))
    chosen = asked.replay(stack, inbox)
    if _agreed(chosen, inbox, stack.event_types, dry_run=dry_run, yes=yes, as_json=as_json):
        _run(chosen, inbox, stack, rate, as_json=as_json)


@dataclass(frozen=True, slots=True)
class _Asked:
    """The events that were asked for: named, selected, or the rest of a replay. Raises `InvalidInput` for a mixture."""

    ids: list[str] | None
    event_type: str
    since: str
    until: str
    states: list[State] | None
    client: str
    handler: str
    limit: int
    again: bool
    resume: str

    def __post_init__(self) -> None:
        selects = any((self.event_type, self.since, self.until, self.states, self.client))
        if self.resume and (selects or self.ids or self.handler or self.limit or self.again):
            raise InvalidInput("--resume continues with what was chosen before: choose nothing else")
        if self.ids and selects:
            raise InvalidInput("name events by their ids or select them, not both")
        if not (selects or self.ids or self.resume):
            raise InvalidInput("choose events: an ID, or at least one of --type, --since, --until, --state, --client")

    def replay(self, stack: Stack, inbox: Inbox) -> Replay:
        """A new replay, or the one to continue."""
        if self.resume:
            return Replay.saved(self.resume, stack)
        handler, entries = self._handler(stack), entries_of(inbox, self.ids) if self.ids else None
        for entry in entries or ():
            _check_takes(stack, handler, entry.key.event_type)
        return Replay(
            name=new_name(again=self.again),
            queue=stack.queue_url(CUSTOM),
            since=parse_moment(self.since) if self.since else "0",
            until=parse_moment(self.until) if self.until else now(),
            event_type=self.event_type,
            handler=handler,
            client=self.client,
            states=tuple(self.states or ()),
            entries=entries,
            limit=self.limit,
        )

    def _handler(self, stack: Stack) -> str:
        """The handler that was asked for. Raises `InvalidInput` if there is none, or it does not take the type."""
        if self.event_type:
            _check_takes(stack, self.handler, self.event_type)
        return stack.deployed(self.handler) if self.handler else ""


def _check_takes(stack: Stack, handler: str, event_type: str) -> None:
    if handler and not stack.routing.takes(stack.deployed(handler), event_type):
        raise InvalidInput(f"{handler} does not take {event_type}")


def _agreed(  # noqa: PLR0913 - options
    chosen: Replay, inbox: Inbox, deployed: Collection[str], *, dry_run: bool, yes: bool, as_json: bool
) -> bool:
    """Print what would be sent, and ask; False if there is nothing to do."""
    number, handled = chosen.count(inbox)
    if not number:
        check_spelling(chosen.event_type or chosen.handler, deployed)
    chosen.number = chosen.completed + number
    known = "" if handled is None else f", {handled} of them handled before"
    effect = "are handled again" if chosen.again else "are dropped by their handlers, unless you give --again"
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
    with (
        _logged_on_stderr(),
        stopping_with(lambda: f"{chosen.completed} of {chosen.number} events are sent; {chosen.how_to_resume}"),
        progress_bar() as progress,
    ):
        bar = progress.add_task("sent", total=chosen.number, completed=chosen.completed)

        def advance() -> None:
            progress.update(bar, completed=chosen.completed)

        bodies = LargeBodies.of(stack)
        resend(chosen, inbox, queues_of(stack), bodies, Pace(rate), progress=advance, shield=uninterrupted)
    if as_json:
        print_json(chosen.model_dump(include={"name", "number", "sent", "unpublished", "expired"}))
    err.print(f"{chosen.sent} events are sent")
    if chosen.unpublished:
        err.print(f"{chosen.unpublished} are not published yet: the relay publishes them")
    if chosen.expired:
        raise OperationFailed(f"{chosen.expired} cannot be sent: their bodies have expired, S3 has deleted them by age")


@contextmanager
def _logged_on_stderr() -> Iterator[None]:
    """Write the product's own log lines, such as why a queue refused an event, to stderr."""
    handler = cast("logging.StreamHandler[TextIO]", logger.registered_handler)
    before = handler.setStream(sys.stderr)
    try:
        yield
    finally:
        handler.setStream(before or sys.stdout)
