"""The fake AWS with a full inbox, and the spread of writes."""

from datetime import UTC, datetime
from typing import Any

import pytest

from benchmarks import scale
from benchmarks.full_inbox import INBOX, TYPES, FullInbox
from webhooks.aws.inbox_table import SHARDS, event_key, table_key
from webhooks.event import EventKey

EVENTS = 1000
LAST = datetime(2026, 11, 24, 12, tzinfo=UTC)


@pytest.fixture
def inbox() -> FullInbox:
    return FullInbox(EVENTS, LAST, unpublished=True)


def _call(inbox: FullInbox, operation: str, params: dict[str, Any]) -> dict[str, Any]:
    _, content = inbox.answer(operation, params)
    assert isinstance(content, dict)
    return content


def _pages(inbox: FullInbox, limit: int, partition: str, **more: Any) -> list[list[dict[str, Any]]]:
    """All pages of a partition of either index."""
    if partition in TYPES:
        values = {":key": {"S": partition}, ":since": {"S": "0"}, ":until": {"S": "9999"}}
    else:
        values = {":shard": {"S": partition}, ":before": {"S": "9999"}}
    params: dict[str, Any] = {"IndexName": "-", "ExpressionAttributeValues": values, "Limit": limit, **more}
    pages = []
    while True:
        answer = _call(inbox, "Query", params)
        pages.append(answer["Items"])
        if "LastEvaluatedKey" not in answer:
            return pages
        params["ExclusiveStartKey"] = answer["LastEvaluatedKey"]


def _numbers(pages: list[list[dict[str, Any]]]) -> list[int]:
    return [int(item["message_id"]["S"].removeprefix("m-")) for page in pages for item in page]


def _key(number: int) -> Any:
    return table_key(EventKey(f"m-{number}", "acme", TYPES[number % len(TYPES)]))


def test_shards_hold_each_event_once_by_time(inbox: FullInbox) -> None:
    shards = [_numbers(_pages(inbox, 10, str(shard))) for shard in range(SHARDS)]
    assert all(shard == sorted(shard) for shard in shards)
    assert sorted(number for shard in shards for number in shard) == list(range(EVENTS))


@pytest.mark.parametrize("order", [{}, {"ScanIndexForward": False}])
def test_pages_continue_where_the_last_ended(inbox: FullInbox, order: dict[str, bool]) -> None:
    partition = TYPES[0]
    small, whole = _pages(inbox, 2, partition, **order), _pages(inbox, EVENTS, partition, **order)
    assert {len(page) for page in small[:-1]} == {2}
    assert _numbers(small) == _numbers(whole) == sorted(_numbers(whole), reverse=bool(order))
    assert inbox.counts["entries"] == 2 * len(_numbers(whole))


def test_query_respects_its_time_range(inbox: FullInbox) -> None:
    values = {":shard": {"S": "0"}, ":before": {"S": "2026-11-24T11:55"}}
    found = _call(inbox, "Query", {"IndexName": "-", "ExpressionAttributeValues": values, "Limit": EVENTS})["Items"]
    assert 0 < len(found) < len(_numbers(_pages(inbox, EVENTS, "0")))
    assert max(item["received_at"]["S"] for item in found) < "2026-11-24T11:55"


def test_marked_event_leaves_the_index(inbox: FullInbox) -> None:
    _call(inbox, "BatchExecuteStatement", {"Statements": [{"Parameters": list(_key(7).values())}]})
    after = [number for shard in range(SHARDS) for number in _numbers(_pages(inbox, 100, str(shard)))]
    assert (len(after), 7 in after) == (EVENTS - 1, False)
    (item,) = _call(inbox, "BatchGetItem", {"RequestItems": {INBOX: {"Keys": [_key(7)]}}})["Responses"][INBOX]
    assert "unpublished_shard" not in item
    assert event_key(item).message_id == "m-7"


def test_reads_are_counted_as_dynamodb_does(inbox: FullInbox) -> None:
    _call(inbox, "BatchGetItem", {"RequestItems": {INBOX: {"Keys": [_key(7), _key(8)]}}})
    assert (inbox.counts["items"], inbox.counts["half units"]) == (2, 4)
    _call(inbox, "BatchGetItem", {"RequestItems": {"once": {"Keys": [_key(7)]}}})
    assert (inbox.counts["items"], inbox.counts["half units"]) == (2, 6)
    _pages(inbox, EVENTS, "0")  # 62 entries of about 110 bytes
    assert inbox.counts["half units"] == 8


def test_message_ids_spread_evenly() -> None:
    for kind in scale.spread(20_000):
        assert 1 / SHARDS <= kind["unpublished"] < 1.1 / SHARDS, kind["ids"]
        assert kind["per_key"] == 1


def test_uneven_spread_is_detected(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(scale, "id_kinds", lambda: {"all the same": lambda _: "m-1"})
    (kind,) = scale.spread(100)
    assert (kind["unpublished"], kind["per_key"]) == (1, 100)


def test_the_relay_publishes_the_whole_inbox() -> None:
    run = scale.relay(EVENTS, delay_ms=0)
    assert (run["events"], run["counts"]["SendMessageBatch"] >= EVENTS / 10) == (EVENTS, True)


def test_each_command_finds_its_events() -> None:
    found = {run["command"]: run["events"] for run in scale.commands(EVENTS)}
    of_a_type = len([number for number in range(EVENTS) if TYPES[number % len(TYPES)] == TYPES[0]])
    assert {name: events for name, events in found.items() if name.startswith("replay")} == {
        "replay, one type": of_a_type
    }
    assert {events for name, events in found.items() if name.startswith("list")} == {scale.LIMIT}
    assert {events for name, events in found.items() if name.startswith("show")} == {1}
