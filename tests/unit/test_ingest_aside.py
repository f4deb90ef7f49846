"""What ingest puts aside: bodies that are too large to travel, and deliveries that it does not understand."""

import base64
import json
from typing import Any

import pytest

from tests.contract.account import aws
from tests.unit.endpoint import TOKEN, Endpoint
from webhooks.aws.inbox_table import event_of
from webhooks.policy import INLINE_LIMIT


def _body(size: int, sign: str = "x") -> str:
    start, end = '{"EventType":"CreateOrderEvent","Note":"', '"}'
    room = size - len(start) - len(end)
    text = sign * (room // len(sign.encode()))
    return start + text + "x" * (room - len(text.encode())) + end


@pytest.mark.parametrize("sign", ["x", "é", "☕"])
def test_a_body_of_the_limit_travels_itself(endpoint: Endpoint, sign: str) -> None:
    assert endpoint.post(_body(INLINE_LIMIT, sign))["statusCode"] == 200
    (item,) = endpoint.items()
    (message,) = endpoint.messages("CreateOrderEvent")
    assert (event_of(item).body, "body_reference" in item) == (_body(INLINE_LIMIT, sign), False)
    assert (message.body, message.body_reference) == (_body(INLINE_LIMIT, sign), "")
    assert endpoint.stored("") == {}


@pytest.mark.parametrize("sign", ["x", "é", "☕"])
def test_of_a_body_of_one_byte_more_item_and_message_carry_the_reference(endpoint: Endpoint, sign: str) -> None:
    assert endpoint.post(_body(INLINE_LIMIT + 1, sign))["statusCode"] == 200
    (item,) = endpoint.items()
    (message,) = endpoint.messages("CreateOrderEvent")
    assert (item["body_reference"], "body" in item) == ({"S": message.body_reference}, False)
    assert message.body == ""
    assert endpoint.stored("bodies/") == {message.body_reference: _body(INLINE_LIMIT + 1, sign)}


def test_a_large_event_seen_before_is_a_duplicate_and_its_body_is_one_object(endpoint: Endpoint) -> None:
    for request_id, status in (("request-1", "accepted"), ("request-2", "duplicate")):
        assert endpoint.post(_body(INLINE_LIMIT + 1), request_id=request_id)["body"]["status"] == status
    assert len(endpoint.stored("bodies/")) == 1
    assert len(endpoint.messages("CreateOrderEvent")) == 1


def test_a_large_body_that_cannot_be_kept_has_to_be_sent_again_and_nothing_is_claimed(endpoint: Endpoint) -> None:
    aws("s3").delete_bucket(Bucket=endpoint.bucket)
    answer = endpoint.post(_body(INLINE_LIMIT + 1))
    assert (answer["statusCode"], answer["headers"]["Retry-After"]) == (503, "5")
    assert answer["body"]["reason"] == "the store of large and rejected bodies cannot be reached; send the event again"
    assert endpoint.items() == []
    assert endpoint.published("CreateOrderEvent") == []


def _rejected(endpoint: Endpoint) -> dict[str, Any]:
    (document,) = endpoint.stored("rejected/").values()
    read: dict[str, Any] = json.loads(document)
    return read


@pytest.mark.parametrize(
    ("body", "told"),
    [
        ('{"a":x,}', {"reason": "the body is not JSON: Expecting value", "position": 5}),
        ("{}", {"reason": "no event type, neither as EventType in the body nor in the path"}),
        (None, {"reason": "the body is empty"}),
    ],
)
def test_what_is_not_understood_is_kept_with_the_reason_and_the_position(
    endpoint: Endpoint, body: str | None, told: dict[str, object]
) -> None:
    answer = endpoint.post(body, request_id="request-7", Cookie="secret", X_Directscale_Client_Id="acme")
    assert answer["statusCode"] == 400
    rejected = _rejected(endpoint)
    assert rejected.pop("receivedAt")
    assert rejected == told | {
        "status": "rejected",
        "pathEventType": "",
        "headers": {
            "content-type": "application/json",
            "x-directscale-message-id": "m-1",
            "x-directscale-client-id": "acme",
        },
        "isBase64Encoded": False,
        "body": body or "",
    }
    assert not {TOKEN, "secret"} & set(str(rejected).split())


def test_documents_are_kept_by_day_and_request(endpoint: Endpoint) -> None:
    for number in (1, 2):
        endpoint.post("not JSON", request_id=f"request-{number}")
    documents = endpoint.stored("rejected/")
    days = {json.loads(document)["receivedAt"][:10] for document in documents.values()}
    assert len(documents) == 2
    assert documents.keys() <= {f"rejected/{day}/request-{number}.json" for day in days for number in (1, 2)}


@pytest.mark.parametrize("body", [base64.b64encode(b"\xff{}").decode(), "A", "é"])
def test_a_body_in_base64_is_kept_as_it_came(endpoint: Endpoint, body: str) -> None:
    answer = endpoint.handle(endpoint.request(body) | {"isBase64Encoded": True})
    assert answer["statusCode"] == 400
    rejected = _rejected(endpoint)
    assert (rejected["body"], rejected["isBase64Encoded"]) == (body, True)


def test_what_is_not_understood_and_cannot_be_kept_has_to_be_sent_again(endpoint: Endpoint) -> None:
    aws("s3").delete_bucket(Bucket=endpoint.bucket)
    assert endpoint.post("not JSON")["statusCode"] == 503


@pytest.mark.parametrize("body", ["not JSON", '{"EventType":"CreateOrderEvent"}'])
def test_of_one_who_is_not_authorized_nothing_is_kept(endpoint: Endpoint, body: str) -> None:
    assert endpoint.post(body.ljust(INLINE_LIMIT + 1), Authorization="Bearer guess")["statusCode"] == 401
    assert endpoint.stored("") == {}


def test_text_that_sqs_refuses_is_published_as_its_escape(endpoint: Endpoint) -> None:
    body = '{"EventType":"CreateOrderEvent","Note":"\ufffe\uffff \\u0001\x7f\U0001fffe"}'
    assert endpoint.post(body)["statusCode"] == 200
    (published,) = endpoint.published("CreateOrderEvent")
    assert published == body.replace("\ufffe", "\\ufffe").replace("\uffff", "\\uffff")
    assert json.loads(published) == json.loads(body)
