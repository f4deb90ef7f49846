"""What only the records in DynamoDB promise: the item, and that a failure is the handler's failure."""

from decimal import Decimal
from typing import Any

import boto3
import pytest
from botocore.exceptions import BotoCoreError, ClientError

from tests.contract.account import aws, create_table
from webhooks.aws.records import DynamoRecords
from webhooks.records import Record

FIELDS = {
    "Amount": Decimal("20.0"),
    "Huge": Decimal(12345678901234567890123456789012345678),
    "OrderNumber": 1,
    "IsVoid": False,
    "Carrier": "",
    "TrackingNumber": None,
    "WebAliases": ["zoe", None],
    "Unknown": {"Deep": [Decimal("0.1"), {"x": "x"}]},
}


def _kept(fields: dict[str, Any]) -> dict[str, Any]:
    table = create_table("RecordsTable")
    DynamoRecords(aws("dynamodb"), table).save(Record("ORDER#1", "ORDER", "v", "CreateOrderEvent", fields))
    (item,) = boto3.resource("dynamodb").Table(table).scan()["Items"]
    return item


def test_the_item_holds_every_field_as_it_is() -> None:
    ours = {"pk": "ORDER#1", "sk": "ORDER", "version": "v", "event_type": "CreateOrderEvent"}
    assert _kept(FIELDS) == FIELDS | ours


def test_no_field_of_the_vendor_takes_the_place_of_our_own() -> None:
    theirs = {"pk": "ORDER#2", "sk": "X", "version": "z", "event_type": "X"}
    assert _kept(theirs) == {"pk": "ORDER#1", "sk": "ORDER", "version": "v", "event_type": "CreateOrderEvent"}


def test_a_failure_propagates_so_that_the_event_is_handled_again(broken: dict[str, Any]) -> None:
    records = DynamoRecords(boto3.client("dynamodb", **broken), "NoSuchTable")
    with pytest.raises((BotoCoreError, ClientError)):
        records.save(Record("ORDER#1", "ORDER", "v", "CreateOrderEvent", {}))
