"""A fake AWS with a full inbox: any number of events, each made when it is read.

It pages through the two indexes by key as DynamoDB does, stores of an event only whether it is published, and counts
what is read as DynamoDB does: index entries, items, and half read units.
"""

import asyncio
import sys
from base64 import b64encode
from bisect import bisect_left, bisect_right
from collections.abc import Sequence
from datetime import UTC, datetime, timedelta
from itertools import islice
from math import ceil
from typing import Any

from tools.bodies import body
from tools.dynamodb import Item, size
from tools.speed.fake_aws import Account, Answer, serve
from tools.template import event_types
from webhooks.aws.inbox_table import new_item
from webhooks.dates import timestamp
from webhooks.event import AcceptedEvent, EventKey

STACK = "bench"
INBOX = f"{STACK}-inbox"
TYPES = event_types()
BODY_BYTES = 2048
INTERVAL = timedelta(seconds=3)
"""Between two events."""

_RETENTION = timedelta(days=35)
_READ_UNIT = 4096
_ENTRY = ("message_id", "client_and_type", "received_at")
_CREATED = "2026-01-01T00:00:00Z"
_STACK_ID = f"arn:aws:cloudformation:us-east-1:000000000000:stack/{STACK}/1"
_MARKER = (
    "<DescribeStackResourceResponse><DescribeStackResourceResult><StackResourceDetail>"
    f"<ResourceStatus>CREATE_COMPLETE</ResourceStatus><LastUpdatedTimestamp>{_CREATED}</LastUpdatedTimestamp>"
    "</StackResourceDetail></DescribeStackResourceResult></DescribeStackResourceResponse>"
)
"""The resource by which a stack tells that it never listed events by shards."""
_ALWAYS: dict[str, dict[str, Any] | str] = {
    "PutItem": {},  # the relay's lease
    "DeleteItem": {},
    "GetQueueAttributes": {"Attributes": {"ApproximateNumberOfMessages": "0"}},
    "StartQuery": {"queryId": "nothing"},
    "GetQueryResults": {"status": "Complete", "results": []},
    "DescribeTable": {"Table": {"CreationDateTime": datetime.fromisoformat(_CREATED).timestamp()}},
    "DescribeStackResource": _MARKER,
}
_OUTPUTS = {
    "InboxTable": INBOX,
    "Bucket": f"{STACK}-bucket",
    "OnceTable": f"{STACK}-once",
    "RecordsTable": f"{STACK}-records",
    "QueuePrefix": f"{STACK}-events-",
}


