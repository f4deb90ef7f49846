"""The inbox in DynamoDB, as the relay uses it: unpublished events; and the lease."""

from collections.abc import Iterator
from datetime import timedelta
from itertools import count, islice
from typing import Any

import boto3
import pytest
from botocore.exceptions import BotoCoreError, ClientError

from tests.contract.account import create_table
from tests.contract.hooks import answer_in_parts, requests
from tests.unit.examples import event, order
from webhooks.aws.inbox import DynamoInbox
from webhooks.aws.inbox_table import SHARDS, new_item
from webhooks.aws.outbox import DynamoLease, DynamoOutbox
from webhooks.event import AcceptedEvent

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
        assert outbox.mark_published(order(1))
        assert _listed(outbox, order(3).received_at) == ["m-0", "m-2"]


def test_unpublished_events_are_loaded_whole_by_arrival(client: Any, outbox: DynamoOutbox) -> None:
    events = [order(1), order(2, user="u-7"), order(3, body_reference="bodies/1")]
    _claim(client, *events)
    outbox.mark_published(events[0])
    keys = [each.key for each in (order(4), *reversed(events))]
    assert outbox.load(keys) == events[1:]


def test_a_shard_is_read_page_by_page(client: Any, outbox: DynamoOutbox) -> None:
    events = list(islice(_of_one_shard(), 101))
    _claim(client, *events)
    queries = requests(client, "Query")
    listed = outbox.unpublished("9999")
    assert [key for _, key in islice(listed, 99)] == [each.key for each in events[:99]]
    assert len(queries) == SHARDS
    assert [key for _, key in listed] == [each.key for each in events[99:]]


def test_items_left_out_of_a_response_are_requested_again(client: Any, outbox: DynamoOutbox) -> None:
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


def test_a_failure_propagates_or_is_not_marked(broken: dict[str, Any]) -> None:
    client = boto3.client("dynamodb", **broken)
    outbox = DynamoOutbox(client, "NoSuchTable")
    for call in (
        lambda: next(outbox.unpublished("9999")),
        lambda: outbox.load([event().key]),
        lambda: DynamoLease(client, "NoSuchTable").take("me", now=1000, seconds=50),
    ):
        with pytest.raises((BotoCoreError, ClientError)):
            call()
    assert not outbox.mark_published(event())
