"""What the endpoint logs and counts: one line per decision, ids only; metrics on one more line."""

import re

import pytest
from botocore.exceptions import ConnectTimeoutError

from tests.unit.endpoint import ORDER, Endpoint
from tests.unit.output import Output
from webhooks.aws import clients
from webhooks.policy import BODY_LIMIT, INLINE_LIMIT


def _time_out(operation: str) -> None:
    def hook(**_: object) -> None:
        raise ConnectTimeoutError(endpoint_url="aws")

    clients.dynamodb().meta.events.register(f"before-call.dynamodb.{operation}", hook)


def test_each_delivery_is_one_line(endpoint: Endpoint, output: Output) -> None:
    for request_id, body in (("1", ORDER), ("2", ORDER), ("3", '{"EventType":"CreateOrderEvent","OrderNumber":2}')):
        endpoint.post(body, request_id=request_id, X_Directscale_Client_Id="acme")
    lines = output.lines()
    fields = {
        "message_id": "m-1",
        "event_type": "CreateOrderEvent",
        "client_id": "acme",
        "correlation_id": "m-1 acme CreateOrderEvent",
        "token_label": "first",
        "request_id": "edge-1",
    }
    decisions = [("INFO", "accepted", None), ("INFO", "duplicate", None), ("WARNING", "duplicate", True)]
    assert [(line["level"], line["message"], line.get("collided")) for line in lines] == decisions
    assert all(line.items() >= fields.items() for line in lines)


def test_only_an_accepted_token_makes_ids_worth_logging(endpoint: Endpoint, output: Output) -> None:
    headers = {"X_Directscale_Client_Id": "acme", "X_Directscale_Message_Id": "m 1"}
    endpoint.post("not JSON", **headers)
    endpoint.post("not JSON", **headers, Authorization="Bearer guess")
    rejected, unauthorized = output.lines()
    assert [(line["level"], line["message"], line["status"]) for line in (rejected, unauthorized)] == [
        ("WARNING", "rejected", 400),
        ("WARNING", "unauthorized", 401),
    ]
    assert (rejected["client_id"], rejected["message_id"][:10], rejected["token_label"]) == (
        "acme",
        "id-sha256:",
        "first",
    )
    assert not {"client_id", "message_id", "token_label"} & set(unauthorized)


def test_a_log_line_omits_the_usual(endpoint: Endpoint, output: Output) -> None:
    endpoint.post()
    endpoint.post('{"EventType":"AcmeBonusPaid"}')
    usual, custom = output.lines()
    assert custom.keys() - usual.keys() == {"queue"}
    assert custom["queue"] == "CustomEvent"
    assert not {"collided", "published", "cause", "location", "xray_trace_id"} & usual.keys()


def test_the_timestamp_is_one_that_lambda_parses(endpoint: Endpoint, output: Output) -> None:
    """RFC 3339: with any other, Lambda takes every line for INFO."""
    endpoint.post()
    (line,) = output.lines()
    assert re.fullmatch(r"\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d\.\d{3}\+00:00", line["timestamp"])


def test_the_cause_of_an_outage_is_logged(endpoint: Endpoint, output: Output) -> None:
    endpoint.stop("dynamodb")
    endpoint.post()
    _time_out("PutItem")
    endpoint.post()
    endpoint.post(None)
    assert [line.get("cause") for line in output.lines()] == ["ResourceNotFoundException", "ConnectTimeoutError", None]


def test_the_cause_of_a_deferred_publish_is_logged(endpoint: Endpoint, output: Output) -> None:
    _time_out("UpdateItem")
    endpoint.post()
    endpoint.stop("sqs")
    endpoint.post(X_Directscale_Message_Id="m-2")
    not_marked, first, not_sent, second = output.lines()
    assert (not_marked["message"], not_marked["cause"]) == ("not marked as published", "ConnectTimeoutError")
    assert (not_sent["message"], not_sent["queue"]) == ("not published", "CreateOrderEvent")
    assert "NonExistentQueue" in not_sent["cause"]
    assert [line["message_id"] for line in (not_marked, not_sent)] == ["m-1", "m-2"]
    assert [line["published"] for line in (first, second)] == [False, False]


@pytest.mark.parametrize(
    ("stopped", "bodies", "counted"),
    [
        ("", [ORDER], {"Accepted": 1}),
        ("", [ORDER, ORDER], {"Duplicate": 1}),
        ("", [ORDER, f"{ORDER} "], {"Duplicate": 1, "Collision": 1}),
        ("sqs", [ORDER], {"Accepted": 1, "PublishDeferred": 1}),
        ("", ["not JSON"], {"Rejected": 1}),
        ("", ["x" * (BODY_LIMIT + 1)], {"TooLarge": 1}),
        ("dynamodb", [ORDER], {"Unavailable": 1}),
        ("s3", [ORDER.ljust(INLINE_LIMIT + 1)], {"Unavailable": 1}),
    ],
)
def test_each_outcome_is_counted(
    endpoint: Endpoint, output: Output, stopped: str, bodies: list[str], counted: dict[str, int]
) -> None:
    if stopped:
        endpoint.stop(stopped)
    for number, body in enumerate(bodies):
        endpoint.post(body, request_id=f"request-{number}")
    assert output.metrics("service=ingest")[-1] == counted
    assert output.metrics("token_label=first")[-1] == {"TokenUsed": 1}
    # What a canary watches.
    assert output.metrics("version=7") == ([counted] if "Unavailable" in counted else [])


def test_only_accepted_tokens_are_counted_by_label(endpoint: Endpoint, output: Output) -> None:
    endpoint.post(Authorization="Bearer guess")
    endpoint.stop("secretsmanager")
    endpoint.post(Authorization="Bearer new")
    assert output.metrics("service=ingest") == [{"Unauthorized": 1}, {"Unavailable": 1}]
    assert output.metrics("token_label=first") == []


def test_no_dimension_comes_from_the_sender(endpoint: Endpoint, output: Output) -> None:
    endpoint.post('{"EventType":"Odd"}', X_Directscale_Client_Id="Odd", X_Directscale_Message_Id="Odd")
    (metrics,) = (line for line in output.everything().splitlines() if "_aws" in line)
    assert "Odd" not in metrics
