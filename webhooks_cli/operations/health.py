"""The health of a stack: each event type's queue, unpublished events, the last use of tokens."""

from collections.abc import Mapping, Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from typing import Self

from webhooks.aws.inbox_table import IN_UNPUBLISHED_SHARD, SHARDS, UNPUBLISHED_INDEX
from webhooks_cli.operations.dead_letter_queue import depths
from webhooks_cli.operations.event_sources import is_paused
from webhooks_cli.operations.inbox import Inbox, Selection
from webhooks_cli.operations.stack import Stack
from webhooks_cli.operations.tokens import TokenSecret, last_use

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
    unpublished: Unpublished
    tokens: Sequence[TokenUse]

    @classmethod
    def of(cls, stack: Stack, *, tokens_since: str) -> Self:
        """Read everything, several reads at once. The use of tokens is searched in ingest's log since a moment.

        Raises `OperationFailed` if the tokens cannot be read.
        """
        labels, ages = sorted(TokenSecret.of(stack).read()), _ages(stack)
        with ThreadPoolExecutor(_AT_ONCE) as pool:
            types = pool.map(lambda name: _type_health(stack, name, ages), stack.event_types)
            uses = pool.map(lambda label: TokenUse(label, last_use(stack, label, tokens_since)), labels)
            unpublished = pool.submit(_unpublished, stack)
            return cls(list(types), unpublished.result(), list(uses))


def _type_health(stack: Stack, event_type: str, ages: Mapping[str, int]) -> TypeHealth:
    counts = ("ApproximateNumberOfMessages", "ApproximateNumberOfMessagesNotVisible")
    queue = stack.queue_attributes(stack.queue_url(event_type), "QueueArn", *counts)
    (depth,) = depths(stack, [event_type])
    last = next(Inbox.of(stack).entries(Selection("0", event_type=event_type), newest_first=True), None)
    return TypeHealth(
        event_type=event_type,
        paused=is_paused(stack, queue["QueueArn"]),
        waiting=int(queue["ApproximateNumberOfMessages"]),
        in_flight=int(queue["ApproximateNumberOfMessagesNotVisible"]),
        dead_letters=depth.number,
        oldest_seconds=ages.get(event_type),
        last_event=last.received_at if last else None,
    )


def _ages(stack: Stack) -> dict[str, int]:
    """The age in seconds of the oldest message of each type's queue, as far as CloudWatch has it."""
    now = datetime.now(UTC)
    queries = [
        {
            "Id": f"q{number}",
            "Label": event_type,
            "MetricStat": {
                "Metric": {
                    "Namespace": "AWS/SQS",
                    "MetricName": "ApproximateAgeOfOldestMessage",
                    "Dimensions": [{"Name": "QueueName", "Value": stack.outputs["QueuePrefix"] + event_type}],
                },
                "Period": 60,
                "Stat": "Maximum",
            },
        }
        for number, event_type in enumerate(stack.event_types)
    ]
    answer = stack.client("cloudwatch").get_metric_data(
        MetricDataQueries=queries, StartTime=now - _AGES_WITHIN, EndTime=now, ScanBy="TimestampDescending"
    )
    return {each["Label"]: int(each["Values"][0]) for each in answer["MetricDataResults"] if each["Values"]}


def _unpublished(stack: Stack) -> Unpublished:
    """From each shard of the index the count and the first entry."""
    client, count, first = stack.client("dynamodb"), 0, []
    for shard in range(SHARDS):
        request = {
            "TableName": stack.outputs["InboxTable"],
            "IndexName": UNPUBLISHED_INDEX,
            "KeyConditionExpression": IN_UNPUBLISHED_SHARD,
            "ExpressionAttributeValues": {":shard": {"S": str(shard)}},
        }
        first += [item["received_at"]["S"] for item in client.query(**request, Limit=1)["Items"]]
        pages = client.get_paginator("query").paginate(**request, Select="COUNT")
        count += sum(page["Count"] for page in pages)
    return Unpublished(count, min(first, default=None))
