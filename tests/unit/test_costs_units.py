"""What AWS charges for a call, by its documentation."""

from typing import Any

import pytest

from benchmarks.costs.calls import CHUNK, usage, write
from benchmarks.costs.dynamodb import Index, Item, Table, size
from benchmarks.costs.prices import READ, SQS_FAIR, SQS_REQUEST, WRITE

TABLE = Table(("id",), (Index(("shard", "at"), frozenset({"id", "shard", "at"})), Index(("type",), None)))


def item(filler: int = 0, **more: str) -> Item:
    return {"id": {"S": "1"}, "body": {"S": "x" * filler}, **{name: {"S": value} for name, value in more.items()}}


@pytest.mark.parametrize(
    ("value", "expected"),
    [
        ({"S": "é"}, 2),
        ({"N": "0"}, 1),
        ({"N": "1637755200"}, 5),
        ({"N": "-20.5"}, 4),
        ({"BOOL": True}, 1),
        ({"NULL": True}, 1),
        ({"M": {"b": {"S": "cd"}}}, 3 + 3 + 1),
        ({"L": [{"S": "ab"}, {"BOOL": False}]}, 3 + 3 + 2),
    ],
)
def test_an_attribute_is_its_name_and_its_value(value: dict[str, Any], expected: int) -> None:
    assert size({"name": value}) == 4 + expected


@pytest.mark.parametrize(
    ("before", "after", "expected"),
    [
        pytest.param(None, item(), 1, id="in no index"),
        pytest.param(None, item(1017), 1, id="exactly 1 KB"),
        pytest.param(None, item(1018), 2, id="a byte more"),
        pytest.param(item(3000), item(10), 3, id="charged for the larger of the two"),
        pytest.param(None, item(3000, shard="3", at="1"), 3 + 1, id="an index of keys takes one unit"),
        pytest.param(None, item(3000, type="a"), 3 + 3, id="an index of everything takes as many as the table"),
        pytest.param(item(shard="3", at="1"), item(at="1"), 1 + 1, id="out of a sparse index"),
        pytest.param(item(shard="3", at="1"), item(5, shard="3", at="1"), 1, id="an index that does not change"),
        pytest.param(item(shard="3", at="1"), item(shard="4", at="1"), 1 + 2, id="a changed index key: out and in"),
        pytest.param(item(type="a"), item(5, type="a"), 1 + 1, id="a change of what an index holds"),
        pytest.param(item(3000, type="a"), item(3000, type="a"), 3, id="a condition that failed"),
        pytest.param(None, None, 1, id="a condition that failed on nothing"),
        pytest.param(item(type="a"), None, 1 + 1, id="a deletion"),
    ],
)
def test_a_write_is_charged_for_by_what_it_found_and_left(
    before: Item | None, after: Item | None, expected: int
) -> None:
    assert write(TABLE, before, after) == ((WRITE, expected),)


def test_storage_is_billed_with_100_bytes_for_each_item_and_entry() -> None:
    kept = item(50, shard="3", at="1")
    assert TABLE.stored_bytes(kept) == (size(kept) + 100, len("id1") + len("shard3") + len("at1") + 100)


@pytest.mark.parametrize(("length", "requests"), [(0, 1), (CHUNK - 15, 1), (CHUNK - 14, 2)])
def test_a_message_is_charged_for_by_64_kb_attributes_included(length: int, requests: int) -> None:
    attributes = {"Name": {"DataType": "String", "StringValue": "value"}}
    sent = {"MessageBody": "x" * length, "MessageAttributes": attributes}
    received = {"Messages": [{"Body": "x" * length, "MessageAttributes": attributes}]}
    assert usage("SendMessage", sent, {}) == ((SQS_REQUEST, requests),)
    assert usage("ReceiveMessage", {}, received) == ((SQS_REQUEST, requests),)


def test_a_message_group_is_charged_for_too() -> None:
    sent = {"MessageBody": "{}", "MessageAttributes": {}, "MessageGroupId": "acme"}
    assert usage("SendMessage", sent, {}) == ((SQS_REQUEST, 1), (SQS_FAIR, 1))


@pytest.mark.parametrize(("found", "units"), [([], 0.5), ([item(4000)], 0.5), ([item(4000), item(4000)], 1)])
def test_a_query_is_half_a_unit_for_each_4_kb_and_for_nothing(found: list[Item], units: float) -> None:
    assert usage("Query", {}, {"Items": found}) == ((READ, units),)


def test_a_call_without_a_stated_price_is_refused() -> None:
    with pytest.raises(NotImplementedError, match="TransactWriteItems"):
        usage("TransactWriteItems", {}, {})
