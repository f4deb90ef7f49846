"""The endpoint through its Lambda entry: what is answered, stored and published."""

import base64
import json
from hashlib import sha256
from typing import Any

import pytest
from botocore.exceptions import ConnectTimeoutError

from tests.contract.account import aws, create_queues
from tests.unit.endpoint import ORDER, TOKEN, Endpoint
from tests.unit.examples import CONTEXT, request, sample
from webhooks.aws import clients
from webhooks.aws.inbox_table import event_of
from webhooks.aws.settings import MissingSettings
from webhooks.policy import BODY_LIMIT, INLINE_LIMIT, RETRY_AFTER

ACCEPTED = {"status": "accepted", "messageId": "m-1", "eventType": "CreateOrderEvent"}
LARGE = ORDER.ljust(INLINE_LIMIT + 1)


def _response(status: int, body: dict[str, Any], **headers: str) -> dict[str, Any]:
    named = {name.replace("_", "-"): value for name, value in headers.items()}
    return {"statusCode": status, "headers": {"Content-Type": "application/json"} | named, "body": body}


UNAUTHORIZED = _response(
    401, {"status": "unauthorized", "reason": "a valid bearer token is required"}, WWW_Authenticate="Bearer"
)


def _in_base64(requested: dict[str, Any]) -> dict[str, Any]:
    return requested | {"body": base64.b64encode(requested["body"].encode()).decode(), "isBase64Encoded": True}


@pytest.mark.parametrize("path_type", [None, "CreateOrderEvent", "DailyEvent"])
def test_an_event_is_accepted_stored_and_published(endpoint: Endpoint, path_type: str | None) -> None:
    assert endpoint.post(path_type=path_type) == _response(200, ACCEPTED)
    (item,) = endpoint.items()
    assert "unpublished_shard" not in item
    assert endpoint.messages() == [event_of(item)]
    assert endpoint.published("CustomEvent") == []


@pytest.mark.parametrize("second", [ORDER, '{"EventType":"CreateOrderEvent","OrderNumber":2}'])
def test_the_same_key_again_is_a_duplicate(endpoint: Endpoint, second: str) -> None:
    endpoint.post()
    assert endpoint.post(second, request_id="another") == _response(200, ACCEPTED | {"status": "duplicate"})
    assert [event_of(item).body for item in endpoint.items()] == [ORDER]
    assert endpoint.published() == [ORDER]


def test_a_repeated_claim_goes_on_to_be_published(endpoint: Endpoint) -> None:
    endpoint.stop("sqs")
    endpoint.post()
    create_queues("CreateOrderEvent")
    assert endpoint.post() == _response(200, ACCEPTED)
    assert endpoint.published() == [ORDER]


def test_the_vendors_own_curl_is_accepted(endpoint: Endpoint) -> None:
    body = sample("CreateOrderPaymentEvent")
    response = endpoint.handle(request(body, Authorization=f"Bearer {TOKEN}"))
    digest = f"sha256:{sha256(body.encode()).hexdigest()}"
    event = {"messageId": digest, "eventType": "CreateOrderPaymentEvent"}
    assert response == _response(200, {"status": "accepted"} | event)
    (published,) = endpoint.published("CustomEvent")
    assert json.loads(published)["Amount"] == 20


def test_a_body_in_base64_is_the_same_delivery(endpoint: Endpoint) -> None:
    plain = endpoint.request('{"EventType":"CreateOrderEvent","Name":"Zoë ☕",\r\n}')
    assert endpoint.handle(plain)["body"]["status"] == "accepted"
    assert endpoint.handle(_in_base64(plain), "another")["body"]["status"] == "duplicate"
    assert len(endpoint.items()) == 1


def test_an_unauthorized_delivery_leaves_nothing(endpoint: Endpoint) -> None:
    for body in (ORDER, "not JSON", LARGE, None):
        for headers in ({}, {"Authorization": TOKEN}, {"Authorization": "Bearer guess"}):
            assert endpoint.handle(request(body, **headers)) == UNAUTHORIZED
    assert (endpoint.items(), endpoint.stored()) == ([], {})


def test_without_accepted_tokens_every_delivery_is_unauthorized(endpoint: Endpoint) -> None:
    aws("secretsmanager").put_secret_value(SecretId="webhooks/tokens", SecretString="{}")
    assert endpoint.post() == UNAUTHORIZED
    assert endpoint.handle({}) == UNAUTHORIZED


@pytest.mark.parametrize(
    ("body", "answer"),
    [
        (None, {"reason": "the body is empty"}),
        ("[1]", {"reason": "the body is not a JSON object"}),
        ('{"a":x,}', {"reason": "the body is not JSON: Expecting value", "position": 5}),
        ("x", {"reason": "the body is not JSON: Expecting value", "position": 0}),
        ("{}", {"reason": "no event type, neither as EventType in the body nor in the path"}),
    ],
)
def test_a_malformed_delivery_is_stored_without_its_secrets(
    endpoint: Endpoint, body: str | None, answer: dict[str, object]
) -> None:
    answer |= {"status": "rejected"}
    assert endpoint.post(body, Cookie="secret", request_id="request-7") == _response(400, answer)
    ((key, text),) = endpoint.stored().items()
    document = json.loads(text)
    assert key == f"rejected/{document.pop('receivedAt')[:10]}/request-7.json"
    assert document == answer | {
        "pathEventType": "",
        "headers": {"content-type": "application/json", "x-directscale-message-id": "m-1"},
        "isBase64Encoded": False,
        "body": body or "",
    }


