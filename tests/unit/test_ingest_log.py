import boto3
import pytest

from tests.unit.endpoint import TOKEN, Endpoint
from tests.unit.output import Output

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
    boto3.client("sqs").delete_queue(QueueUrl=endpoint.queue_urls["CustomEvent"])
    endpoint.post(BODIES[0])
    boto3.client("dynamodb").delete_table(TableName="InboxTable")
    endpoint.post(BODIES[0])
    assert MARK not in output.everything()


def test_each_delivery_is_one_line_that_tells_what_became_of_it(endpoint: Endpoint, output: Output) -> None:
    endpoint.post(X_Directscale_Client_Id="acme")
    endpoint.post(X_Directscale_Client_Id="acme", request_id="another")
    endpoint.post(Authorization="Bearer guess")
    lines = output.lines()
    ids = {"message_id": "m-1", "event_type": "CreateOrderEvent", "client_id": "acme", "token_label": "first"}
    assert [line["message"] for line in lines] == ["accepted", "duplicate", "unauthorized"]
    assert [line.items() >= ids.items() for line in lines] == [True, True, False]
    assert [line.get("published") for line in lines] == [True, False, None]
    assert [line.get("status") for line in lines] == [None, None, 401]
