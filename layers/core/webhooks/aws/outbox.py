"""The inbox in DynamoDB, as the relay uses it, and the lease that one relay holds."""

from collections.abc import Iterator, Sequence
from heapq import merge
from itertools import batched
from typing import TYPE_CHECKING, Final

from botocore.exceptions import BotoCoreError, ClientError

from webhooks.aws.inbox_table import (
    IN_UNPUBLISHED_SHARD,
    SHARDS,
    UNPUBLISHED_INDEX,
    event_key,
    event_of,
    is_unpublished,
    table_key,
)
from webhooks.aws.log import error_code, ids, logger
from webhooks.event import AcceptedEvent, EventKey
from webhooks.policy import ATTEMPTS
from webhooks.relay import Mark, Together

if TYPE_CHECKING:
    from mypy_boto3_dynamodb import DynamoDBClient
    from mypy_boto3_dynamodb.type_defs import AttributeValueTypeDef, BatchStatementRequestTypeDef

LEASE_ID: Final = "relay#lease"
"""The id of the relay's lease in the table of `once`."""

PAGE = 500
"""Index entries read at once: at most 16 times as many are in memory."""
ITEMS, STATEMENTS = 100, 25
"""The most items that DynamoDB reads, and the most statements that it runs, in one call."""
_LEASE: "dict[str, AttributeValueTypeDef]" = {"id": {"S": LEASE_ID}}

_MARK: Final = (
    'UPDATE "{table}" {changes} WHERE message_id = ? AND client_and_type = ? AND unpublished_shard IS NOT MISSING'
)
"""As `DynamoInbox.mark_published`, in PartiQL, of which one call runs many."""

_MARKED = ("", "ConditionalCheckFailed")


class DynamoOutbox:
    """Implements `webhooks.relay.Outbox`, and lists what is unpublished."""

    def __init__(self, client: "DynamoDBClient", table: str, together: Together = map) -> None:
        self._client = client
        self._table = table
        self._together = together

    def unpublished(self, before: str) -> Iterator[tuple[str, EventKey]]:
        """Time of receipt and key of each event received before a time, in order of arrival, read a page at a time."""
        return merge(*(self._shard(str(shard), before) for shard in range(SHARDS)), key=lambda entry: entry[0])

    def load(self, keys: Sequence[EventKey]) -> list[AcceptedEvent]:
        """The events still unpublished, in order of arrival. The index may lag behind; the items do not."""
        parts = batched(dict.fromkeys(keys), ITEMS, strict=False)
        events = [event for part in self._together(self._load, parts) for event in part]
        return sorted(events, key=lambda event: event.received_at)

    def mark(self, marks: Sequence[Mark]) -> None:
        """Remove each item from the index, or set its `pending` handlers, if it is there."""
        left = [(mark, "") for mark in marks]
        for _ in range(ATTEMPTS):
            batches = batched((mark for mark, _ in left), STATEMENTS, strict=False)
            left = [each for failed in self._together(self._mark, batches) for each in failed]
        for mark, code in left:
            logger.warning("not marked as published", **ids(mark.event.key), cause=code)

    def _shard(self, shard: str, before: str) -> Iterator[tuple[str, EventKey]]:
        pages = self._client.get_paginator("query").paginate(
            TableName=self._table,
            IndexName=UNPUBLISHED_INDEX,
            KeyConditionExpression=f"{IN_UNPUBLISHED_SHARD} AND received_at < :before",
            ExpressionAttributeValues={":shard": {"S": shard}, ":before": {"S": before}},
            PaginationConfig={"PageSize": PAGE},
        )
        for page in pages:
            # A list: it takes less memory than the page.
            yield from [(item["received_at"]["S"], event_key(item)) for item in page["Items"]]

    def _load(self, keys: Sequence[EventKey]) -> list[AcceptedEvent]:
        wanted = {self._table: {"Keys": [table_key(key) for key in keys], "ConsistentRead": True}}
        events = []
        while wanted:
            answer = self._client.batch_get_item(RequestItems=wanted)  # type: ignore[arg-type]
            items = answer["Responses"][self._table]
            events += [event_of(item) for item in items if is_unpublished(item)]
            wanted = answer["UnprocessedKeys"]  # type: ignore[assignment]
        return events

    def _mark(self, marks: Sequence[Mark]) -> list[tuple[Mark, str]]:
        """The marks whose statement failed, with the error's code: they may succeed a little later.

        The SDK repeats a call that fails as a whole.
        """
        try:
            answer = self._client.batch_execute_statement(Statements=[self._statement(mark) for mark in marks])
        except (BotoCoreError, ClientError) as error:
            for mark in marks:
                logger.warning("not marked as published", **ids(mark.event.key), cause=error_code(error))
            return []
        codes = [str(each.get("Error", {}).get("Code", "")) for each in answer["Responses"]]
        # An item that is no longer in the index was marked by another.
        return [(mark, code) for mark, code in zip(marks, codes, strict=True) if code not in _MARKED]

    def _statement(self, mark: Mark) -> "BatchStatementRequestTypeDef":
        changes, values = ["REMOVE unpublished_shard", "REMOVE pending"], []
        if mark.pending:
            changes, values = ["SET pending = ?"], [{"SS": sorted(mark.pending)}]
        elif not mark.event.pending:
            changes.pop()
        if mark.added:
            stored = mark.event.handlers if mark.event.others else ()
            changes.insert(0, "SET handlers = ?")
            values.insert(0, {"SS": sorted({*stored, *mark.added})})
        statement = _MARK.format(table=self._table, changes=" ".join(changes))
        return {"Statement": statement, "Parameters": [*values, *table_key(mark.event.key).values()]}


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
