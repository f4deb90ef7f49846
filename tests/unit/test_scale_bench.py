"""What benchmarks/scale.py measures with: the inbox that is made up as it is read, and the spread of writes."""

from datetime import UTC, datetime
from typing import Any

import pytest

from benchmarks import scale, spread
from benchmarks.inbox_stand_in import INBOX, TYPES, FullInbox
from webhooks.aws.inbox_table import SHARDS, event_key, table_key
from webhooks.event import EventKey

EVENTS = 1000
LAST = datetime(2026, 11, 24, 12, tzinfo=UTC)


@pytest.fixture
def inbox() -> FullInbox:
    return FullInbox(EVENTS, LAST, unpublished=True)


def _pages(inbox: FullInbox, limit: int, partition: str, **more: Any) -> list[list[dict[str, Any]]]:
    """All pages of a partition of the index of unpublished events, or by type."""
    if "#" in partition:
        asked = {":partition": {"S": partition}, ":since": {"S": "0"}, ":until": {"S": "9999"}}
    else:
        asked = {":shard": {"S": partition}, ":before": {"S": "9999"}}
    request: dict[str, Any] = {"IndexName": "-", "ExpressionAttributeValues": asked, "Limit": limit, **more}
    found = []
    while True:
        answer = inbox.answer("Query", request)[1]
        found.append(answer["Items"])
        if "LastEvaluatedKey" not in answer:
            return found
        request["ExclusiveStartKey"] = answer["LastEvaluatedKey"]


def _numbers(pages: list[list[dict[str, Any]]]) -> list[int]:
    return [int(item["message_id"]["S"].removeprefix("m-")) for page in pages for item in page]


def test_the_shards_hold_each_event_once_in_order_of_time(inbox: FullInbox) -> None:
    shards = [_numbers(_pages(inbox, 10, str(shard))) for shard in range(SHARDS)]
    assert all(shard == sorted(shard) for shard in shards)
    assert sorted(number for shard in shards for number in shard) == list(range(EVENTS))


def test_a_page_is_no_longer_than_asked_and_the_next_goes_on_behind_it(inbox: FullInbox) -> None:
    by_tens, whole = _pages(inbox, 10, "3"), _pages(inbox, EVENTS, "3")
    assert {len(page) for page in by_tens[:-1]} == {10}
    assert _numbers(by_tens) == _numbers(whole)
    assert inbox.counts["Query"] == len(by_tens) + 1
    assert inbox.counts["entries"] == 2 * len(_numbers(whole))


def test_the_newest_come_first_where_that_is_asked_for(inbox: FullInbox) -> None:
    partition = f"{TYPES[0]}#5"
    backwards = _pages(inbox, 2, partition, ScanIndexForward=False)
    assert _numbers(backwards) == _numbers(_pages(inbox, 2, partition))[::-1] != []


def test_only_what_was_received_in_time_is_told(inbox: FullInbox) -> None:
    values = {":shard": {"S": "0"}, ":before": {"S": "2026-11-24T11:55"}}
    told = inbox.answer("Query", {"IndexName": "-", "ExpressionAttributeValues": values, "Limit": EVENTS})[1]["Items"]
    assert 0 < len(told) < len(_numbers(_pages(inbox, EVENTS, "0")))
    assert max(item["received_at"]["S"] for item in told) < "2026-11-24T11:55"


def test_what_is_marked_is_published_and_out_of_its_index(inbox: FullInbox) -> None:
    key = table_key(EventKey("m-7", "acme", TYPES[7 % len(TYPES)]))
    before = sum(len(_numbers(_pages(inbox, 100, str(shard)))) for shard in range(SHARDS))
    inbox.answer("UpdateItem", {"Key": key})
    after = [number for shard in range(SHARDS) for number in _numbers(_pages(inbox, 100, str(shard)))]
    assert (len(after), 7 in after) == (before - 1, False)
    (item,) = inbox.answer("BatchGetItem", {"RequestItems": {INBOX: {"Keys": [key]}}})[1]["Responses"][INBOX]
    assert "unpublished_shard" not in item
    assert event_key(item) == EventKey("m-7", "acme", TYPES[7 % len(TYPES)])


def test_reads_are_counted_as_dynamodb_counts_them(inbox: FullInbox) -> None:
    key = table_key(EventKey("m-7", "acme", TYPES[7 % len(TYPES)]))
    inbox.answer("BatchGetItem", {"RequestItems": {INBOX: {"Keys": [key, key]}}})
    assert (inbox.counts["items"], inbox.counts["half units"]) == (2, 4)
    inbox.answer("BatchGetItem", {"RequestItems": {"once": {"Keys": [key]}}})
    assert (inbox.counts["items"], inbox.counts["half units"]) == (2, 6)
    _pages(inbox, EVENTS, "0")  # 62 entries of about 110 bytes
    assert inbox.counts["half units"] == 8


def test_whatever_ids_a_sender_counts_up_no_shard_takes_much_more_than_its_share() -> None:
    for told in spread.spread(20_000):
        assert 1 / SHARDS <= told["unpublished"] < 1.1 / SHARDS, told["ids"]
        assert told["by_type"] == told["unpublished"]
        assert told["under_one_key"] == 1


def test_a_family_of_ids_that_meets_in_one_place_would_be_seen(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(spread, "families", lambda: {"all the same": lambda _: "m-1"})
    (told,) = spread.spread(100)
    assert (told["unpublished"], told["under_one_key"]) == (1, 100)


def test_the_table_tells_what_one_event_takes() -> None:
    counts = {"Query": 20, "UpdateItem": 1000, "items": 1000, "half units": 2000}
    run = {"seconds": 2.0, "cpu": 1.5, "peak_kb": 51_200, "growth_kb": 1024, "counts": counts}
    told = {
        "relay": [run | {"events": 4000, "published": 1000}],
        "command": [{"inbox": 1000, "replay, one type": run | {"events": 100}}],
        "spread": [{"ids": "any", "unpublished": 0.0635, "by_type": 0.0635, "under_one_key": 1}],
    }
    lines = scale.table(told).splitlines()
    assert "| 4,000 | 1,000 | 500 | 1.50 | 1.02 | 1.00 | 50.0 | 1.0 |" in lines
    assert "| replay, one type | 1,000 | 100 | 10.20 | 0.00 | 10.00 | 10.00 | 50.0 | 1.0 |" in lines
    assert "| any | 6.35%, 1.016 times | 6.35%, 1.016 times | 1 |" in lines
