"""What only the outbox in DynamoDB promises: pages, read when they are needed, and parts of an answer."""

from collections.abc import Iterator
from datetime import timedelta
from itertools import count, islice
from typing import Any

import boto3
import pytest
from botocore.exceptions import BotoCoreError, ClientError

from tests.contract.account import create_table
from tests.contract.hooks import answer_in_parts, requests
from tests.unit.examples import event
from webhooks.aws.inbox import DynamoInbox
from webhooks.aws.inbox_table import SHARDS, new_item
from webhooks.aws.outbox import DynamoOutbox
from webhooks.event import AcceptedEvent, EventKey

RETENTION = timedelta(days=35)


@pytest.fixture
def client() -> Any:
    create_table("InboxTable")
    return boto3.client("dynamodb")


def _of_one_shard() -> Iterator[AcceptedEvent]:
    for number in count():
        made = event(key=EventKey(f"m-{number}", "acme", "T"), received_at=f"2021-10-12T18:08:00.{number:07}Z")
        if new_item(made, "me", "first", RETENTION)["unpublished_shard"] == {"S": "0"}:
            yield made


def test_a_shard_is_read_page_by_page_as_its_events_are_taken(client: Any) -> None:
    inbox, outbox = DynamoInbox(client, "InboxTable", RETENTION), DynamoOutbox(client, "InboxTable")
    events = list(islice(_of_one_shard(), 101))
    for each in events:
        inbox.claim(each, "me")
    queries = requests(client, "Query")
    listed = outbox.unpublished("9999")
    assert [key for _, key in islice(listed, 99)] == [each.key for each in events[:99]]
    assert len(queries) == SHARDS
    assert [key for _, key in listed] == [each.key for each in events[99:]]
    assert len(queries) == SHARDS + 1


def test_what_dynamodb_does_not_return_at_once_is_asked_for_again(client: Any) -> None:
    events = list(islice(_of_one_shard(), 25))
    for each in events:
        DynamoInbox(client, "InboxTable", RETENTION).claim(each, "me")
    answer_in_parts(client, "InboxTable", 10)
    asked = requests(client, "BatchGetItem")
    assert DynamoOutbox(client, "InboxTable").load([each.key for each in events]) == events
    assert len(asked) == 3


def test_the_items_are_read_as_they_are_not_as_they_were(client: Any) -> None:
    asked = requests(client, "BatchGetItem")
    DynamoOutbox(client, "InboxTable").load([event().key])
    assert [request["RequestItems"]["InboxTable"]["ConsistentRead"] for request in asked] == [True]


def test_a_lease_expires_by_itself_under_the_name_that_the_template_enables(client: Any) -> None:
    DynamoOutbox(client, "InboxTable").lease("me", now=1000, seconds=50)
    (item,) = client.scan(TableName="InboxTable")["Items"]
    assert item["expires_at"] == {"N": "1050"}


def test_a_failure_to_read_or_to_lease_propagates_and_one_to_mark_is_false(broken: dict[str, Any]) -> None:
    outbox = DynamoOutbox(boto3.client("dynamodb", **broken), "NoSuchTable")
    with pytest.raises((BotoCoreError, ClientError)):
        next(outbox.unpublished("9999"))
    with pytest.raises((BotoCoreError, ClientError)):
        outbox.load([event().key])
    with pytest.raises((BotoCoreError, ClientError)):
        outbox.lease("me", now=1000, seconds=50)
    assert not outbox.mark_published(event())
