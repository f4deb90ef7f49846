"""Bodies in the items of the inbox: compressed where that saves a write unit, and to the letter when they are read."""

import random
import string
from datetime import timedelta
from typing import Any
from zlib import compress

import pytest

from tests.contract.account import aws, create_table
from tests.unit.examples import event
from tools.bodies import body
from tools.dynamodb import size, units
from webhooks.aws.inbox import DynamoInbox
from webhooks.aws.inbox_table import event_of
from webhooks.receive import Outcome

CLAIMANT = "00000000-0000-4000-8000-000000000001"
NOISE = "".join(random.Random(1).choices(string.ascii_letters + string.digits, k=1500))  # noqa: S311 - no secret


@pytest.fixture
def inbox() -> DynamoInbox:
    return DynamoInbox(aws("dynamodb"), create_table("InboxTable"), timedelta(days=35))


def _item() -> dict[str, Any]:
    (item,) = aws("dynamodb").scan(TableName="InboxTable")["Items"]
    return dict(item)


def _left_by(inbox: DynamoInbox, text: str) -> dict[str, Any]:
    assert inbox.claim(event(text), CLAIMANT) is Outcome.ACCEPTED
    return _item()


@pytest.mark.parametrize("text", [body(2048), "Zoë " * 300, f"{NOISE[:900]}{' ' * 200}"])
def test_a_body_that_would_take_another_unit_is_compressed_and_read_to_the_letter(
    inbox: DynamoInbox, text: str
) -> None:
    item = _left_by(inbox, text)
    assert list(item["body"]) == ["B"]
    assert units(item) == 1 < units(item | {"body": {"S": text}})
    assert event_of(item) == event(text)


@pytest.mark.parametrize("text", [body(), body(512), NOISE])
def test_a_body_that_would_not_or_whose_compression_saves_none_stays_text(inbox: DynamoInbox, text: str) -> None:
    item = _left_by(inbox, text)
    assert item["body"] == {"S": text}
    assert units(item | {"body": {"B": compress(text.encode())}}) == units(item)


def test_compression_begins_where_the_second_unit_does(inbox: DynamoInbox) -> None:
    rest = size(_left_by(inbox, "x")) - 1
    longest = 1024 - rest - 4  # digits are counted one by one, and DynamoDB packs two into a byte
    for length, kind in ((longest, "S"), (longest + 5, "B")):
        aws("dynamodb").delete_item(TableName="InboxTable", Key=_key())
        assert list(_left_by(inbox, "x" * length)["body"]) == [kind]


def test_a_compressed_body_tells_a_duplicate_from_a_collision(inbox: DynamoInbox) -> None:
    inbox.claim(event(body(2048)), CLAIMANT)
    assert inbox.claim(event(body(2048)), "another") is Outcome.DUPLICATE
    assert inbox.claim(event(body(2048).replace("Paid", "Open")), "another") is Outcome.COLLISION


def test_it_does_so_whatever_has_compressed_it(inbox: DynamoInbox) -> None:
    """Another version of zlib may make other bytes of the same text."""
    item = _left_by(inbox, body(2048)) | {"body": {"B": compress(body(2048).encode(), 1)}}
    aws("dynamodb").put_item(TableName="InboxTable", Item=item)
    assert inbox.claim(event(body(2048)), "another") is Outcome.DUPLICATE


def test_of_a_claimant_the_end_is_kept_and_tells_it_from_another(inbox: DynamoInbox) -> None:
    assert _left_by(inbox, "x")["claimed_by"] == {"S": "000000000001"}
    assert inbox.claim(event("x"), CLAIMANT) is Outcome.ACCEPTED
    assert inbox.claim(event("x"), CLAIMANT[:-1] + "2") is Outcome.DUPLICATE


def _key() -> Any:
    return {name: _item()[name] for name in ("message_id", "client_and_type")}
