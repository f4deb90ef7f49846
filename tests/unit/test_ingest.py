"""The endpoint's table of answers, through the Lambda entry."""

import base64
import json
from typing import Any

import pytest

from tests.contract.account import aws
from tests.unit.endpoint import TOKEN, Endpoint
from tests.unit.examples import CONTEXT, request, sample
from webhooks.aws.settings import MissingSettings

ACCEPTED = {"status": "accepted", "messageId": "m-1", "eventType": "CreateOrderEvent"}
NOT_JSON = "the body is not JSON: Expecting property name enclosed in double quotes"
JSON = {"Content-Type": "application/json"}


def _answer(status: int, body: dict[str, Any], **headers: str) -> dict[str, Any]:
    named = {name.replace("_", "-"): value for name, value in headers.items()}
    return {"statusCode": status, "headers": JSON | named, "body": body}


UNAUTHORIZED = _answer(
    401, {"status": "unauthorized", "reason": "a valid bearer token is required"}, WWW_Authenticate="Bearer"
)


@pytest.mark.parametrize("path_type", [None, "CreateOrderEvent", "DailyEvent"])
def test_an_event_is_accepted_kept_and_published(endpoint: Endpoint, path_type: str | None) -> None:
    assert endpoint.post(path_type=path_type) == _answer(200, ACCEPTED)
    (item,) = endpoint.items()
    assert "unpublished_shard" not in item
    assert endpoint.published("CreateOrderEvent") == ['{"EventType":"CreateOrderEvent"}']


def test_an_event_seen_before_is_a_duplicate_and_is_not_published_again(endpoint: Endpoint) -> None:
    endpoint.post()
    assert endpoint.post(request_id="another") == _answer(200, ACCEPTED | {"status": "duplicate"})
    assert len(endpoint.published("CreateOrderEvent")) == 1


def test_the_vendors_own_curl_works_as_it_stands(endpoint: Endpoint) -> None:
    answer = endpoint.handle(request(sample("CreateOrderPaymentEvent"), Authorization=f"Bearer {TOKEN}"))
    assert (answer["statusCode"], answer["body"]["eventType"]) == (200, "CreateOrderPaymentEvent")
    (published,) = endpoint.published("CustomEvent")
    assert json.loads(published)["Amount"] == 20


def test_a_body_in_base64_is_the_same_delivery(endpoint: Endpoint) -> None:
    plain = endpoint.request()
    encoded = base64.b64encode(plain["body"].encode()).decode()
    assert endpoint.handle(plain)["body"]["status"] == "accepted"
    again = plain | {"body": encoded, "isBase64Encoded": True}
    assert endpoint.handle(again, request_id="another")["body"]["status"] == "duplicate"


@pytest.mark.parametrize(
    "authorization", [None, "", TOKEN, f"Basic {TOKEN}", "Bearer", "Bearer guess", f"Bearer {TOKEN} "]
)
def test_without_an_accepted_token_the_answer_is_one_whatever_the_reason(
    endpoint: Endpoint, authorization: str | None
) -> None:
    headers = {} if authorization is None else {"Authorization": authorization}
    for body in ('{"EventType":"CreateOrderEvent"}', "not JSON", None):
        assert endpoint.handle(request(body, **headers)) == UNAUTHORIZED
    assert endpoint.items() == []


def test_where_no_token_is_accepted_every_delivery_is_unauthorized(endpoint: Endpoint) -> None:
    aws("secretsmanager").put_secret_value(SecretId="webhooks/tokens", SecretString="{}")
    assert endpoint.post() == UNAUTHORIZED


@pytest.mark.parametrize(
    ("body", "answer"),
    [
        (None, {"reason": "the body is empty"}),
        ("[1]", {"reason": "the body is not a JSON object"}),
        ('{"a":1,,}', {"reason": NOT_JSON, "position": 7}),
        ("{}", {"reason": "no event type, neither as EventType in the body nor in the path"}),
        ('{"a":' + "[" * 100_000, {"reason": "the body is nested more than 64 levels deep"}),
    ],
)
def test_what_is_not_understood_is_rejected_with_the_reason(
    endpoint: Endpoint, body: str | None, answer: dict[str, object]
) -> None:
    assert endpoint.post(body) == _answer(400, {"status": "rejected"} | answer)


@pytest.mark.parametrize("is_base64", [True, False])
def test_a_body_over_the_limit_is_too_large(endpoint: Endpoint, is_base64: bool) -> None:
    def sent(size: int) -> dict[str, Any]:
        body = '{"EventType":"CreateOrderEvent"}'.ljust(size)
        body = base64.b64encode(body.encode()).decode() if is_base64 else body
        return endpoint.request(body) | {"isBase64Encoded": is_base64}

    assert endpoint.handle(sent(4_500_001)) == _answer(
        413, {"status": "too large", "reason": "the body is larger than 4500000 bytes", "limit": 4_500_000}
    )
    assert endpoint.items() == []
    assert endpoint.stored("") == {}
    assert endpoint.handle(sent(4_500_000)) == _answer(200, ACCEPTED)


def test_an_event_of_the_same_key_and_another_body_is_a_duplicate_and_the_first_stays(endpoint: Endpoint) -> None:
    endpoint.post()
    answer = endpoint.post('{"EventType":"CreateOrderEvent","OrderNumber":2}', request_id="another")
    assert answer == _answer(200, ACCEPTED | {"status": "duplicate"})
    assert endpoint.published("CreateOrderEvent") == ['{"EventType":"CreateOrderEvent"}']
    assert [item["body"] for item in endpoint.items()] == [{"S": '{"EventType":"CreateOrderEvent"}'}]


def test_where_the_inbox_cannot_be_written_the_sender_has_to_send_again(endpoint: Endpoint) -> None:
    aws("dynamodb").delete_table(TableName="InboxTable")
    reason = "the inbox cannot be reached; send the event again"
    assert endpoint.post() == _answer(503, {"status": "unavailable", "reason": reason}, Retry_After="5")
    assert endpoint.published("CreateOrderEvent") == []


def test_where_the_tokens_cannot_be_read_the_sender_has_to_send_again(endpoint: Endpoint) -> None:
    aws("secretsmanager").delete_secret(SecretId="webhooks/tokens", ForceDeleteWithoutRecovery=True)
    reason = "the list of accepted tokens cannot be reached; send the event again"
    assert endpoint.post() == _answer(503, {"status": "unavailable", "reason": reason}, Retry_After="5")


def test_a_queue_outage_fails_no_delivery_and_leaves_the_event_unpublished(endpoint: Endpoint) -> None:
    aws("sqs").delete_queue(QueueUrl=endpoint.queue_urls["CreateOrderEvent"])
    assert endpoint.post() == _answer(200, ACCEPTED)
    (item,) = endpoint.items()
    assert "unpublished_shard" in item


def test_an_unexpected_error_propagates_so_that_the_platform_counts_it(endpoint: Endpoint) -> None:
    with pytest.raises(AttributeError):
        endpoint.app.handle({"headers": ["not a mapping"]}, CONTEXT)


def test_a_function_without_its_settings_names_them_all(endpoint: Endpoint, monkeypatch: pytest.MonkeyPatch) -> None:
    for name in ("INBOX_TABLE", "TOKENS_SECRET"):
        monkeypatch.delenv(name)
    with pytest.raises(MissingSettings, match=r"missing: INBOX_TABLE, TOKENS_SECRET$"):
        endpoint.post()
