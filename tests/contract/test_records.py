"""Records in DynamoDB: the newest state stays, whatever the order of arrival."""

from collections.abc import Sequence
from dataclasses import replace
from decimal import Decimal
from itertools import permutations
from typing import Any

import boto3
import pytest
from botocore.exceptions import BotoCoreError, ClientError

from tests.contract.account import aws, create_table
from webhooks.aws.records import DynamoRecords
from webhooks.records import Record

FIRST = Record("ORDER#1", "ORDER", "2021-10-12T18:07:26.0000000Z 0 m-1", "CreateOrderEvent", {"OrderStatus": "first"})
SECOND = replace(FIRST, version="2021-10-12T18:07:26.0000001Z 1 m-0", fields={"OrderStatus": "second"})
THIRD = replace(FIRST, version="2021-10-13T00:00:00.0000000Z 1 m-2", fields={"OrderStatus": "third"})


@pytest.fixture
def records() -> DynamoRecords:
    return DynamoRecords(aws("dynamodb"), create_table("RecordsTable"))


def _items() -> list[dict[str, Any]]:
    return list(boto3.resource("dynamodb").Table("RecordsTable").scan()["Items"])


@pytest.mark.parametrize("arrivals", list(permutations([FIRST, SECOND, THIRD])))
def test_the_newest_state_stays_in_any_order(records: DynamoRecords, arrivals: Sequence[Record]) -> None:
    newest = ""
    for record in [*arrivals, *arrivals]:
        newest = max(newest, record.version)
        assert records.save(record) == (record.version == newest)
    assert [item["OrderStatus"] for item in _items()] == ["third"]


def test_the_same_event_may_correct_its_record(records: DynamoRecords) -> None:
    assert records.save(replace(FIRST, fields={"OrderStatus": "wrong"}))
    assert records.save(FIRST)
    assert [item["OrderStatus"] for item in _items()] == ["first"]


@pytest.mark.parametrize(("pk", "sk"), [("ORDER#1", "PAYMENT#1"), ("ORDER#2", "ORDER")])
def test_another_key_is_another_record(records: DynamoRecords, pk: str, sk: str) -> None:
    records.save(THIRD)
    assert records.save(replace(FIRST, pk=pk, sk=sk))
    assert sorted(str(item["OrderStatus"]) for item in _items()) == ["first", "third"]


def test_fields_are_stored_under_their_records_names(records: DynamoRecords) -> None:
    fields = {"Amount": Decimal("20.0"), "Carrier": "", "Void": None, "Deep": [{"x": [Decimal("0.1"), False]}]}
    theirs = {"pk": "ORDER#2", "sk": "X", "version": "z", "event_type": "X", "": "no name"}
    ours = {"pk": "ORDER#1", "sk": "ORDER", "version": FIRST.version, "event_type": "CreateOrderEvent"}
    records.save(replace(FIRST, fields=fields | theirs))
    assert _items() == [fields | ours]


def test_a_failure_propagates(broken: dict[str, Any]) -> None:
    with pytest.raises((BotoCoreError, ClientError)):
        DynamoRecords(boto3.client("dynamodb", **broken), "NoSuchTable").save(FIRST)
