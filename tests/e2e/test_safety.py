"""The machinery that keeps events safe, on the deployed stack: large bodies, rejected deliveries, the relay."""

import json
import uuid
from collections.abc import Iterator
from contextlib import AbstractContextManager
from dataclasses import replace

from tests.e2e.roles import Role
from tests.e2e.test_endpoint import a_delivery
from tools.local.client import post, records, wait_until
from tools.local.stack import LocalStack


def test_a_large_body_reaches_its_handler_by_way_of_the_bucket(stack: LocalStack) -> None:
    """Half a megabyte: neither an item nor a message takes as much."""
    order = 900_001
    body = json.dumps(
        {"EventType": "CreateOrderEvent", "OrderNumber": order, "OrderStatus": "Paid", "Note": "x" * 500_000}
    )
    answer = post(stack, replace(a_delivery().with_token(stack.token), body=body.encode()))
    assert (answer.status, answer.body["status"]) == (200, "accepted")
    record = wait_until(lambda: records(stack, f"ORDER#{order}"), bool, f"ORDER#{order}")["ORDER"]
    assert record["OrderStatus"] == "Paid"
    stored = stack.emulator.client("s3").get_object(Bucket=stack.outputs["Bucket"], Key=record["BodyReference"])
    assert stored["Body"].read().decode() == body


def test_a_delivery_that_is_not_understood_is_kept_without_its_token(stack: LocalStack) -> None:
    marker = str(uuid.uuid4())
    answer = post(stack, replace(a_delivery().with_token(stack.token), body=f'{{"{marker}": '.encode()))
    assert (answer.status, answer.body["status"]) == (400, "rejected")
    (kept,) = [document for document in rejected(stack) if marker in document["body"]]
    assert kept["reason"] == answer.body["reason"]
    assert stack.token not in json.dumps(kept)


def test_what_the_queue_does_not_take_is_published_by_the_relay(stack: LocalStack) -> None:
    """Without its permission to send, ingest still answers 200; a later run of the relay does the rest.

    That the relay runs by its schedule, the soak shows.
    """
    order = 900_002
    body = json.dumps({"EventType": "CreateOrderEvent", "OrderNumber": order, "OrderStatus": "Paid"})
    with ingest_without(stack, "sqs:SendMessage"):
        answer = post(stack, replace(a_delivery().with_token(stack.token), body=body.encode()))
    assert (answer.status, answer.body["status"]) == (200, "accepted")
    assert not records(stack, f"ORDER#{order}")
    relay = f"{stack.name}-relay"
    wait_until(
        lambda: stack.emulator.client("lambda").invoke(FunctionName=relay) and records(stack, f"ORDER#{order}"),
        bool,
        f"ORDER#{order}",
        seconds=90,
    )


def test_a_permission_that_is_taken_away_is_missed(stack: LocalStack) -> None:
    """IAM is really enforced here: without its statement for the inbox, ingest answers 503 and says when to retry."""
    with ingest_without(stack, "dynamodb:PutItem"):
        answer = post(stack, a_delivery().with_token(stack.token))
    assert (answer.status, answer.body["status"]) == (503, "unavailable")
    assert int(answer.headers["retry-after"]) > 0
    assert post(stack, a_delivery().with_token(stack.token)).status == 200


def rejected(stack: LocalStack) -> Iterator[dict[str, str]]:
    """The documents of rejected deliveries."""
    s3, bucket = stack.emulator.client("s3"), stack.outputs["Bucket"]
    for found in s3.list_objects_v2(Bucket=bucket, Prefix="rejected/")["Contents"]:
        yield json.loads(s3.get_object(Bucket=bucket, Key=found["Key"])["Body"].read())


def ingest_without(stack: LocalStack, action: str) -> AbstractContextManager[None]:
    """Take the permission for an action from ingest for a while."""
    role = Role(stack, "IngestRole")
    return role.without(role.granted(action))