class FullInbox(Account):
    """Events at a constant interval, of each type in turn, the last at a given time."""

    def __init__(self, events: int, last: datetime, *, unpublished: bool) -> None:
        super().__init__()
        self._first = last - (events - 1) * INTERVAL
        self._published = bytearray([not unpublished]) * events
        complete = new_item(_event(0, timestamp(last), body(BODY_BYTES)), "bench", "first", _RETENTION)
        self._body = {"B": b64encode(complete["body"]["B"]).decode()}
        self._partitions: dict[tuple[str, str], list[int]] = {}
        for number in range(events):
            item = self._item(number)
            for index in ("unpublished_shard", "type_shard"):
                if index in item:
                    self._partitions.setdefault((index, item[index]["S"]), []).append(number)

    def answer(self, operation: str, params: dict[str, Any]) -> Answer:
        """Answer a call."""
        content: dict[str, Any] | str = {}
        match operation:
            case "Query" if "IndexName" in params:
                content = self._page(params)
            case "Query":
                content = {"Items": self._items([{"message_id": params["ExpressionAttributeValues"][":id"]}])}
            case "BatchGetItem":
                ((table, wanted),) = params["RequestItems"].items()
                content = {"Responses": {table: self._batch(table, wanted["Keys"])}, "UnprocessedKeys": {}}
            case "BatchExecuteStatement":
                content = {"Responses": [self._mark(each["Parameters"]) for each in params["Statements"]]}
            case "GetQueueUrl":
                content = {"QueueUrl": f"https://sqs/{params['QueueName']}"}
            case "DescribeStacks":
                return 200, _described()
            case _ if operation in _ALWAYS:
                content = _ALWAYS[operation]
            case _:
                return super().answer(operation, params)
        self.counts[operation] += 1
        return 200, content

    def _mark(self, key: list[dict[str, str]]) -> dict[str, str]:
        """Mark an event as published."""
        self._published[int(key[0]["S"].removeprefix("m-"))] = True
        self.counts["marks"] += 1
        return {"TableName": INBOX}

    def _page(self, params: dict[str, Any]) -> dict[str, Any]:
        """A page of an index partition, after the end of the page before."""
        values = params["ExpressionAttributeValues"]
        index, name = ("unpublished_shard", ":shard") if ":shard" in values else ("type_shard", ":key")
        partition = values[name]["S"]
        numbers = self._range(self._partitions.get((index, partition), []), values)
        if not (forward := params.get("ScanIndexForward", True)):
            numbers = numbers[::-1]
        if after := params.get("ExclusiveStartKey"):
            sign = 1 if forward else -1
            numbers = numbers[bisect_right(numbers, sign * _number(after), key=lambda number: sign * number) :]
        present = (number for number in numbers if index == "type_shard" or not self._published[number])
        items = list(map(self._item, islice(present, params["Limit"])))
        entries = [{name: item[name] for name in (*_ENTRY, index)} for item in items]
        self.counts["entries"] += len(entries)
        self.counts["half units"] += max(1, ceil(sum(map(size, entries)) / _READ_UNIT))
        return {"Items": entries} | ({"LastEvaluatedKey": entries[-1]} if len(entries) == params["Limit"] else {})

    def _range(self, numbers: list[int], values: dict[str, dict[str, str]]) -> Sequence[int]:
        """The events of a partition that were received in the range of a query."""
        if ":before" in values:
            return numbers[: bisect_left(numbers, values[":before"]["S"], key=self._received_at)]
        first = bisect_left(numbers, values[":since"]["S"], key=self._received_at)
        return numbers[first : bisect_right(numbers, values[":until"]["S"], key=self._received_at)]

    def _batch(self, table: str, keys: list[Item]) -> list[Item]:
        if table == INBOX:
            return self._items(keys)
        self.counts["half units"] += 2 * len(keys)  # for keys that do not exist
        return []

    def _items(self, keys: list[Item]) -> list[Item]:
        items = [self._item(_number(key)) for key in keys]
        self.counts["items"] += len(items)
        self.counts["half units"] += sum(2 * ceil(size(item) / _READ_UNIT) for item in items)
        return items

    def _item(self, number: int) -> Item:
        item = new_item(_event(number, self._received_at(number), ""), "bench", "first", _RETENTION)
        if self._published[number]:
            del item["unpublished_shard"]
        return item | {"body": self._body}

    def _received_at(self, number: int) -> str:
        return timestamp(self._first + number * INTERVAL)


def _event(number: int, received_at: str, text: str) -> AcceptedEvent:
    event_type = TYPES[number % len(TYPES)]
    key = EventKey(f"m-{number}", "acme", event_type)
    return AcceptedEvent(key, user="", event_date="", received_at=received_at, body=text, queue=event_type)


def _number(key: Item) -> int:
    return int(key["message_id"]["S"].removeprefix("m-"))


def _described() -> str:
    """CloudFormation's description of the stack, in XML."""

    def members(prefix: str, values: dict[str, str]) -> str:
        pairs = (
            f"<{prefix}Key>{key}</{prefix}Key><{prefix}Value>{value}</{prefix}Value>" for key, value in values.items()
        )
        return "".join(f"<member>{pair}</member>" for pair in pairs)

    parameters = members("Parameter", {"EventTypes": ",".join(TYPES)})
    return (
        f"<DescribeStacksResponse><DescribeStacksResult><Stacks><member><StackName>{STACK}</StackName>"
        f"<StackId>{_STACK_ID}</StackId><CreationTime>{_CREATED}</CreationTime>"
        f"<Outputs>{members('Output', _OUTPUTS)}</Outputs><Parameters>{parameters}</Parameters>"
        "</member></Stacks></DescribeStacksResult></DescribeStacksResponse>"
    )


def main(events: str, last: str, delay_ms: str, unpublished: str = "") -> None:
    """Serve a number of events, the last of them received at an ISO time; a call is answered after `delay_ms`."""
    account = FullInbox(int(events), datetime.fromisoformat(last).astimezone(UTC), unpublished=bool(unpublished))
    asyncio.run(serve(account, delay=int(delay_ms) / 1000))


if __name__ == "__main__":
    main(*sys.argv[1:])
