"""Going through dead-letter queues: looking at dead letters, redriving and discarding them.

SQS returns messages only by handing them out: what is looked at is hidden from others meanwhile.
"""

import time
from collections.abc import Callable, Iterable, Iterator, Sequence
from contextlib import AbstractContextManager, nullcontext, suppress
from dataclasses import dataclass, field, replace
from itertools import batched
from types import TracebackType
from typing import Any, Self

from botocore.exceptions import BotoCoreError, ClientError

from webhooks.aws.once_table import DISCARD, REDRIVE, trouble_id, with_event
from webhooks.event import CUSTOM
from webhooks_cli.operations.dead_letters import Choice, DeadLetter, DeadLetterMessage, in_batches
from webhooks_cli.operations.stack import Stack
from webhooks_cli.operations.times import now

type Act = Callable[[Sequence[DeadLetterMessage]], Sequence[DeadLetterMessage]]
"""Does something with dead letters of one type that fit into a batch; returns those to be deleted afterwards."""

type Shield = Callable[[], AbstractContextManager[object]]
"""Makes a block that an interruption must not cut short."""

HIDDEN_SECONDS = 10
"""How long a dead letter is hidden at first, and so how long it stays hidden if the process is killed."""

_BATCH = 10
_WAIT_SECONDS = 1
"""SQS asks all of its servers only if it may wait: only then does an empty answer mean an empty queue."""
_SECONDS_BETWEEN_CHECKS = 2
_SECONDS_LEFT = 5


@dataclass(frozen=True, slots=True)
class QueueDepth:
    """The approximate number of dead letters of a type, hidden ones included."""

    event_type: str
    number: int


@dataclass(slots=True)
class Tally:
    """How many dead letters were received, of these chosen, of these acted on, and of these deleted."""

    received: int = 0
    chosen: int = 0
    acted_on: int = 0
    deleted: int = 0


def depths(stack: Stack, event_types: Iterable[str]) -> list[QueueDepth]:
    """The depths of dead-letter queues."""
    names = ("ApproximateNumberOfMessages", "ApproximateNumberOfMessagesNotVisible")
    return [
        QueueDepth(name, sum(map(int, stack.queue_attributes(stack.dead_letters_url(name), *names).values())))
        for name in event_types
    ]


@dataclass(slots=True)
class Search:
    """Dead letters to look through: the queues, which dead letters in them, and how many were found so far."""

    stack: Stack
    depths: Sequence[QueueDepth]
    choice: Choice
    shield: Shield = nullcontext
    tally: Tally = field(default_factory=Tally)

    @classmethod
    def of(cls, stack: Stack, event_type: str, choice: Choice, shield: Shield = nullcontext) -> Self:
        """Search the queue of a type, or without a type all queues that are not empty.

        A type without a queue of its own is searched for in that of CustomEvent.
        """
        if not event_type:
            filled = [depth for depth in depths(stack, stack.event_types) if depth.number]
            return cls(stack, filled, choice, shield)
        if event_type in stack.event_types:
            return cls(stack, depths(stack, [event_type]), choice, shield)
        return cls(stack, depths(stack, [CUSTOM]), replace(choice, event_type=event_type), shield)

    @property
    def expected(self) -> int:
        """About how many dead letters the queues hold."""
        return sum(depth.number for depth in self.depths)

    @property
    def complete(self) -> bool:
        """Whether all were received: others may be hidden, because somebody else is looking at them."""
        return self.choice.is_reached(self.tally.chosen) or self.tally.received >= self.expected

    def look(self, see: Callable[[DeadLetter], object]) -> None:
        """See each chosen dead letter, and leave all as they are."""

        def act(letters: Sequence[DeadLetterMessage]) -> Sequence[DeadLetterMessage]:
            for letter in letters:
                see(letter)
            return ()

        self.run(act)

    def notes(self) -> Iterator[str]:
        """What the operator should know of the result."""
        if not self.complete:
            yield (
                f"SQS counts about {self.expected} dead letters there, but returned {self.tally.received}: the others "
                "are hidden, because somebody else is looking at them; try again in a minute"
            )

    def run(self, act: Act) -> None:
        """Act on the chosen dead letters.

        Each batch is acted on first and deleted afterwards: a crash leaves a dead letter twice rather than none.
        """
        self.tally = Tally()
        for depth in self.depths:
            if not self._run_queue(depth.event_type, act):
                break

    def check_found(self) -> None:
        """Raise `OperationFailed` if no dead letter had the ids asked for, `InvalidInput` for a mistyped type."""
        self.choice.check_found(
            self.tally.chosen,
            self.stack.event_types,
            "no dead letter has the id {ids}: `webhooks events show ID` tells what became of an event",
        )

    def _run_queue(self, event_type: str, act: Act) -> bool:
        """Go through one queue; False once the limit is reached."""
        tally, limit = self.tally, self.choice.limit
        with Sweep(self.stack.client("sqs"), event_type, self.stack.dead_letters_url(event_type), self.shield) as sweep:
            for letters in sweep:
                tally.received += len(letters)
                chosen = [letter for letter in letters if letter in self.choice]
                for batch in in_batches(chosen[: limit - tally.chosen] if limit else chosen):
                    with self.shield():
                        tally.chosen += len(batch)
                        done = act(batch)
                        tally.acted_on += len(done)
                        tally.deleted += len(sweep.delete(done)) if done else 0
                if self.choice.is_reached(tally.chosen):
                    return False
        return True


