"""Dead letters as their handlers recorded them. Unlike looking at a queue, this hides none of them from others."""

from collections import Counter
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field, replace
from typing import Self

from webhooks.event import CUSTOM
from webhooks_cli.operations.dead_letter_queue import Tally, depths
from webhooks_cli.operations.dead_letters import Choice, DeadLetter
from webhooks_cli.operations.handler_state import State
from webhooks_cli.operations.inbox import Inbox
from webhooks_cli.operations.stack import Stack
from webhooks_cli.operations.stored_event import StoredEvent
from webhooks_cli.operations.times import now


@dataclass(slots=True)
class RecordedDeadLetters:
    """Recorded dead letters to look through: of one handler or without one of all, and which of them.

    `bodies` says whether the events' bodies are read.
    """

    stack: Stack
    handler: str
    choice: Choice
    bodies: bool
    tally: Tally = field(default_factory=Tally)
    _queued: Counter[str] = field(default_factory=Counter)

    @classmethod
    def of(cls, stack: Stack, event_type: str, choice: Choice, *, bodies: bool) -> Self:
        """Look for those of a type, or without a type of all. CustomEvent has those of a type without a queue."""
        if event_type in ("", *stack.event_types):
            return cls(stack, event_type, choice, bodies)
        return cls(stack, CUSTOM, replace(choice, event_type=event_type), bodies)

    def look(self, see: Callable[[DeadLetter], object]) -> None:
        """See each chosen dead letter, the latest received first."""
        for letter in self._letters():
            if letter in self.choice:
                self.tally.chosen += 1
                see(letter)
                if self.choice.is_reached(self.tally.chosen):
                    return

    def notes(self) -> Iterator[str]:
        """What the operator should know of the result."""
        if expired := self.tally.received - self._queued.total():
            yield f"{expired} have expired in their queue: `webhooks replay` sends them again, redrive does not"
        if self.choice.ids or self.choice.is_reached(self.tally.chosen):
            return
        names = [self.handler] if self.handler else self.stack.event_types
        more = {each.event_type: each.number - self._queued[each.event_type] for each in depths(self.stack, names)}
        if found := [name for name, number in more.items() if number > 0]:
            yield (
                f"about {sum(more[name] for name in found)} more only in the queue of {', '.join(found)}: moved by "
                "SQS, no events, handled since by a replay, or given up before version 1.1; --queue shows them, and "
                "hides them from others for some seconds"
            )
        if missing := [name for name, number in more.items() if number < 0]:
            yield (
                f"about {-sum(more[name] for name in missing)} not in the queue of {', '.join(missing)}: sent back or "
                "deleted without `webhooks`, or not counted by SQS yet"
            )

    def check_found(self) -> None:
        """Raise `OperationFailed` if no dead letter had the ids asked for, `InvalidInput` for a mistyped type."""
        self.choice.check_found(
            self.tally.chosen,
            self.stack.event_types,
            "no dead letter with the id {ids} is recorded: --queue looks at the queues, and `webhooks events show ID` "
            "tells what became of an event",
        )

    def _letters(self) -> Iterator[DeadLetter]:
        moment = now()
        for stored in self._events():
            for handler in stored.handlers:
                if handler.state is State.DEAD_LETTER and self.handler in ("", handler.name):
                    self.tally.received += 1
                    self._queued[handler.name] += handler.in_queue_until >= moment
                    yield DeadLetter.from_state(stored.event, handler)

    def _events(self) -> Iterator[StoredEvent]:
        inbox = Inbox.of(self.stack)
        if not self.choice.ids:
            return inbox.dead(self.handler, bodies=self.bodies)
        return (stored for message_id in sorted(self.choice.ids) for stored in inbox.find(message_id))
