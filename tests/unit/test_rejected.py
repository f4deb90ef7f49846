import json
from typing import Any

import pytest

from tests.unit.examples import RECEIVED_AT, request
from webhooks.delivery import Delivery
from webhooks.errors import MalformedDelivery
from webhooks.rejected import document

WHY = MalformedDelivery("the body is not JSON: Expecting value", 5)


def _document(why: MalformedDelivery = WHY, **changes: Any) -> dict[str, Any]:
    delivered = Delivery.from_request(request('{"a":x}', "DailyEvent") | changes)
    read: dict[str, Any] = json.loads(document(delivered, why, RECEIVED_AT))
    return read


def test_the_document_tells_all_that_was_delivered_and_why_it_was_refused() -> None:
    assert _document() == {
        "receivedAt": RECEIVED_AT,
        "status": "rejected",
        "reason": "the body is not JSON: Expecting value",
        "position": 5,
        "pathEventType": "DailyEvent",
        "headers": {"content-type": "application/json"},
        "isBase64Encoded": False,
        "body": '{"a":x}',
    }


def test_where_there_is_no_position_there_is_none() -> None:
    assert "position" not in _document(MalformedDelivery("the body is empty"))


@pytest.mark.parametrize("name", ["Authorization", "authorization", "AUTHORIZATION", "Cookie", "cookie"])
def test_no_secret_is_kept(name: str) -> None:
    assert _document(headers={name: "secret", "X-Directscale-Message-Id": "m-1"})["headers"] == {
        "x-directscale-message-id": "m-1"
    }


@pytest.mark.parametrize("body", ["e30=", "\ud800\ufffe\x00", "Zoë ☕"])
@pytest.mark.parametrize("is_base64", [True, False])
def test_the_body_is_kept_as_it_arrived(body: str, is_base64: bool) -> None:
    kept = _document(body=body, isBase64Encoded=is_base64)
    assert (kept["body"], kept["isBase64Encoded"]) == (body, is_base64)


def test_the_document_can_be_stored_whatever_it_holds() -> None:
    delivered = Delivery({"x-odd": "\ud800"}, "\ud800", is_base64=False, path_type="\udfff")
    document(delivered, WHY, RECEIVED_AT).encode()
