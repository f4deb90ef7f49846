"""Memory while replaying: it does not grow with the number of events."""

import tracemalloc
from pathlib import Path
from typing import Any

import pytest

from webhooks.aws.inbox_table import SHARDS
from webhooks.aws.queues import SqsQueues
from webhooks_cli.handled import Handled
from webhooks_cli.inbox import Inbox
from webhooks_cli.replay import Replay
from webhooks_cli.resend import Pace, resend

ORDERS = "CreateOrderEvent"
BODY = '{"OrderNumber":1,"Note":"' + 2000 * "x" + '"}'


class Tables:
    """DynamoDB with any number of events in the inbox, each made when it is asked for, and nothing handled."""

    def __init__(self, number: int) -> None:
        self._number = number

    def query(self, **asked: Any) -> dict[str, Any]:
        """A page of a shard of the index; the events take turns among the shards."""
        shard = int(asked["ExpressionAttributeValues"][":partition"]["S"].partition("#")[2])
        since = asked["ExpressionAttributeValues"][":since"]["S"]
        first = asked.get("ExclusiveStartKey", shard)
        page = range(first, self._number, SHARDS)[: asked["Limit"]]
        items = [_key(number) | {"received_at": {"S": _moment(number)}} for number in page]
        after = page[-1] + SHARDS if page else self._number
        more = {"LastEvaluatedKey": after} if after < self._number else {}
        return {"Items": [item for item in items if item["received_at"]["S"] >= since], **more}

    def batch_get_item(self, RequestItems: dict[str, Any]) -> dict[str, Any]:  # noqa: N803 - boto3's name
        """The events that are asked for, and no memory of any."""
        ((table, asked),) = RequestItems.items()
        keys = asked["Keys"] if table == "inbox" else []
        return {"Responses": {table: [_item(int(key["message_id"]["S"])) for key in keys]}, "UnprocessedKeys": {}}


class Queues:
    """SQS that takes everything and keeps nothing."""

    def __init__(self) -> None:
        self.taken = 0

    def send_message_batch(self, QueueUrl: str, Entries: list[dict[str, Any]]) -> dict[str, Any]:  # noqa: N803 - boto3's names
        """Take a batch."""
        assert QueueUrl
        self.taken += len(Entries)
        return {"Successful": [{"Id": entry["Id"]} for entry in Entries]}


def test_ten_thousand_events_take_no_more_memory_than_four_thousand(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """With four thousand the pages in which the index is read have reached their full length."""
    monkeypatch.setattr("webhooks_cli.replay.FOLDER", tmp_path)
    _peak(100)  # what is made once and kept is made here
    few, many = _peak(4000), _peak(10_000)
    assert many < 1.1 * few


def _peak(number: int) -> int:
    """The most memory that a replay of so many events takes, in bytes."""
    client, sqs = Tables(number), Queues()
    inbox = Inbox(client, "inbox", Handled(client, "once"), [ORDERS])
    queues = SqsQueues(sqs, {ORDERS: "https://sqs/orders"})  # type: ignore[arg-type]
    tracemalloc.start()
    resend(Replay(name="r-1", queue="-", event_type=ORDERS), inbox, queues, Pace(0), lambda: None)
    _, peak = tracemalloc.get_traced_memory()
    tracemalloc.stop()
    assert sqs.taken == number
    return peak


def _moment(number: int) -> str:
    return f"2026-11-24T{number // 3600:02}:{number // 60 % 60:02}:{number % 60:02}.0000000Z"


def _key(number: int) -> dict[str, Any]:
    return {"message_id": {"S": f"{number}"}, "client_and_type": {"S": f"acme {ORDERS}"}}


def _item(number: int) -> dict[str, Any]:
    texts = {"received_at": _moment(number), "type_shard": f"{ORDERS}#{number % SHARDS}", "body": BODY}
    return _key(number) | {name: {"S": text} for name, text in texts.items()} | {"expires_at": {"N": "1830000000"}}