@pytest.mark.parametrize("body", [base64.b64encode(b"\xff{}").decode(), "A", "AAAAA", "é", "\ud800"])
def test_an_undecodable_body_is_stored_unchanged(endpoint: Endpoint, body: str) -> None:
    response = endpoint.handle(endpoint.request(body, path_type="DailyEvent") | {"isBase64Encoded": body.isprintable()})
    assert response["statusCode"] == 400
    (document,) = map(json.loads, endpoint.stored("rejected/").values())
    stored = document["body"], document["isBase64Encoded"], document["pathEventType"]
    assert stored == (body, body.isprintable(), "DailyEvent")


@pytest.mark.parametrize("filler", ["x", "é"])
def test_a_body_over_the_limit_is_too_large(endpoint: Endpoint, filler: str) -> None:
    plain = endpoint.request(_of_size(BODY_LIMIT + 1, filler))
    reason = f"the body is larger than {BODY_LIMIT} bytes"
    for requested in (plain, _in_base64(plain)):
        answer = {"status": "too large", "reason": reason, "limit": BODY_LIMIT}
        assert endpoint.handle(requested) == _response(413, answer)
    assert (endpoint.items(), endpoint.stored()) == ([], {})
    assert endpoint.handle(_in_base64(endpoint.request(_of_size(BODY_LIMIT, filler)))) == _response(200, ACCEPTED)


@pytest.mark.parametrize("filler", ["x", "é", "☕", "\U0001f600"])
def test_a_large_body_travels_by_reference(endpoint: Endpoint, filler: str) -> None:
    for number, size in enumerate((INLINE_LIMIT, INLINE_LIMIT + 1)):
        assert endpoint.post(_of_size(size, filler), X_Directscale_Message_Id=f"m-{number}")["statusCode"] == 200
    items = sorted(endpoint.items(), key=lambda item: str(item["message_id"]))
    inline, large = map(event_of, items)
    assert (inline.body, inline.body_reference) == (_of_size(INLINE_LIMIT, filler), "")
    assert endpoint.stored() == {large.body_reference: _of_size(INLINE_LIMIT + 1, filler)}
    assert endpoint.messages() == [inline, large]


def _of_size(size: int, filler: str) -> str:
    start, end = '{"EventType":"CreateOrderEvent","Note":"', '"}'
    room = size - len(start) - len(end)
    text = filler * (room // len(filler.encode()))
    return start + text + "x" * (room - len(text.encode())) + end


def test_a_large_event_again_is_a_duplicate(endpoint: Endpoint) -> None:
    statuses = [endpoint.post(LARGE, request_id=request_id)["body"]["status"] for request_id in ("one", "other")]
    assert statuses == ["accepted", "duplicate"]
    assert len(endpoint.stored()) == 1


@pytest.mark.parametrize(
    ("service", "body", "what"),
    [
        ("dynamodb", ORDER, "the inbox"),
        ("secretsmanager", ORDER, "the list of accepted tokens"),
        ("s3", LARGE, "the store of large and rejected bodies"),
        ("s3", "not JSON", "the store of large and rejected bodies"),
    ],
)
def test_in_an_outage_the_sender_must_send_again(endpoint: Endpoint, service: str, body: str, what: str) -> None:
    endpoint.stop(service)
    answer = {"status": "unavailable", "reason": f"{what} cannot be reached; send the event again"}
    assert endpoint.post(body) == _response(503, answer, Retry_After=str(RETRY_AFTER))
    assert endpoint.published() == []
    assert service == "dynamodb" or endpoint.items() == []


def test_an_outage_is_left_to_the_relay(endpoint: Endpoint) -> None:
    endpoint.stop("sqs")
    assert endpoint.post() == _response(200, ACCEPTED)
    assert "unpublished_shard" in endpoint.items()[0]


def test_an_unmarked_event_is_left_to_the_relay(endpoint: Endpoint) -> None:
    def time_out(**_: object) -> None:
        raise ConnectTimeoutError(endpoint_url="aws")

    clients.dynamodb().meta.events.register("before-call.dynamodb.UpdateItem", time_out)
    assert endpoint.post() == _response(200, ACCEPTED)
    assert endpoint.published() == [ORDER]
    assert "unpublished_shard" in endpoint.items()[0]


def test_characters_that_sqs_refuses_are_escaped(endpoint: Endpoint) -> None:
    body = '{"EventType":"CreateOrderEvent","Note":"\ufffe\uffff \\u0001\x7f\U0001fffe"}'
    endpoint.post(body)
    assert endpoint.published() == [body.replace("\ufffe", "\\ufffe").replace("\uffff", "\\uffff")]


def test_an_unexpected_error_propagates(endpoint: Endpoint) -> None:
    with pytest.raises(AttributeError):
        endpoint.app.handle({"headers": ["not a mapping"]}, CONTEXT)


@pytest.mark.parametrize("missing", [["INBOX_TABLE"], ["INBOX_TABLE", "TOKENS_SECRET", "QUEUE_URL_PREFIX"]])
def test_all_missing_settings_are_named(
    endpoint: Endpoint, monkeypatch: pytest.MonkeyPatch, missing: list[str]
) -> None:
    for name in missing:
        monkeypatch.setenv(name, "")
    with pytest.raises(MissingSettings, match=f"missing: {', '.join(missing)}$"):
        endpoint.post()


@pytest.mark.parametrize("types", ["CreateOrderEvent", "CreateOrderEvent,MyCustomEvent"])
def test_custom_event_must_have_a_queue(endpoint: Endpoint, monkeypatch: pytest.MonkeyPatch, types: str) -> None:
    monkeypatch.setenv("EVENT_TYPES", types)
    with pytest.raises(MissingSettings, match="EVENT_TYPES must include CustomEvent"):
        endpoint.post()
    monkeypatch.setenv("EVENT_TYPES", f"{types} , CustomEvent ")
    assert endpoint.post() == _response(200, ACCEPTED)
