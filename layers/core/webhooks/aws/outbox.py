"""The inbox in DynamoDB, as the relay uses it, and the lease that one relay holds."""

from collections.abc import Collection, Iterator, Sequence
from heapq import merge
from typing import TYPE_CHECKING, Final

from webhooks.aws.inbox import mark_published
from webhooks.aws.inbox_table import (
    IN_UNPUBLISHED_SHARD,
    SHARDS,
    UNPUBLISHED_INDEX,
    event_key,
    event_of,
    is_unpublished,
    table_key,
)
from webhooks.event import AcceptedEvent, EventKey

if TYPE_CHECKING:
    from mypy_boto3_dynamodb import DynamoDBClient
    from mypy_boto3_dynamodb.type_defs import AttributeValueTypeDef

LEASE_ID: Final = "relay#lease"
"""The id of the relay's lease in the table of `once`."""

_PAGE = 100
_LEASE: "dict[str, AttributeValueTypeDef]" = {"id": {"S": LEASE_ID}}


class DynamoOutbox:
    """Implements `webhooks.relay.Outbox`."""

    def __init__(self, client: "DynamoDBClient", table: str) -> None:
        self._client = client
        self._table = table

    def unpublished(self, before: str) -> Iterator[tuple[str, EventKey]]:
        """All shards merged by time, each read a page at a time."""
        return merge(*(self._shard(str(shard), before) for shard in range(SHARDS)), key=lambda entry: entry[0])

    def load(self, keys: Sequence[EventKey]) -> list[AcceptedEvent]:
        """The events still unpublished, in order of arrival. The index may lag behind; the items do not."""
        wanted = {self._table: {"Keys": [table_key(key) for key in keys], "ConsistentRead": True}}
        events = []
        while wanted:
            answer = self._client.batch_get_item(RequestItems=wanted)  # type: ignore[arg-type]
            items = answer["Responses"][self._table]
            events += [event_of(item) for item in items if is_unpublished(item)]
            wanted = answer["UnprocessedKeys"]  # type: ignore[assignment]
        return sorted(events, key=lambda event: event.received_at)

    def mark_published(self, event: AcceptedEvent, pending: Collection[str] = (), added: Collection[str] = ()) -> bool:
        """Remove the item from the index, or set its `pending` handlers; False if it was not removed."""
        return mark_published(self._client, self._table, event, pending, added)

    def _shard(self, shard: str, before: str) -> Iterator[tuple[str, EventKey]]:
        pages = self._client.get_paginator("query").paginate(
            TableName=self._table,
            IndexName=UNPUBLISHED_INDEX,
            KeyConditionExpression=f"{IN_UNPUBLISHED_SHARD} AND received_at < :before",
            ExpressionAttributeValues={":shard": {"S": shard}, ":before": {"S": before}},
            PaginationConfig={"PageSize": _PAGE},
        )
        for page in pages:
            for item in page["Items"]:
                yield item["received_at"]["S"], event_key(item)


class DynamoLease:
    """The relay's lease: one item of the table of runs, under a key that no handler's role may use."""

    def __init__(self, client: "DynamoDBClient", table: str) -> None:
        self._client = client
        self._table = table

    def take(self, owner: str, now: int, seconds: int) -> bool:
        """Take the lease until `now` + `seconds` (epoch); False if another owner holds it."""
        try:
            self._client.put_item(
                TableName=self._table,
                Item={**_LEASE, "claimed_by": {"S": owner}, "expiration": {"N": str(now + seconds)}},
                ConditionExpression="attribute_not_exists(id) OR expiration <= :now OR claimed_by = :owner",
                ExpressionAttributeValues={":now": {"N": str(now)}, ":owner": {"S": owner}},
            )
        except self._client.exceptions.ConditionalCheckFailedException:
            return False
        return True

    def release(self, owner: str) -> None:
        """Give the lease back if it is still held."""
        try:
            self._client.delete_item(
                TableName=self._table,
                Key=_LEASE,
                ConditionExpression="claimed_by = :owner",
                ExpressionAttributeValues={":owner": {"S": owner}},
            )
        except self._client.exceptions.ConditionalCheckFailedException:
            return
