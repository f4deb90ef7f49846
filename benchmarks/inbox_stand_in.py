"""A stand-in for AWS whose inbox is full: any number of events, each made when it is asked for.

It pages through the two indexes by key as DynamoDB does, remembers of an event only whether it is published, and counts
what is read, as DynamoDB does: entries of an index, items, and half read units.
"""

import asyncio
import sys
from base64 import b64encode
from bisect import bisect_left, bisect_right
from collections.abc import Iterator, Mapping
from datetime import UTC, datetime, timedelta
from math import ceil
from typing import Any

from benchmarks.bodies import body
from benchmarks.costs.deployed import default
from benchmarks.costs.dynamodb import size
from benchmarks.stand_in import Account, serve
from webhooks.aws.inbox_table import new_item
from webhooks.dates import timestamp
from webhooks.event import AcceptedEvent, EventKey

INBOX = "bench-inbox"
TYPES = tuple(name.strip() for name in default("EventTypes").split(","))
BODY_BYTES = 2048

APART = timedelta(seconds=3)
"""From one event to the next."""

_RETENTION = timedelta(days=35)
_UNIT = 4096
_IN_INDEX = ("message_id", "client_and_type", "received_at")

type Item = Mapping[str, Mapping[str, Any]]


class FullInbox(Account):
    """Events one every 3 s, of each type in turn, the last at a given time; none is published where `unpublished`."""

    def __init__(self, events: int, last: datetime, *, unpublished: bool) -> None:
        super().__init__()
        self._first = last - (events - 1) * APART
        self._published = bytearray([not unpublished]) * events
        whole = new_item(_event(0, timestamp(last), body(BODY_BYTES)), "bench", "first", _RETENTION)
        self._body = {"B": b64encode(whole["body"]["B"]).decode()}
        self._partitions: dict[tuple[str, str], list[int]] = {}
        for number in range(events):
            item = self._item(number)
            for index in ("unpublished_shard", "type_shard"):
                if index in item:
                    self._partitions.setdefault((index, item[index]["S"]), []).append(number)

    def answer(self, operation: str, asked: dict[str, Any]) -> tuple[int, dict[str, Any]]:
        """Status and body of a call's answer."""
        match operation:
            case "Query" if "IndexName" in asked:
                told = self._page(asked)
            case "Query":
                told = {"Items": self._items([{"message_id": asked["ExpressionAttributeValues"][":id"]}])}
            case "BatchGetItem":
                ((table, wanted),) = asked["RequestItems"].items()
                told = {"Responses": {table: self._batch(table, wanted["Keys"])}, "UnprocessedKeys": {}}
            case "UpdateItem":
                self._published[_number(asked["Key"])] = True
                told = {}
            case "PutItem":  # the lease
                told = {}
            case "GetQueueUrl":
                told = {"QueueUrl": f"https://sqs/{asked['QueueName']}"}
            case _:
                return super().answer(operation, asked)
        self.counts[operation] += 1
        return 200, told

    def _page(self, asked: dict[str, Any]) -> dict[str, Any]:
        """A page of a partition of an index, from where the one before ended."""
        values = asked["ExpressionAttributeValues"]
        index, partition = next(
            (name, values[told]["S"])
            for name, told in (("unpublished_shard", ":shard"), ("type_shard", ":partition"))
            if told in values
        )
        numbers = self._partitions.get((index, partition), [])
        if ":before" in values:
            first, end = 0, bisect_left(numbers, values[":before"]["S"], key=self._received_at)
        else:
            first = bisect_left(numbers, values[":since"]["S"], key=self._received_at)
            end = bisect_right(numbers, values[":until"]["S"], key=self._received_at)
        forward, limit = asked.get("ScanIndexForward", True), asked["Limit"]
        if after := asked.get("ExclusiveStartKey"):
            if forward:
                first = max(first, bisect_right(numbers, _number(after)))
            else:
                end = min(end, bisect_left(numbers, _number(after)))
        page: list[int] = []
        steps: Iterator[int] = iter(range(first, end) if forward else range(end - 1, first - 1, -1))
        for position in steps:
            number = numbers[position]
            if index == "unpublished_shard" and self._published[number]:
                continue
            page.append(number)
            if len(page) == limit:
                break
        entries = [{name: item[name] for name in (*_IN_INDEX, index)} for item in map(self._item, page)]
        self.counts["entries"] += len(entries)
        self.counts["half units"] += max(1, ceil(sum(map(size, entries)) / _UNIT))
        return {"Items": entries} | ({"LastEvaluatedKey": entries[-1]} if len(page) == limit else {})

    def _batch(self, table: str, keys: list[Item]) -> list[Item]:
        if table == INBOX:
            return self._items(keys)
        self.counts["half units"] += 2 * len(keys)  # nothing is there
        return []

    def _items(self, keys: list[Item]) -> list[Item]:
        items = [self._item(_number(key)) for key in keys]
        self.counts["items"] += len(items)
        self.counts["half units"] += sum(2 * ceil(size(item) / _UNIT) for item in items)
        return items

    def _item(self, number: int) -> Item:
        item = new_item(_event(number, self._received_at(number), ""), "bench", "first", _RETENTION)
        if self._published[number]:
            del item["unpublished_shard"]
        return item | {"body": self._body}

    def _received_at(self, number: int) -> str:
        return timestamp(self._first + number * APART)


def _event(number: int, received_at: str, text: str) -> AcceptedEvent:
    event_type = TYPES[number % len(TYPES)]
    return AcceptedEvent(EventKey(f"m-{number}", "acme", event_type), event_type, "", "", received_at, text)


def _number(key: Item) -> int:
    return int(key["message_id"]["S"].removeprefix("m-"))


def main(events: str, last: str, unpublished: str = "") -> None:
    """Serve so many events, the last of them received at an ISO time."""
    account = FullInbox(int(events), datetime.fromisoformat(last).astimezone(UTC), unpublished=bool(unpublished))
    asyncio.run(serve(account))


if __name__ == "__main__":
    main(*sys.argv[1:])
