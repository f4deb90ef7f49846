"""A stack in which, for a while, nothing moves by itself: the relay has no schedule, and one type's queue no reader."""

import json
import uuid
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from datetime import UTC, datetime, timedelta
from typing import Any

from tests.e2e.resources import physical_id
from tools.local.client import records, wait_until
from tools.local.stack import LocalStack
from webhooks.aws.inbox import DynamoInbox
from webhooks.aws.inbox_table import table_key
from webhooks.aws.once import run_id
from webhooks.aws.queues import SqsQueues
from webhooks.aws.store import S3Store
from webhooks.dates import timestamp
from webhooks.event import AcceptedEvent, EventKey
from webhooks_cli.operations.endpoint import Request

TYPE = "CreateOrderPaymentEvent"
"""The type whose queue has no reader; its handler is called by hand."""

HIDDEN_FOR = 1
"""Seconds for which a queue hides what it hands out here, in place of its own 180: less than the 5 of a first retry, so
that after them it shows whether a handler has hidden a message."""

LEASE = {"id": {"S": "relay#lease"}}


class Bench:
    """What a probe may do to the stack, and see of it, as its administrator."""

    def __init__(self, stack: LocalStack) -> None:
        self.stack = stack
        self.dynamodb, self.sqs, self.s3, self._lambda = (
            stack.emulator.client(service) for service in ("dynamodb", "sqs", "s3", "lambda")
        )
        self.queue, self.dead_letters = (
            self.sqs.get_queue_url(QueueName=stack.outputs[prefix] + TYPE)["QueueUrl"]
            for prefix in ("QueuePrefix", "DeadLettersPrefix")
        )
        self.inbox = DynamoInbox(self.dynamodb, stack.outputs["InboxTable"], timedelta(days=1))
        self.queues = SqsQueues(self.sqs, {TYPE: self.queue})
        self.bodies = S3Store(lambda: self.s3, stack.outputs["Bucket"])

    def event(self, fields: Mapping[str, object] | None = None, age: timedelta = timedelta()) -> AcceptedEvent:
        """An event of `TYPE` that nobody has seen before, with some fields of its own."""
        key = EventKey(str(uuid.uuid4()), "bench", TYPE)
        return AcceptedEvent(
            key=key,
            queue=TYPE,
            user="",
            event_date="",
            received_at=timestamp(datetime.now(UTC) - age),
            body=json.dumps(
                {"EventType": TYPE, "OrderNumber": _order_number(key), "OrderPaymentId": 1, **(fields or {})}
            ),
        )

    def request(self, event: AcceptedEvent, body: str | None = None) -> Request:
        """The delivery of an event."""
        headers = {
            "Authorization": f"Bearer {self.stack.token}",
            "X-Directscale-Client-Id": event.key.client_id,
            "X-Directscale-Message-Id": event.key.message_id,
        }
        return Request(headers, (event.body if body is None else body).encode(errors="surrogateescape"))

    def invoke(self, function: str, payload: object) -> tuple[str, Any]:
        """Call a function by its short name; how that ended, and what it returned."""
        answer = self._lambda.invoke(FunctionName=f"{self.stack.name}-{function}", Payload=json.dumps(payload))
        return answer.get("FunctionError", "returned"), json.load(answer["Payload"])

    def received(self, queue: str, events: Mapping[str, AcceptedEvent]) -> dict[str, dict[str, Any]]:
        """Those of some named events that a queue hands out now, as the records that a handler is handed, by name."""
        names = {event.key.message_id: name for name, event in events.items()}
        found = {}
        while messages := self._receive(queue):
            for record in map(_record, messages):
                message_id = record["messageAttributes"].get("MessageId", {}).get("stringValue")
                if message_id in names:
                    found[names[message_id]] = record
        return found

    def delete(self, queue: str, records: Mapping[str, dict[str, Any]]) -> None:
        """Take messages off a queue."""
        for record in records.values():
            self.sqs.delete_message(QueueUrl=queue, ReceiptHandle=record["receiptHandle"])

    def lease(self) -> dict[str, Any]:
        """The relay's lease; empty if nobody holds it."""
        return dict(self.dynamodb.get_item(TableName=self.stack.outputs["OnceTable"], Key=LEASE).get("Item", {}))

    def end_lease(self) -> None:
        """Take the lease away."""
        self.dynamodb.delete_item(TableName=self.stack.outputs["OnceTable"], Key=LEASE)

    def lock(self, event: AcceptedEvent) -> None:
        """Leave what a process that died leaves: the lock of a run, which has expired."""
        self.dynamodb.put_item(
            TableName=self.stack.outputs["OnceTable"],
            Item={
                "id": {"S": f"{TYPE}#{run_id(event.run_key)}"},
                "status": {"S": "INPROGRESS"},
                "in_progress_expiration": {"N": "1"},
            },
        )

    def item(self, key: EventKey) -> dict[str, Any]:
        """An item of the inbox; empty if there is none."""
        found = self.dynamodb.get_item(TableName=self.stack.outputs["InboxTable"], Key=table_key(key))
        return dict(found.get("Item", {}))

    def delete_item(self, key: EventKey) -> None:
        """Take an item out of the inbox."""
        self.dynamodb.delete_item(TableName=self.stack.outputs["InboxTable"], Key=table_key(key))

    def has_record(self, event: AcceptedEvent) -> bool:
        """Whether the handler has kept what an event tells."""
        return bool(records(self.stack, f"ORDER#{_order_number(event.key)}"))

    def objects(self, folder: str) -> int:
        """How many objects a folder of the bucket holds."""
        pages = self.s3.get_paginator("list_objects_v2").paginate(Bucket=self.stack.outputs["Bucket"], Prefix=folder)
        return sum(page["KeyCount"] for page in pages)

    def remembered(self) -> dict[str, str]:
        """What `once` holds of the handler: the status by id."""
        pages = self.dynamodb.get_paginator("scan").paginate(
            TableName=self.stack.outputs["OnceTable"],
            FilterExpression="begins_with(id, :name)",
            ExpressionAttributeValues={":name": {"S": TYPE}},
        )
        return {item["id"]["S"]: item["status"]["S"] for page in pages for item in page["Items"]}

    def _receive(self, queue: str) -> list[dict[str, Any]]:
        answer = self.sqs.receive_message(
            QueueUrl=queue,
            MaxNumberOfMessages=10,
            VisibilityTimeout=HIDDEN_FOR,
            MessageAttributeNames=["All"],
            MessageSystemAttributeNames=["All"],
        )
        return list(answer.get("Messages", []))


