"""Handlers that a deployment takes away: what their queues hold, and who gets their events afterwards."""

from collections import Counter
from collections.abc import Collection, Iterator, Mapping
from dataclasses import dataclass
from itertools import batched

from webhooks.aws.outbox import DynamoOutbox
from webhooks.event import AcceptedEvent
from webhooks.relay import CHUNK
from webhooks.routing import ALL, Routing
from webhooks_cli.operations.dead_letter_queue import depths
from webhooks_cli.operations.event_sources import consumed_queues
from webhooks_cli.operations.handler_state import State
from webhooks_cli.operations.inbox import Inbox, Selection
from webhooks_cli.operations.replays import new_name, queues_of, send
from webhooks_cli.operations.stack import Stack
from webhooks_cli.operations.stored_event import StoredEvent

_BATCH = 50
_EVER = "9999"


@dataclass(frozen=True, slots=True)
class Holding:
    """What the queues of a handler hold. `hidden` messages are being handled, or wait for a retry.

    `unpublished` events are still to come: ingest could not publish them, and the relay does.
    """

    name: str
    waiting: int
    hidden: int
    dead_letters: int
    paused: bool
    unpublished: int = 0

    @property
    def number(self) -> int:
        """How many events its handler has yet to handle."""
        return self.waiting + self.hidden + self.unpublished

    def obstacle(self, webhooks: str) -> str:
        """Why it will not empty by itself, and the commands that help; empty if it will. `webhooks` begins them."""
        if self.dead_letters:
            return (
                f"{self.name} has {self.dead_letters} dead letters, which would be deleted. Look at them, then send "
                f"them back to the handler or drop them:\n"
                f"  {webhooks} dead-letters list {self.name}\n"
                f"  {webhooks} dead-letters redrive {self.name}\n"
                f"  {webhooks} dead-letters discard {self.name}"
            )
        if self.paused and self.number:
            return f"{self.name} is paused, and {self.number} events wait for it:\n  {webhooks} resume {self.name}"
        return ""


def holdings(stack: Stack, names: Collection[str]) -> list[Holding]:
    """What the queues of handlers hold now."""
    visible, *hidden = (f"ApproximateNumberOfMessages{kind}" for kind in ("", "NotVisible", "Delayed"))
    consumed, unpublished, found = consumed_queues(stack), _unpublished(stack), []
    for name, dead in zip(names, depths(stack, names), strict=True):
        queue = stack.queue_attributes(stack.queue_url(name), "QueueArn", visible, *hidden)
        found.append(
            Holding(
                name=name,
                waiting=int(queue[visible]),
                hidden=sum(int(queue[each]) for each in hidden),
                dead_letters=dead.number,
                paused=queue["QueueArn"] not in consumed,
                unpublished=unpublished[name],
            )
        )
    return found


def _unpublished(stack: Stack) -> Counter[str]:
    """How many unpublished events each handler is to get."""
    outbox, found = DynamoOutbox(stack.client("dynamodb"), stack.outputs["InboxTable"]), Counter[str]()
    for entries in batched(outbox.unpublished(_EVER), CHUNK, strict=False):
        for event in outbox.load([key for _, key in entries]):
            found.update(event.awaiting)
    return found


@dataclass(frozen=True, slots=True)
class Succession:
    """Gives the events of handlers that are gone to those that take them now.

    `gone` says since when nothing went to each; `before` is the routing of that moment, with them in it. While they
    emptied their queues, their events reached those that took them then. Further handlers that came with the deployment
    which took the old ones away get these too: so a renamed handler misses none. What an old one has got stays its own.
    """

    gone: Mapping[str, str]
    before: Routing

    def is_renaming(self, now: Routing) -> bool:
        """Whether further handlers come in place of those that are gone."""
        taken = {each for name in now.names if name not in self.before.names for each in now.taken_by(name)}
        types = self._types()
        return bool(taken and (ALL in types or taken & {ALL, *types}))

    def hand_over(self, stack: Stack) -> int:
        """Send what is missing; returns the number of events. Repeating it sends nothing twice."""
        inbox, number, name = Inbox.of(stack), 0, new_name(again=False)
        exact = [each for each in self.gone if self._stores_runs(each, inbox)]
        for batch in batched(self._events(inbox), _BATCH, strict=False):
            sent: dict[str, list[AcceptedEvent]] = {}
            for stored in batch:
                for handler in self._heirs(stored, exact, inbox.routing):
                    sent.setdefault(handler, []).append(stored.event)
            send(queues_of(stack), inbox, sent, name, "`webhooks replay --state retired` repeats it")
            number += len({event.key for events in sent.values() for event in events})
        return number

    def _heirs(self, stored: StoredEvent, exact: Collection[str], now: Routing) -> tuple[str, ...]:
        """The handlers that are to get an event."""
        event = stored.event
        if stored.state is State.RETIRED and event.queue in exact:
            return now.successors(event, [event.queue])
        if any(name in self.gone for name in event.handlers):
            return ()
        if not any(self.before.takes(name, event.key.event_type) for name in self.gone):
            return ()
        added = (name for name in now.others(event.key.event_type) if name not in self.before.names)
        return tuple(name for name in added if name not in event.handlers)

    def _stores_runs(self, name: str, inbox: Inbox) -> bool:
        """Whether it is known what a handler has handled: one that is declared idempotent stores no runs."""
        last, _ = inbox.newest(Selection("0", self.gone[name], event_type=name), _BATCH)
        return any(each.state is State.HANDLED and each.event.queue == name for each in last)

    def _types(self) -> set[str]:
        """The types that the handlers which are gone took, or `ALL`."""
        return {each for name in self.gone for each in (name, *self.before.taken_by(name))}

    def _events(self, inbox: Inbox) -> Iterator[StoredEvent]:
        """The events received since then: of the old handlers' own types, or all if others come in their place."""
        since = min(self.gone.values())
        if self.is_renaming(inbox.routing):
            yield from inbox.events(Selection(since))
            return
        for name in self.gone:
            yield from inbox.events(Selection(since, event_type=name))