class Redrive:
    """An `Act`: sends dead letters to their event queues again, each once. One that comes back has failed again.

    They are in both queues for a moment. `once` does not reject them: it has forgotten the run that failed.
    """

    def __init__(self, stack: Stack) -> None:
        self._stack = stack
        self._sent: set[str] = set()

    def __call__(self, letters: Sequence[DeadLetterMessage]) -> list[DeadLetterMessage]:
        """Send dead letters of one type as they were before they failed; returns those that the queue took."""
        at = now()
        entries = [
            {
                "Id": str(number),
                "MessageBody": letter.body,
                "MessageAttributes": letter.original_attributes,
                **({"MessageGroupId": letter.group} if letter.group else {}),
            }
            for number, letter in enumerate(letters)
            if letter.run_key not in self._sent
        ]
        if not entries:
            return []
        url = self._stack.queue_url(letters[0].event_type)
        answer = self._stack.client("sqs").send_message_batch(QueueUrl=url, Entries=entries)
        # An answer of 200 may name entries that failed: the result of each entry counts.
        taken = [letters[int(entry["Id"])] for entry in answer.get("Successful", [])]
        for letter in taken:
            self._sent.add(letter.run_key)
            _mark(self._stack, letter, REDRIVE, at)
        return taken


def discard(stack: Stack, letters: Sequence[DeadLetterMessage]) -> Sequence[DeadLetterMessage]:
    """Record that dead letters are discarded, though their events stay in the inbox; returns all of them."""
    at = now()
    for letter in letters:
        _mark(stack, letter, DISCARD, at)
    return letters


def _mark(stack: Stack, letter: DeadLetterMessage, expression: str, at: str) -> None:
    """Note what became of a dead letter with what went wrong with the event in its handler."""
    if letter.event is None:
        return
    stack.client("dynamodb").update_item(
        TableName=stack.outputs["OnceTable"],
        Key={"id": {"S": trouble_id(letter.event_type, letter.event.key)}},
        **with_event(expression, letter.event, stack.retention, {":now": {"S": at}}),
    )


class Sweep:
    """One pass over the dead-letter queue of a type: each dead letter comes once.

    However the pass ends, dead letters that were not deleted can be received again at once. In a long pass they are
    hidden again in time, each time for as long as the pass has lasted so far, so that many take few calls.
    """

    def __init__(self, sqs: Any, event_type: str, url: str, shield: Shield = nullcontext) -> None:
        self._sqs = sqs
        self._event_type = event_type
        self._url = url
        self._shield = shield
        self._hidden: dict[str, tuple[str, float]] = {}  # by SQS's id: the receipt handle, and until when
        self._began = self._checked = time.monotonic()

    def __enter__(self) -> Self:
        return self

    def __exit__(self, kind: type[BaseException] | None, error: BaseException | None, at: TracebackType | None) -> None:
        # If this fails, their visibility timeout ends by itself.
        with self._shield(), suppress(BotoCoreError, ClientError):
            self._hide(list(self._hidden), 0)

    def __iter__(self) -> Iterator[list[DeadLetterMessage]]:
        """All dead letters that can be received, at most ten at a time."""
        while received := self._receive():
            new = [message for message in received if message["MessageId"] not in self._hidden]
            until = time.monotonic() + HIDDEN_SECONDS
            self._hidden |= {message["MessageId"]: (message["ReceiptHandle"], until) for message in received}
            if new:
                yield [DeadLetterMessage.from_message(self._event_type, message) for message in new]
            self._extend()

    def delete(self, letters: Sequence[DeadLetterMessage]) -> list[DeadLetterMessage]:
        """Delete at most ten dead letters of this pass; returns those for which that succeeded."""
        answer = self._sqs.delete_message_batch(
            QueueUrl=self._url,
            Entries=[
                {"Id": str(number), "ReceiptHandle": self._hidden[letter.id][0]}
                for number, letter in enumerate(letters)
            ],
        )
        deleted = [letters[int(entry["Id"])] for entry in answer.get("Successful", [])]
        for letter in deleted:
            del self._hidden[letter.id]
        return deleted

    def _receive(self) -> list[dict[str, Any]]:
        answer = self._sqs.receive_message(
            QueueUrl=self._url,
            MaxNumberOfMessages=_BATCH,
            VisibilityTimeout=HIDDEN_SECONDS,
            WaitTimeSeconds=_WAIT_SECONDS,
            MessageAttributeNames=["All"],
            MessageSystemAttributeNames=["All"],
        )
        return list(answer.get("Messages", []))

    def _extend(self) -> None:
        moment = time.monotonic()
        if moment - self._checked < _SECONDS_BETWEEN_CHECKS:
            return
        self._checked = moment
        soon = [sqs_id for sqs_id, (_, until) in self._hidden.items() if until - moment < _SECONDS_LEFT]
        self._hide(soon, max(HIDDEN_SECONDS, int(moment - self._began)))

    def _hide(self, sqs_ids: Iterable[str], seconds: int) -> None:
        for some in batched(sqs_ids, _BATCH, strict=False):
            entries = [
                {"Id": str(number), "ReceiptHandle": self._hidden[sqs_id][0], "VisibilityTimeout": seconds}
                for number, sqs_id in enumerate(some)
            ]
            self._sqs.change_message_visibility_batch(QueueUrl=self._url, Entries=entries)
            until = time.monotonic() + seconds
            self._hidden |= {sqs_id: (self._hidden[sqs_id][0], until) for sqs_id in some}
