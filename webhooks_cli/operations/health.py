"""The health of a stack: each event type's queue, unpublished events, the last use of tokens."""

from collections.abc import Collection, Mapping, Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from typing import Self

from webhooks.aws.inbox_table import IN_UNPUBLISHED_SHARD, SHARDS, UNPUBLISHED_INDEX
from webhooks_cli.operations.dead_letter_queue import depths
from webhooks_cli.operations.event_sources import consumed_queues
from webhooks_cli.operations.inbox import Inbox, Selection
from webhooks_cli.operations.metrics import Metric
from webhooks_cli.operations.stack import Stack
from webhooks_cli.operations.tokens import TokenSecret, last_uses

_AT_ONCE = 4
_AGES_WITHIN = timedelta(minutes=10)
"""CloudWatch publishes the age of a queue some minutes late, and none for an idle queue."""


@dataclass(frozen=True, slots=True)
class TypeHealth:
    """An event type's queue. Messages `in_flight` are with the handler, or hidden until their retry.

    `oldest_seconds` is the age of the oldest message, None if CloudWatch has none; `last_event` is when the last event
    was received, None if the inbox has none.
    """

    event_type: str
    paused: bool
    waiting: int
    in_flight: int
    dead_letters: int
    oldest_seconds: int | None
    last_event: str | None


@dataclass(frozen=True, slots=True)
class Retired:
    """A handler that was retired, since when nothing goes to it, and whether its queue is still there."""

    name: str
    since: str
    has_queue: bool


@dataclass(frozen=True, slots=True)
class Unpublished:
    """How many events are on no queue yet, and when the oldest of them was received."""

    count: int
    oldest: str | None


@dataclass(frozen=True, slots=True)
class TokenUse:
    """A token by its label, and when it was last used; None if not in the time searched."""

    label: str
    last_use: str | None


@dataclass(frozen=True, slots=True)
class Health:
    """The health of a stack."""

    event_types: Sequence[TypeHealth]
    retired: Sequence[Retired]
    unpublished: Unpublished
    tokens: Sequence[TokenUse]

    @classmethod
    def of(cls, stack: Stack, *, tokens_since: str) -> Self:
        """Read everything, several reads at once: two calls for each type's queues, one for its last event.

        The use of tokens is looked for since a moment. Raises `OperationFailed` if the tokens cannot be read.
        """
        labels = sorted(TokenSecret.of(stack).read())
        uses, ages, consumed = last_uses(stack, labels, tokens_since), _ages(stack), consumed_queues(stack)
        with ThreadPoolExecutor(_AT_ONCE) as pool:
            types = pool.map(lambda name: _type_health(stack, name, ages, consumed), stack.event_types)
            shards = pool.map(lambda shard: _unpublished(stack, shard), map(str, range(SHARDS)))
            counts, oldest = zip(*shards, strict=True)
            unpublished = Unpublished(sum(counts), min(filter(None, oldest), default=None))
            retired = [Retired(name, at, name in stack.event_types) for name, at in stack.routing.retired.items()]
            return cls(list(types), retired, unpublished, [TokenUse(label, uses.get(label)) for label in labels])


def _type_health(stack: Stack, event_type: str, ages: Mapping[str, int], consumed: Collection[str]) -> TypeHealth:
    counts = ("ApproximateNumberOfMessages", "ApproximateNumberOfMessagesNotVisible")
    queue = stack.queue_attributes(stack.queue_url(event_type), "QueueArn", *counts)
    (depth,) = depths(stack, [event_type])
    last = next(Inbox.of(stack).entries(Selection("0", event_type=event_type), newest_first=True, first_page=1), None)
    return TypeHealth(
        event_type=event_type,
        paused=queue["QueueArn"] not in consumed,
        waiting=int(queue["ApproximateNumberOfMessages"]),
        in_flight=int(queue["ApproximateNumberOfMessagesNotVisible"]),
        dead_letters=depth.number,
        oldest_seconds=ages.get(event_type),
        last_event=last.received_at if last else None,
    )


def _ages(stack: Stack) -> dict[str, int]:
    """The age in seconds of the oldest message of each type's queue, as far as CloudWatch has it."""
    age = Metric("AWS/SQS", "ApproximateAgeOfOldestMessage", "QueueName", "Maximum", 60)
    prefix = stack.outputs["QueuePrefix"]
    found = age.newest(stack, [prefix + name for name in stack.event_types], datetime.now(UTC) - _AGES_WITHIN)
    return {queue.removeprefix(prefix): int(seconds) for queue, (_, seconds) in found.items()}


def _unpublished(stack: Stack, shard: str) -> tuple[int, str | None]:
    """From one shard of the index the number of entries, and when the first was received."""
    pages = (
        stack.client("dynamodb")
        .get_paginator("query")
        .paginate(
            TableName=stack.outputs["InboxTable"],
            IndexName=UNPUBLISHED_INDEX,
            KeyConditionExpression=IN_UNPUBLISHED_SHARD,
            ExpressionAttributeValues={":shard": {"S": shard}},
            ProjectionExpression="received_at",
        )
    )
    count, first = 0, None
    for page in pages:
        first = first or next((item["received_at"]["S"] for item in page["Items"]), None)
        count += page["Count"]
    return count, first
