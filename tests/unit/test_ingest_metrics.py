"""The metrics of each outcome, as lines on stdout of which CloudWatch makes them."""

import pytest

from tests.contract.account import aws
from tests.unit.endpoint import Endpoint
from tests.unit.output import Output


def _stop(endpoint: Endpoint, service: str) -> None:
    if service == "dynamodb":
        aws("dynamodb").delete_table(TableName="InboxTable")
    elif service == "sqs":
        aws("sqs").delete_queue(QueueUrl=endpoint.queue_urls["CreateOrderEvent"])
    elif service == "s3":
        aws("s3").delete_bucket(Bucket=endpoint.bucket)
    else:
        aws("secretsmanager").delete_secret(SecretId="webhooks/tokens", ForceDeleteWithoutRecovery=True)


def test_accepted_duplicate_and_collided_events_are_counted(endpoint: Endpoint, output: Output) -> None:
    endpoint.post()
    endpoint.post(request_id="second")
    endpoint.post('{"EventType":"CreateOrderEvent","OrderNumber":2}', request_id="third")
    assert output.metrics("service=ingest") == [{"Accepted": 1}, {"Duplicate": 1}, {"Duplicate": 1, "Collision": 1}]


def test_an_event_that_is_left_to_the_relay_is_counted(endpoint: Endpoint, output: Output) -> None:
    _stop(endpoint, "sqs")
    endpoint.post()
    assert output.metrics("service=ingest") == [{"Accepted": 1, "PublishDeferred": 1}]


@pytest.mark.parametrize(
    ("counted", "stopped", "body"),
    [
        ("Rejected", "", "not JSON"),
        ("TooLarge", "", "x" * 4_500_001),
        ("Unavailable", "dynamodb", '{"EventType":"CreateOrderEvent"}'),
        ("Unavailable", "secretsmanager", '{"EventType":"CreateOrderEvent"}'),
        ("Unavailable", "s3", "not JSON"),
    ],
)
def test_each_refusal_is_counted(endpoint: Endpoint, output: Output, counted: str, stopped: str, body: str) -> None:
    if stopped:
        _stop(endpoint, stopped)
    endpoint.post(body)
    assert output.metrics("service=ingest") == [{counted: 1}]


def test_a_delivery_without_an_accepted_token_is_counted(endpoint: Endpoint, output: Output) -> None:
    endpoint.post(Authorization="Bearer guess")
    assert output.metrics("service=ingest") == [{"Unauthorized": 1}]


def test_no_metric_is_told_apart_by_what_the_sender_writes(endpoint: Endpoint, output: Output) -> None:
    for name in ("A", "B"):
        endpoint.post(f'{{"EventType":"{name}"}}', X_Directscale_Client_Id=name, X_Directscale_Message_Id=name)
    written = output.everything()
    dimensions = {line for line in written.splitlines() if "_aws" in line and ('"A"' in line or '"B"' in line)}
    assert not dimensions
    assert written.count("CloudWatchMetrics") == 2


def test_it_is_counted_which_token_was_used_so_that_an_old_one_can_be_seen_to_be_out_of_use(
    endpoint: Endpoint, output: Output
) -> None:
    endpoint.post()
    endpoint.post(request_id="second")
    endpoint.post("not JSON")
    endpoint.post(Authorization="Bearer guess")
    assert output.metrics("token_label=first") == [{"TokenUsed": 1}] * 3
