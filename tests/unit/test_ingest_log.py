import re

import pytest
from botocore.exceptions import ConnectTimeoutError

from tests.contract.account import aws
from tests.unit.endpoint import TOKEN, Endpoint
from tests.unit.output import Output
from webhooks.aws import clients

MARK = "zoe-the-secret"
"""Stands in all that must not be logged."""

BODIES = [
    f'{{"EventType":"CreateAssociateEvent","EmailAddress":"{MARK}@example.com","AssociateId":5}}',
    f'{{"EventType":"CreateAssociateEvent","EmailAddress":"{MARK}@example.com",,}}',
    f"{MARK}",
    f'["{MARK}"]',
    f'{{"a":"{MARK}"}}',
    rf'{{"EventType":"{MARK}\u0000"}}',
    MARK * 30_000,
]


@pytest.mark.parametrize("body", BODIES)
def test_no_token_header_or_body_is_logged(endpoint: Endpoint, output: Output, body: str) -> None:
    headers = {"Cookie": MARK, "X_Forwarded_For": MARK}
    endpoint.post(body, **headers)
    endpoint.post(body, **headers, Authorization=f"Bearer {MARK}")
    endpoint.post(body, **headers, Authorization=MARK)
    written = output.everything()
    assert written
    assert MARK not in written
    assert TOKEN not in written


def test_nothing_is_quoted_where_aws_fails(endpoint: Endpoint, output: Output) -> None:
    aws("sqs").delete_queue(QueueUrl=endpoint.queue_urls["CustomEvent"])
    endpoint.post(BODIES[0])
    aws("dynamodb").delete_table(TableName="InboxTable")
    endpoint.post(BODIES[0])
    assert MARK not in output.everything()


def test_each_delivery_is_one_line_that_tells_what_became_of_it(endpoint: Endpoint, output: Output) -> None:
    endpoint.post(X_Directscale_Client_Id="acme")
    endpoint.post(X_Directscale_Client_Id="acme", request_id="another")
    endpoint.post(Authorization="Bearer guess")
    lines = output.lines()
    ids = {
        "message_id": "m-1",
        "event_type": "CreateOrderEvent",
        "client_id": "acme",
        "correlation_id": "m-1 acme CreateOrderEvent",
        "token_label": "first",
    }
    assert [line["message"] for line in lines] == ["accepted", "duplicate", "unauthorized"]
    assert [line.items() >= ids.items() for line in lines] == [True, True, False]
    assert [line.get("status") for line in lines] == [None, None, 401]
    assert [line["request_id"] for line in lines] == ["edge-1"] * 3


def test_a_refused_delivery_tells_whose_it_was_if_its_token_was_accepted(endpoint: Endpoint, output: Output) -> None:
    headers = {"X_Directscale_Client_Id": "acme", "X_Directscale_Message_Id": "m 1"}
    endpoint.post("not JSON", **headers)
    endpoint.post("not JSON", **headers, Authorization="Bearer guess")
    rejected, unauthorized = output.lines()
    assert (rejected["client_id"], rejected["message_id"][:7], rejected["token_label"]) == ("acme", "sha256:", "first")
    assert not {"client_id", "message_id", "token_label"} & set(unauthorized)


def test_a_collision_is_a_warning(endpoint: Endpoint, output: Output) -> None:
    endpoint.post()
    endpoint.post(request_id="second")
    endpoint.post('{"EventType":"CreateOrderEvent","OrderNumber":2}', request_id="third")
    told = [(line["level"], line["message"], line.get("collided")) for line in output.lines()]
    assert told == [("INFO", "accepted", None), ("INFO", "duplicate", None), ("WARNING", "duplicate", True)]


def test_a_line_says_nothing_that_is_as_usual(endpoint: Endpoint, output: Output) -> None:
    endpoint.post()
    endpoint.post('{"EventType":"AcmeBonusPaid"}')
    usual, custom = output.lines()
    ids = ["message_id", "event_type", "client_id", "correlation_id"]
    assert list(usual) == ["level", "message", "timestamp", "service", "request_id", *ids, "token_label"]
    assert custom.keys() - usual.keys() == {"queue"}
    assert custom["queue"] == "CustomEvent"


def test_the_time_of_a_line_is_as_lambda_reads_it(endpoint: Endpoint, output: Output) -> None:
    """RFC 3339; of any other it takes the level for INFO."""
    endpoint.post()
    (line,) = output.lines()
    assert re.fullmatch(r"\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d\.\d{3}\+00:00", line["timestamp"])


def test_where_aws_fails_its_answer_is_told_and_where_it_does_not_answer_that_is_told(
    endpoint: Endpoint, output: Output
) -> None:
    def nobody_answers(**_: object) -> None:
        raise ConnectTimeoutError(endpoint_url=MARK)

    aws("dynamodb").delete_table(TableName="InboxTable")
    endpoint.post()
    clients.dynamodb().meta.events.register("before-call.dynamodb.PutItem", nobody_answers)
    endpoint.post()
    endpoint.post(None)
    assert [line.get("cause") for line in output.lines()] == ["ResourceNotFoundException", "ConnectTimeoutError", None]


def test_a_large_or_rejected_body_is_not_logged_either(endpoint: Endpoint, output: Output) -> None:
    endpoint.post(f'{{"EventType":"CreateOrderEvent","Note":"{MARK * 20_000}"}}')
    aws("s3").delete_objects(Bucket=endpoint.bucket, Delete={"Objects": [{"Key": key} for key in endpoint.stored("")]})
    aws("s3").delete_bucket(Bucket=endpoint.bucket)
    endpoint.post(f'{{"EventType":"CreateOrderEvent","Note":"{MARK * 20_001}"}}')
    endpoint.post(MARK)
    written = output.everything()
    assert written.count('"unavailable"') == 2
    assert MARK not in written


def test_why_an_event_was_not_published_or_not_marked_is_told(endpoint: Endpoint, output: Output) -> None:
    def nobody_answers(**_: object) -> None:
        raise ConnectTimeoutError(endpoint_url=MARK)

    clients.dynamodb().meta.events.register("before-call.dynamodb.UpdateItem", nobody_answers)
    endpoint.post()
    aws("sqs").delete_queue(QueueUrl=endpoint.queue_urls["CreateOrderEvent"])
    endpoint.post(X_Directscale_Message_Id="m-2")
    told = [(line["message"], line.get("queue"), line.get("cause")) for line in output.lines()]
    assert told[0] == ("not marked as published", None, "ConnectTimeoutError")
    assert told[2][:2] == ("not published", "CreateOrderEvent")
    assert "NonExistentQueue" in str(told[2][2])
    assert [line["published"] for line in output.lines() if line["message"] == "accepted"] == [False, False]
