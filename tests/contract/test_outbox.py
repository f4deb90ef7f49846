"""The inbox in DynamoDB, as the relay uses it: unpublished events; and the lease."""

from collections.abc import Iterator
from dataclasses import replace
from datetime import timedelta
from itertools import count, islice
from typing import Any

import boto3
import pytest
from botocore.exceptions import BotoCoreError, ClientError

from tests.contract.account import create_table
from tests.contract.hooks import answer_in_parts, refuse_marks, requests
from tests.unit.examples import event, order
from webhooks.aws.inbox import DynamoInbox
from webhooks.aws.inbox_table import SHARDS, event_of, new_item
from webhooks.aws.outbox import DynamoLease, DynamoOutbox
from webhooks.event import AcceptedEvent
from webhooks.relay import Mark

RETENTION = timedelta(days=35)


@pytest.fixture
def client() -> Any:
    create_table("InboxTable")
    return boto3.client("dynamodb")


@pytest.fixture
def outbox(client: Any) -> DynamoOutbox:
    return DynamoOutbox(client, "InboxTable")


@pytest.fixture
def lease(client: Any) -> DynamoLease:
    create_table("OnceTable")
    return DynamoLease(client, "OnceTable")


def _claim(client: Any, *events: AcceptedEvent) -> None:
    for each in events:
        DynamoInbox(client, "InboxTable", RETENTION).claim(each, "me")


def _listed(outbox: DynamoOutbox, before: str = "9999") -> list[str]:
    return [key.message_id for _, key in outbox.unpublished(before)]


def _items(client: Any) -> list[dict[str, Any]]:
    items = client.scan(TableName="InboxTable")["Items"]
    return sorted(items, key=lambda item: str(item["message_id"]["S"]))


def _of_one_shard() -> Iterator[AcceptedEvent]:
    for number in count():
        if new_item(order(number), "me", "first", RETENTION)["unpublished_shard"] == {"S": "0"}:
            yield order(number)


def test_unpublished_events_are_listed_by_arrival(client: Any, outbox: DynamoOutbox) -> None:
    assert _listed(outbox) == []
    _claim(client, *map(order, reversed(range(60))))
    assert list(outbox.unpublished("9999")) == [(order(number).received_at, order(number).key) for number in range(60)]
    assert _listed(outbox, order(2).received_at) == ["m-0", "m-1"]
    for _ in range(2):
        outbox.mark([Mark(order(1))])
        assert _listed(outbox, order(3).received_at) == ["m-0", "m-2"]


def test_unpublished_events_are_loaded_whole_by_arrival(client: Any, outbox: DynamoOutbox) -> None:
    events = [order(1), order(2, user="u-7"), order(3, body_reference="bodies/1")]
    _claim(client, *events)
    outbox.mark([Mark(events[0])])
    keys = [each.key for each in (order(4), *reversed(events))]
    assert outbox.load(keys) == events[1:]


def test_a_shard_is_read_page_by_page(client: Any, outbox: DynamoOutbox, monkeypatch: pytest.MonkeyPatch) -> None:
    events = list(islice(_of_one_shard(), 5))
    _claim(client, *events)
    monkeypatch.setattr("webhooks.aws.outbox.PAGE", 4)
    queries = requests(client, "Query")
    listed = outbox.unpublished("9999")
    assert [key for _, key in islice(listed, 3)] == [each.key for each in events[:3]]
    assert len(queries) == SHARDS
    assert [key for _, key in listed] == [each.key for each in events[3:]]


def test_a_mark_takes_the_event_off_the_index(client: Any, outbox: DynamoOutbox) -> None:
    events = [order(1), replace(order(2), others=("Archive", "Mailing"))]
    _claim(client, *events)
    before = _items(client)
    outbox.mark([Mark(events[0]), Mark(events[1], ("Mailing", "Archive"))])
    (left,) = outbox.load([each.key for each in events])
    assert (left, left.pending) == (events[1], ("Archive", "Mailing"))
    outbox.mark([Mark(left)])
    assert _listed(outbox) == []
    assert _items(client) == [{name: item[name] for name in item if name != "unpublished_shard"} for item in before]


@pytest.mark.parametrize(("others", "pending"), [((), ()), (("Archive",), ()), (("Archive",), ("Archive",))])
def test_a_mark_stores_new_handlers(
    client: Any, outbox: DynamoOutbox, others: tuple[str, ...], pending: tuple[str, ...]
) -> None:
    claimed = replace(order(1), others=others)
    _claim(client, claimed)
    outbox.mark([Mark(claimed, pending, ("Mailing",))])
    (item,) = _items(client)
    assert ("unpublished_shard" in item, event_of(item).pending) == (bool(pending), pending)
    assert event_of(item).others == (*others, "Mailing")


