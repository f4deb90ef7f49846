"""What can be done about dead letters: look at them, send them to their handler again, discard them."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from functools import cache

from webhooks.aws.inbox_table import table_key
from webhooks.dates import timestamp
from webhooks_cli.letters import Choice, Letter, in_batches
from webhooks_cli.signals import uninterrupted
from webhooks_cli.stack import Stack
from webhooks_cli.sweep import Sweep

type Deal = Callable[[Sequence[Letter]], Sequence[Letter]]
"""Deals with letters of one type that fit into a batch, and returns those that are to be deleted then."""


@dataclass(frozen=True, slots=True)
class Pile:
    """About how many dead letters a type has, those too that somebody is looking at."""

    event_type: str
    number: int


@dataclass(slots=True)
class Tally:
    """How many letters were received, of them chosen, of them dealt with, and of them deleted."""

    received: int = 0
    chosen: int = 0
    dealt_with: int = 0
    deleted: int = 0


def piles(stack: Stack, event_types: Sequence[str]) -> list[Pile]:
    """The piles of types, as SQS counts them: after a change it may be wrong for a minute."""
    found = []
    for name in event_types:
        asked = stack.client("sqs").get_queue_attributes(
            QueueUrl=stack.dead_letters_url(name),
            AttributeNames=["ApproximateNumberOfMessages", "ApproximateNumberOfMessagesNotVisible"],
        )["Attributes"]
        found.append(Pile(name, sum(map(int, asked.values()))))
    return found


def go_through(stack: Stack, event_types: Sequence[str], choice: Choice, deal: Deal, tally: Tally) -> None:
    """Deal with the dead letters of types that are chosen; `tally` is kept up to date.

    Each batch is dealt with first and deleted then: a command that is killed leaves a letter rather twice than lost.
    Ctrl-C waits until a batch is through.
    """
    for name in event_types:
        with Sweep(stack.client("sqs"), name, stack.dead_letters_url(name)) as sweep:
            for letters in sweep:
                tally.received += len(letters)
                chosen = [letter for letter in letters if letter in choice]
                if choice.limit:
                    chosen = chosen[: choice.limit - tally.chosen]
                for batch in in_batches(chosen):
                    with uninterrupted():
                        tally.chosen += len(batch)
                        done = deal(batch)
                        tally.dealt_with += len(done)
                        tally.deleted += len(sweep.delete(done)) if done else 0
                if choice.limit and tally.chosen >= choice.limit:
                    return


class Redrive:
    """Sends letters to their event queues again, each once: one that comes back meanwhile has failed again.

    They are in both queues then. `once` does not stand in their way: it has forgotten the run that failed.
    """

    def __init__(self, stack: Stack) -> None:
        self._stack = stack
        self._url = cache(stack.queue_url)
        self._sent: set[str] = set()

    def __call__(self, letters: Sequence[Letter]) -> list[Letter]:
        """Send letters of one type as they were before they failed; returns those that the queue took."""
        now = _now()
        entries = [
            {
                "Id": str(number),
                "MessageBody": letter.body,
                "MessageAttributes": letter.original_attributes,
                **({"MessageGroupId": letter.group} if letter.group else {}),
            }
            for number, letter in enumerate(letters)
            if letter.run not in self._sent
        ]
        if not entries:
            return []
        url = self._url(letters[0].event_type)
        answer = self._stack.client("sqs").send_message_batch(QueueUrl=url, Entries=entries)
        # An answer of 200 may name entries that failed: each entry's own result counts.
        taken = [letters[int(entry["Id"])] for entry in answer.get("Successful", [])]
        for letter in taken:
            self._sent.add(letter.run)
            _note(self._stack, letter, "redriven_at", now)
        return taken


def discard(stack: Stack, letters: Sequence[Letter]) -> Sequence[Letter]:
    """Note with the events in the inbox, which stay there, that their letters are discarded; returns all of them."""
    now = _now()
    for letter in letters:
        _note(stack, letter, "discarded_at", now)
    return letters


def _note(stack: Stack, letter: Letter, what: str, at: str) -> None:
    """Add to the inbox item of the event what was done; an event that is not there any more needs no note."""
    if letter.key is None:
        return
    dynamodb = stack.client("dynamodb")
    try:
        dynamodb.update_item(
            TableName=stack.outputs["InboxTable"],
            Key=table_key(letter.key),
            UpdateExpression="SET #what = :at",
            ConditionExpression="attribute_exists(message_id)",
            ExpressionAttributeNames={"#what": what},
            ExpressionAttributeValues={":at": {"S": at}},
        )
    except dynamodb.exceptions.ConditionalCheckFailedException:
        return


def _now() -> str:
    return timestamp(datetime.now(UTC))
