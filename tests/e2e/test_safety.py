"""What keeps events safe, on the deployed stack: large bodies, rejected deliveries, the relay."""

import json
import uuid
from collections.abc import Iterator
from dataclasses import replace
from datetime import UTC, datetime, timedelta

from tests.e2e.roles import Role
from tests.e2e.test_endpoint import a_delivery
from tools.local.client import post, records, wait_until
from tools.local.stack import LocalStack
from webhooks.aws.inbox import DynamoInbox
from webhooks.aws.inbox_table import table_key
from webhooks.aws.outbox import DynamoOutbox
from webhooks.dates import timestamp
from webhooks.event import AcceptedEvent, EventKey
from webhooks.relay import Mark
from webhooks_cli.operations.endpoint import Request


def order(stack: LocalStack, number: int, **fields: str) -> Request:
    """The delivery of an order."""
    body = {"EventType": "CreateOrderEvent", "OrderNumber": number, "OrderStatus": "Paid", **fields}
    return replace(a_delivery().with_token(stack.token), body=json.dumps(body).encode())


def test_a_large_body_travels_through_the_bucket(stack: LocalStack) -> None:
    """Half a megabyte: more than an item or a message can hold."""
    request = order(stack, 900_001, Note="x" * 500_000)
    assert post(stack, request).body["status"] == "accepted"
    record = wait_until(lambda: records(stack, "ORDER#900001"), bool, "the record")["ORDER"]
    assert record["OrderStatus"] == "Paid"
    stored = stack.emulator.client("s3").get_object(Bucket=stack.outputs["Bucket"], Key=record["BodyReference"])
    assert stored["Body"].read() == request.body


def test_a_malformed_delivery_is_stored_without_its_token(stack: LocalStack) -> None:
    marker = str(uuid.uuid4())
    answer = post(stack, replace(a_delivery().with_token(stack.token), body=f'{{"{marker}": '.encode()))
    assert (answer.status, answer.body["status"]) == (400, "rejected")
    (stored,) = [document for document in rejected(stack) if marker in document["body"]]
    assert stored["reason"] == answer.body["reason"]
    assert stack.token not in json.dumps(stored)


def test_the_relay_publishes_what_ingest_could_not(stack: LocalStack) -> None:
    """The soak shows that the relay runs on its schedule."""
    role = Role(stack, "IngestRole")
    with role.without(role.granted("sqs:SendMessage")):
        answer = post(stack, order(stack, 900_002))
    assert (answer.status, answer.body["status"]) == (200, "accepted")
    assert not records(stack, "ORDER#900002")
    make_old(stack, answer.body["messageId"])
    functions, relay = stack.emulator.client("lambda"), f"{stack.name}-relay"
    wait_until(lambda: functions.invoke(FunctionName=relay) and records(stack, "ORDER#900002"), bool, "the record")


def test_marks_are_conditional_in_partiql(stack: LocalStack) -> None:
    """The emulator evaluates a statement's conditions, as AWS; the tests in memory have their own (partiql.py)."""
    client, table = stack.emulator.client("dynamodb"), stack.outputs["InboxTable"]
    outbox, inbox = DynamoOutbox(client, table), DynamoInbox(client, table, timedelta(days=1))
    keys = [EventKey(str(uuid.uuid4()), "acme", "CreateOrderEvent") for _ in range(3)]
    first, second, never = (
        AcceptedEvent(key, "", "", timestamp(datetime.now(UTC)), "{}", queue=key.event_type, others=("A",))
        for key in keys
    )
    inbox.claim(first, "test")
    inbox.claim(second, "test")
    outbox.mark([Mark(first), Mark(second, ("A",)), Mark(never)])
    assert [each.pending for each in outbox.load(keys)] == [("A",)]
    outbox.mark([Mark(first, ("A",)), Mark(replace(second, pending=("A",)))])
    items = [client.get_item(TableName=table, Key=table_key(key)).get("Item", {}) for key in keys]
    assert [bool(item) for item in items] == [True, True, False]
    assert not any({"pending", "unpublished_shard"} & item.keys() for item in items)


def make_old(stack: LocalStack, message_id: str) -> None:
    """Pretend that an event was received ten minutes ago: the relay leaves new ones to ingest."""
    dynamodb, table = stack.emulator.client("dynamodb"), stack.outputs["InboxTable"]
    (item,) = dynamodb.query(
        TableName=table, KeyConditionExpression="message_id = :id", ExpressionAttributeValues={":id": {"S": message_id}}
    )["Items"]
    dynamodb.update_item(
        TableName=table,
        Key={name: item[name] for name in ("message_id", "client_and_type")},
        UpdateExpression="SET received_at = :then",
        ExpressionAttributeValues={":then": {"S": timestamp(datetime.now(UTC) - timedelta(minutes=10))}},
    )


def rejected(stack: LocalStack) -> Iterator[dict[str, str]]:
    """The documents of rejected deliveries."""
    s3, bucket = stack.emulator.client("s3"), stack.outputs["Bucket"]
    for found in s3.list_objects_v2(Bucket=bucket, Prefix="rejected/")["Contents"]:
        yield json.loads(s3.get_object(Bucket=bucket, Key=found["Key"])["Body"].read())
