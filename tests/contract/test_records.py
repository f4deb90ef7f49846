"""Records in DynamoDB: the newest state stays."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace
from itertools import permutations

import pytest

from tests.contract.account import aws, create_table
from webhooks.aws.records import DynamoRecords
from webhooks.records import Record

FIRST = Record("ORDER#1", "ORDER", "2021-10-12T18:07:26.0000000Z 0 m-1", "CreateOrderEvent", {"OrderStatus": "first"})
SECOND = replace(FIRST, version="2021-10-12T18:07:26.0000001Z 1 m-0", fields={"OrderStatus": "second"})
THIRD = replace(FIRST, version="2021-10-13T00:00:00.0000000Z 1 m-2", fields={"OrderStatus": "third"})


@dataclass
class _Subject:
    records: DynamoRecords
    status: Callable[[str, str], object]


@pytest.fixture
def subject() -> _Subject:
    client, table = aws("dynamodb"), create_table("RecordsTable")

    def status(pk: str, sk: str) -> object:
        return client.get_item(TableName=table, Key={"pk": {"S": pk}, "sk": {"S": sk}})["Item"]["OrderStatus"]["S"]

    return _Subject(DynamoRecords(client, table), status)


def test_a_newer_record_replaces_an_older_one(subject: _Subject) -> None:
    assert subject.records.save(FIRST)
    assert subject.records.save(SECOND)
    assert subject.status("ORDER#1", "ORDER") == "second"


def test_an_older_record_never_replaces_a_newer_one(subject: _Subject) -> None:
    subject.records.save(SECOND)
    assert not subject.records.save(FIRST)
    assert subject.status("ORDER#1", "ORDER") == "second"


def test_the_same_event_again_may_repair_its_record(subject: _Subject) -> None:
    """By a handler that does better now. By the same handler it changes nothing."""
    assert subject.records.save(replace(FIRST, fields={"OrderStatus": "wrong"}))
    assert subject.records.save(FIRST)
    assert subject.status("ORDER#1", "ORDER") == "first"


@pytest.mark.parametrize("order", list(permutations([FIRST, SECOND, THIRD])))
def test_in_any_order_the_newest_stays(subject: _Subject, order: Sequence[Record]) -> None:
    for record in [*order, *order]:
        subject.records.save(record)
    assert subject.status("ORDER#1", "ORDER") == "third"


@pytest.mark.parametrize(("pk", "sk"), [("ORDER#1", "PAYMENT#1"), ("ORDER#2", "ORDER")])
def test_another_key_is_another_record(subject: _Subject, pk: str, sk: str) -> None:
    subject.records.save(THIRD)
    assert subject.records.save(replace(FIRST, pk=pk, sk=sk))
    assert subject.status("ORDER#1", "ORDER") == "third"
    assert subject.status(pk, sk) == "first"
