"""What only the inbox in DynamoDB promises: the item, and what its failures become."""

from datetime import UTC, datetime, timedelta
from typing import TYPE_CHECKING, Any

import boto3
import pytest

from tests.contract.account import aws, create_table
from tests.unit.examples import ORDER_KEY, event
from tools.template import load_template
from webhooks.aws.inbox import DynamoInbox
from webhooks.aws.inbox_table import SHARDS, event_of
from webhooks.errors import Unavailable
from webhooks.event import EventKey

if TYPE_CHECKING:
    from mypy_boto3_dynamodb.type_defs import AttributeValueTypeDef

RETENTION = timedelta(days=35)
BODY = ' { "Name":"Zo\\u00eb Zoë", "Amount":20.0,\n"Big":123456789012345678901234567890 }\n'


def _item(**changes: str) -> dict[str, "AttributeValueTypeDef"]:
    client, table = aws("dynamodb"), create_table("InboxTable")
    DynamoInbox(client, table, RETENTION).claim(event(BODY, ORDER_KEY, **changes), "request-1", "first")
    (item,) = client.scan(TableName=table)["Items"]
    return dict(item)


def test_the_item_holds_what_the_delivery_told_and_the_body_to_the_letter() -> None:
    item = _item(user="u-7", event_date="2021-10-12T18:07:26.8794398Z", received_at="2021-10-12T18:08:00.0000000Z")
    for indexed in ("unpublished_shard", "type_shard", "expires_at"):
        del item[indexed]
    assert item == {
        "message_id": {"S": "m-1"},
        "client_and_type": {"S": "acme CreateOrderEvent"},
        "user": {"S": "u-7"},
        "event_date": {"S": "2021-10-12T18:07:26.8794398Z"},
        "received_at": {"S": "2021-10-12T18:08:00.0000000Z"},
        "body": {"S": BODY},
        "claimed_by": {"S": "request-1"},
        "token_label": {"S": "first"},
    }


@pytest.mark.parametrize("told", [{}, {"user": "u-7", "event_date": "2021-10-12T18:07:26.8794398Z"}])
def test_the_item_becomes_the_event_again(told: dict[str, str]) -> None:
    assert event_of(_item(**told)) == event(BODY, ORDER_KEY, **told)


def test_a_body_that_is_stored_aside_leaves_its_reference() -> None:
    client, table = aws("dynamodb"), create_table("InboxTable")
    aside = event("", body_reference="bodies/1")
    DynamoInbox(client, table, RETENTION).claim(aside, "request-1")
    (item,) = client.scan(TableName=table)["Items"]
    assert ("body" in item, item["body_reference"]) == (False, {"S": "bodies/1"})
    assert event_of(item) == aside


def test_what_the_delivery_did_not_tell_is_absent() -> None:
    assert not {"user", "event_date", "body_reference"} & _item().keys()


def test_the_item_expires_when_its_retention_is_over_under_the_name_that_the_template_enables() -> None:
    expiry = load_template()["Resources"]["InboxTable"]["Properties"]["TimeToLiveSpecification"]
    expected = datetime(2021, 10, 12, 18, 8, tzinfo=UTC) + RETENTION
    assert expiry["Enabled"]
    assert _item()[expiry["AttributeName"]] == {"N": str(int(expected.timestamp()))}


def test_events_are_spread_over_every_shard_of_both_indexes() -> None:
    client, table = aws("dynamodb"), create_table("InboxTable")
    inbox = DynamoInbox(client, table, RETENTION)
    for number in range(200):
        inbox.claim(event(key=EventKey(f"m-{number}", "acme", "T")), "me")
    items = client.scan(TableName=table)["Items"]
    shards = [item["unpublished_shard"]["S"] for item in items]
    assert set(shards) == {str(shard) for shard in range(SHARDS)}
    assert [item["type_shard"]["S"] for item in items] == [f"T#{shard}" for shard in shards]


def test_the_events_of_a_type_are_listed_by_time_after_publishing_too() -> None:
    client, table = aws("dynamodb"), create_table("InboxTable")
    inbox = DynamoInbox(client, table, RETENTION)
    inbox.claim(event(), "me")
    inbox.mark_published(event())
    (listed,) = client.scan(TableName=table, IndexName="by_type")["Items"]
    assert listed["received_at"] == {"S": event().received_at}


def test_a_failure_is_unavailable_on_claim_and_false_on_mark(broken: dict[str, Any]) -> None:
    inbox = DynamoInbox(boto3.client("dynamodb", **broken), "NoSuchTable", RETENTION)
    with pytest.raises(Unavailable, match="the inbox"):
        inbox.claim(event(), "me")
    assert not inbox.mark_published(event())
