"""The inbox in DynamoDB, as ingest uses it."""

import random
import string
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from typing import Any
from zlib import compress

import boto3
import pytest

from tests.contract.account import aws, create_table
from tests.unit.examples import event, order
from tools.template import template
from webhooks.aws.inbox import DynamoInbox
from webhooks.aws.inbox_table import SHARDS, event_of
from webhooks.errors import Unavailable
from webhooks.event import AcceptedEvent, EventKey
from webhooks.policy import INLINE_LIMIT
from webhooks.receive import Outcome

RETENTION = timedelta(days=35)
CLAIMANT = "00000000-0000-4000-8000-000000000001"
BODY = ' { "Name":"Zo\\u00eb Zoë", "Amount":20.0,\n"Big":123456789012345678901234567890 }\n'
LONG = f'{{"Note":"{"Zoë " * 500}"}}'
NOISE = "".join(random.Random(1).choices(string.ascii_letters + string.digits, k=1500))  # noqa: S311 - no secret


@pytest.fixture
def inbox() -> DynamoInbox:
    return DynamoInbox(aws("dynamodb"), create_table("InboxTable"), RETENTION)


def _items(**index: str) -> list[dict[str, Any]]:
    return list(aws("dynamodb").scan(TableName="InboxTable", **index)["Items"])


def _unpublished() -> list[str]:
    return sorted(item["message_id"]["S"] for item in _items(IndexName="unpublished"))


@pytest.mark.parametrize(
    "accepted",
    [
        event(BODY),
        event(BODY, user="u-7", event_date="2021-10-12T18:07:26.8794398Z"),
        event("", body_reference="bodies/1"),
        event(LONG),
        event(key=EventKey("m-1", "acme", "A client's own event"), queue="CustomEvent"),
    ],
)
def test_an_item_becomes_the_event_again(inbox: DynamoInbox, accepted: AcceptedEvent) -> None:
    inbox.claim(accepted, CLAIMANT, "first")
    (item,) = _items()
    assert (event_of(item), event_of(item).queue) == (accepted, accepted.queue)
    assert item["token_label"] == {"S": "first"}
    for name in ("user", "event_date", "body", "body_reference"):
        assert (name in item) == bool(getattr(accepted, name))


@pytest.mark.parametrize(
    ("first", "second", "claimant", "outcome"),
    [
        (event("a"), event("a"), CLAIMANT, Outcome.ACCEPTED),
        (event("a"), event("a", user="u-7", received_at="2021-10-13T18:08:00.0000000Z"), "other", Outcome.DUPLICATE),
        (event("a"), event("a"), CLAIMANT[:-1] + "2", Outcome.DUPLICATE),
        (event("a"), event("b"), "other", Outcome.COLLISION),
        (event("a"), event("", body_reference="bodies/a"), "other", Outcome.COLLISION),
        (event("", body_reference="bodies/a"), event("", body_reference="bodies/a"), "other", Outcome.DUPLICATE),
        (event("", body_reference="bodies/a"), event("", body_reference="bodies/b"), "other", Outcome.COLLISION),
        (event(LONG), event(LONG), "other", Outcome.DUPLICATE),
        (event(LONG), event(LONG.replace("Z", "z")), "other", Outcome.COLLISION),
    ],
)
def test_the_first_claim_stays(
    inbox: DynamoInbox, first: AcceptedEvent, second: AcceptedEvent, claimant: str, outcome: Outcome
) -> None:
    assert inbox.claim(first, CLAIMANT) is Outcome.ACCEPTED
    assert inbox.claim(second, claimant) is outcome
    (item,) = _items()
    assert event_of(item) == first


def test_another_zlibs_compression_is_a_duplicate(inbox: DynamoInbox) -> None:
    inbox.claim(event(LONG), CLAIMANT)
    (item,) = _items()
    aws("dynamodb").put_item(TableName="InboxTable", Item=item | {"body": {"B": compress(LONG.encode(), 1)}})
    assert inbox.claim(event(LONG), "other") is Outcome.DUPLICATE


@pytest.mark.parametrize("part", ["message_id", "client_id", "event_type"])
def test_each_part_of_the_key_counts_case_included(inbox: DynamoInbox, part: str) -> None:
    for value in ("a", "A"):
        accepted = event(key=replace(event().key, **{part: value}))
        assert inbox.claim(accepted, value) is Outcome.ACCEPTED


def test_marking_removes_one_event_from_the_unpublished(inbox: DynamoInbox) -> None:
    for number in (1, 2):
        inbox.claim(order(number), CLAIMANT)
    assert _unpublished() == ["m-1", "m-2"]
    for _ in range(2):
        assert inbox.mark_published(order(1))
        assert _unpublished() == ["m-2"]
    assert inbox.claim(order(1), "other") is Outcome.DUPLICATE
    assert inbox.claim(order(1), CLAIMANT) is Outcome.ACCEPTED
    assert _unpublished() == ["m-2"]
    assert len(_items(IndexName="by_type")) == 2


def test_an_item_expires_with_its_retention(inbox: DynamoInbox) -> None:
    inbox.claim(event(received_at="2021-10-12T18:08:00.0000000Z"), CLAIMANT)
    expiry = template()["Resources"]["InboxTable"]["Properties"]["TimeToLiveSpecification"]
    expected = datetime(2021, 10, 12, 18, 8, tzinfo=UTC) + RETENTION
    assert expiry["Enabled"]
    assert _items()[0][expiry["AttributeName"]] == {"N": str(int(expected.timestamp()))}


def test_unpublished_events_spread_over_all_shards(inbox: DynamoInbox) -> None:
    for number in range(200):
        inbox.claim(order(number), CLAIMANT)
    assert {item["unpublished_shard"]["S"] for item in _items()} == {str(shard) for shard in range(SHARDS)}
    assert {item["type_shard"]["S"] for item in _items()} == {"CreateOrderEvent"}


@pytest.mark.parametrize(("text", "kind"), [(LONG, "B"), ("Zoë " * 100, "S"), (NOISE, "S")])
def test_a_body_is_compressed_where_that_saves(inbox: DynamoInbox, text: str, kind: str) -> None:
    inbox.claim(event(text), CLAIMANT)
    assert list(_items()[0]["body"]) == [kind]


def test_decompression_is_bounded() -> None:
    DynamoInbox(aws("dynamodb"), create_table("InboxTable"), RETENTION).claim(order(1), CLAIMANT)
    (item,) = _items()
    assert len(event_of(item | {"body": {"B": compress(b"x" * 10_000_000)}}).body) == INLINE_LIMIT


def test_compression_starts_with_the_second_write_unit(inbox: DynamoInbox) -> None:
    texts = {f"m-{length}{end}": "x" * length for length in range(864, 874) for end in "abc"}
    for message_id, text in texts.items():
        inbox.claim(event(text, EventKey(message_id, "acme", "T")), CLAIMANT)
    compressed = {}
    for item in _items():
        plain = item | {"body": {"S": texts[item["message_id"]["S"]]}}
        size = sum(len(name) + len(*value.values()) for name, value in plain.items())
        compressed[size] = "B" in item["body"]
    assert {1024, 1025} <= compressed.keys()
    assert all(found == (size > 1024) for size, found in compressed.items())


def test_a_failure_is_unavailable_or_not_marked(broken: dict[str, Any]) -> None:
    inbox = DynamoInbox(boto3.client("dynamodb", **broken), "NoSuchTable", RETENTION)
    with pytest.raises(Unavailable, match="the inbox"):
        inbox.claim(event(), "me")
    assert not inbox.mark_published(event())