def test_many_marks_take_few_calls(client: Any, outbox: DynamoOutbox) -> None:
    events = list(map(order, range(51)))
    _claim(client, *events)
    batches = requests(client, "BatchExecuteStatement")
    outbox.mark([Mark(each) for each in events])
    assert (_listed(outbox), [len(each["Statements"]) for each in batches]) == ([], [25, 25, 1])


def test_marked_or_deleted_events_are_left_alone(
    client: Any, outbox: DynamoOutbox, caplog: pytest.LogCaptureFixture
) -> None:
    """Another relay or ingest marked it, it expired, or it was listed twice."""
    _claim(client, *map(order, (1, 2)))
    outbox.mark([Mark(order(1))])
    before = _items(client)[:1]
    outbox.mark([Mark(order(1), ("Archive",)), Mark(order(2)), Mark(order(2)), Mark(order(3))])
    assert _listed(outbox) == []
    assert _items(client)[:1] == before
    assert len(_items(client)) == 2
    assert caplog.records == []


@pytest.mark.parametrize("code", ["ThrottlingError", "ProvisionedThroughputExceeded", "InternalServerError"])
def test_each_mark_has_its_own_result(
    client: Any, outbox: DynamoOutbox, code: str, caplog: pytest.LogCaptureFixture
) -> None:
    events = list(map(order, range(30)))
    _claim(client, *events)
    tries = refuse_marks(client, "m-27", code)
    outbox.mark([Mark(each) for each in events])
    assert (_listed(outbox), len(tries)) == (["m-27"], 2)
    (line,) = map(vars, caplog.records)
    assert (line["message"], line["message_id"], line["cause"]) == ("not marked as published", "m-27", code)


def test_a_twice_listed_event_is_loaded_once(client: Any, outbox: DynamoOutbox) -> None:
    _claim(client, order(1))
    assert outbox.load([order(1).key] * 2) == [order(1)]


def test_missing_items_are_requested_again(client: Any, outbox: DynamoOutbox) -> None:
    events = list(map(order, range(25)))
    _claim(client, *events)
    answer_in_parts(client, "InboxTable", 10)
    assert outbox.load([each.key for each in events]) == events


def test_items_are_read_consistently(client: Any, outbox: DynamoOutbox) -> None:
    asked = requests(client, "BatchGetItem")
    outbox.load([event().key])
    assert [request["RequestItems"]["InboxTable"]["ConsistentRead"] for request in asked] == [True]


def test_the_lease_has_one_holder_until_it_ends(client: Any, lease: DynamoLease) -> None:
    assert lease.take("one", now=1000, seconds=50)
    assert not lease.take("other", now=1049, seconds=50)
    assert lease.take("other", now=1050, seconds=50)
    (item,) = client.scan(TableName="OnceTable")["Items"]
    assert item["expiration"] == {"N": "1100"}, "DynamoDB deletes an abandoned lease"


def test_the_holder_may_lease_again(lease: DynamoLease) -> None:
    lease.take("one", now=1000, seconds=50)
    assert lease.take("one", now=1001, seconds=50)
    assert not lease.take("other", now=1050, seconds=50)


def test_only_the_holder_releases_the_lease(lease: DynamoLease) -> None:
    lease.release("nobody")
    lease.take("one", now=1000, seconds=50)
    lease.release("other")
    assert not lease.take("other", now=1000, seconds=50)
    lease.release("one")
    assert lease.take("other", now=1000, seconds=50)


def test_a_failure_propagates_or_is_not_marked(broken: dict[str, Any], caplog: pytest.LogCaptureFixture) -> None:
    client = boto3.client("dynamodb", **broken)
    outbox = DynamoOutbox(client, "NoSuchTable")
    for call in (
        lambda: next(outbox.unpublished("9999")),
        lambda: outbox.load([event().key]),
        lambda: DynamoLease(client, "NoSuchTable").take("me", now=1000, seconds=50),
    ):
        with pytest.raises((BotoCoreError, ClientError)):
            call()
    outbox.mark([Mark(event()), Mark(order(1))])
    lines = [vars(record) for record in caplog.records]
    assert [(line["message"], line["message_id"]) for line in lines] == [("not marked as published", "m-1")] * 2
