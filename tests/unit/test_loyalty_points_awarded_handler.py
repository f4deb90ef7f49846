"""The handler of LoyaltyPointsAwarded, through its Lambda entry, on the records of an account."""

import json
from typing import Any

import boto3
import pytest

from tests.unit.examples import CONTEXT, batch, message
from tests.unit.functions import load
from tests.unit.models import FULL
from webhooks.event import EventKey
from webhooks.message import Message

DATE = "2021-10-12T18:07:26.8794398Z"
BODY = FULL["LoyaltyPointsAwarded"]

pytestmark = pytest.mark.usefixtures("workplace")


def _told(message_id: str) -> Message:
    return message(json.dumps(BODY), EventKey(message_id, "acme", "LoyaltyPointsAwarded"), event_date=DATE)


def _records_after(*messages: Message) -> list[dict[str, Any]]:
    assert load("handlers/LoyaltyPointsAwarded").handle(batch(*messages), CONTEXT) == {"batchItemFailures": []}
    return list(boto3.resource("dynamodb").Table("RecordsTable").scan()["Items"])


def test_an_event_is_kept_with_all_that_it_tells() -> None:
    (record,) = _records_after(_told("m-1"))
    assert (record["pk"], record["sk"]) == ("LOYALTY_POINTS_AWARDED#1", f"{DATE} 1 m-1 acme LoyaltyPointsAwarded")
    assert record.items() >= BODY.items()


def test_two_events_are_kept_side_by_side_and_the_same_one_once() -> None:
    assert len(_records_after(_told("m-1"), _told("m-2"), _told("m-1"))) == 2
