"""How a stack fares: each event type's queue, what is unpublished, which tokens are used."""

from collections.abc import Mapping, Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from typing import Self

from webhooks.aws.inbox_table import SHARDS
from webhooks_cli.dead_letters import piles
from webhooks_cli.inbox import Inbox, Selection
from webhooks_cli.sources import queue_attributes, sources_of
from webhooks_cli.stack import Stack
from webhooks_cli.token_use import last_use
from webhooks_cli.tokens import TokenSecret

_AT_ONCE = 4
_AGES_OF = timedelta(minutes=10)
"""CloudWatch tells of a queue's age some minutes late, and not at all of a queue that lies idle."""

_ON = {"Enabled", "Enabling", "Creating", "Updating"}


@dataclass(frozen=True, slots=True)
class TypeHealth:
    """An event type's queue. Messages `in_flight` are with the handler, or hidden until they are tried again.

    `oldest_seconds` is the age of the oldest message, None where CloudWatch does not tell; `last_event` is when the
    last event was received, None where the inbox holds none.
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
    """A token by its label, and when it was last used; None if not within the time that was looked at."""

    label: str
    last_use: str | None


@dataclass(frozen=True, slots=True)
class Health:
    """All of it."""

    event_types: Sequence[TypeHealth]
    unpublished: Unpublished
    tokens: Sequence[TokenUse]

    @classmethod
    def of(cls, stack: Stack, *, tokens_since: str) -> Self:
        """Ask for all of it, several questions at once. How tokens were used is searched in the log of a time.

        Raises `ToolFailed` where the tokens cannot be read.
        """
        for service in ("cloudwatch", "dynamodb", "lambda", "logs", "secretsmanager", "sqs"):
            stack.client(service)  # a session makes clients for one thread at a time
        labels, ages = sorted(TokenSecret.of(stack).read()), _ages(stack)
        with ThreadPoolExecutor(_AT_ONCE) as pool:
            types = pool.map(lambda name: _type_health(stack, name, ages), stack.event_types)
            uses = pool.map(lambda label: TokenUse(label, last_use(stack, label, tokens_since)), labels)
            unpublished = pool.submit(_unpublished, stack)
            return cls(list(types), unpublished.result(), list(uses))


def _type_health(stack: Stack, event_type: str, ages: Mapping[str, int]) -> TypeHealth:
    queue = queue_attributes(
        stack, event_type, "QueueArn", "ApproximateNumberOfMessages", "ApproximateNumberOfMessagesNotVisible"
    )
    (pile,) = piles(stack, [event_type])
    last = next(Inbox.of(stack).entries(Selection("0", event_type=event_type), newest_first=True), None)
    return TypeHealth(
        event_type=event_type,
        paused=not any(source["State"] in _ON for source in sources_of(stack, queue["QueueArn"])),
        waiting=int(queue["ApproximateNumberOfMessages"]),
        in_flight=int(queue["ApproximateNumberOfMessagesNotVisible"]),
        dead_letters=pile.number,
        oldest_seconds=ages.get(event_type),
        last_event=last.received_at if last else None,
    )


def _ages(stack: Stack) -> dict[str, int]:
    """The age in seconds of the oldest message of each type's queue, where CloudWatch tells."""
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
    told = stack.client("cloudwatch").get_metric_data(
        MetricDataQueries=queries, StartTime=now - _AGES_OF, EndTime=now, ScanBy="TimestampDescending"
    )
    return {each["Label"]: int(each["Values"][0]) for each in told["MetricDataResults"] if each["Values"]}


def _unpublished(stack: Stack) -> Unpublished:
    """Of each shard of the index the count, and the first entry."""
    client, counted, first = stack.client("dynamodb"), 0, []
    for shard in range(SHARDS):
        request = {
            "TableName": stack.outputs["InboxTable"],
            "IndexName": "unpublished",
            "KeyConditionExpression": "unpublished_shard = :shard",
            "ExpressionAttributeValues": {":shard": {"S": str(shard)}},
        }
        first += [item["received_at"]["S"] for item in client.query(**request, Limit=1)["Items"]]
        pages = client.get_paginator("query").paginate(**request, Select="COUNT")
        counted += sum(page["Count"] for page in pages)
    return Unpublished(counted, min(first, default=None))