@contextmanager
def at_rest(stack: LocalStack) -> Iterator[Bench]:
    """Stop the schedule and the reader for the length of the block."""
    bench = Bench(stack)
    events, functions = stack.emulator.client("events"), stack.emulator.client("lambda")
    rule = {"Name": physical_id(stack, "RelayFunctionEveryMinute")}
    reader = {"UUID": physical_id(stack, f"{TYPE}HandlerQueue")}
    try:
        events.disable_rule(**rule)
        functions.update_event_source_mapping(**reader, Enabled=False)
        wait_until(bench.lease, lambda lease: not lease, "the last scheduled relay ends", seconds=60)
        yield bench
    finally:
        functions.update_event_source_mapping(**reader, Enabled=True)
        events.enable_rule(**rule)


def _order_number(key: EventKey) -> int:
    return uuid.UUID(key.message_id).int >> 80


def _record(message: dict[str, Any]) -> dict[str, Any]:
    return {
        "messageId": message["MessageId"],
        "receiptHandle": message["ReceiptHandle"],
        "body": message["Body"],
        "attributes": message["Attributes"],
        "messageAttributes": {
            name: {"stringValue": attribute.get("StringValue", ""), "dataType": attribute["DataType"]}
            for name, attribute in message.get("MessageAttributes", {}).items()
        },
    }
