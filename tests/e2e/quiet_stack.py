"""A stack that is idle unless a test acts: the relay has no schedule, and one queue has no consumer."""

import json
import time
import uuid
from collections.abc import Iterable, Iterator, Mapping
from contextlib import contextmanager, suppress
from datetime import UTC, datetime, timedelta
from typing import Any

from tests.e2e.resources import physical_id
from tools.local.client import records, wait_until
from tools.local.emulator import ACCOUNT
from tools.local.stack import LocalStack
from webhooks.aws.inbox import DynamoInbox
from webhooks.aws.inbox_table import table_key
from webhooks.aws.once_table import run_id, trouble_id
from webhooks.aws.queues import SqsQueues
from webhooks.aws.store import S3Store
from webhooks.dates import timestamp
from webhooks.event import AcceptedEvent, EventKey
from webhooks_cli.operations.endpoint import Request

TYPE = "CreateOrderPaymentEvent"
"""The type whose queue has no consumer; the tests call its handler."""

VISIBILITY_TIMEOUT = 1
"""Seconds, for messages received here: less than the 5 of a first retry, so a delayed message is recognizable."""

LEASE = {"id": {"S": "relay#lease"}}


class QuietStack:
    """What a test does to the stack, as its administrator."""

    def __init__(self, stack: LocalStack) -> None:
        self.stack = stack
        self._dynamodb, self._sqs, self._s3, self._lambda = (
            stack.emulator.client(service) for service in ("dynamodb", "sqs", "s3", "lambda")
        )
        self.queue, self.dead_letters = (
            self._sqs.get_queue_url(QueueName=stack.outputs[prefix] + TYPE)["QueueUrl"]
            for prefix in ("QueuePrefix", "DeadLettersPrefix")
        )
        self.inbox = DynamoInbox(self._dynamodb, stack.outputs["InboxTable"], timedelta(days=1))
        self.queues = SqsQueues(self._sqs, {TYPE: self.queue})
        self.bodies = S3Store(lambda: self._s3, stack.outputs["Bucket"], ACCOUNT)

    def event(self, fields: Mapping[str, object] | None = None, age: timedelta = timedelta()) -> AcceptedEvent:
        """A new event of `TYPE`, with some fields of the caller's."""
        key = EventKey(str(uuid.uuid4()), "quiet", TYPE)
        body = {"EventType": TYPE, "OrderNumber": _order_number(key), "OrderPaymentId": 1} | dict(fields or {})
        received_at = timestamp(datetime.now(UTC) - age)
        return AcceptedEvent(key, queue=TYPE, user="", event_date="", received_at=received_at, body=json.dumps(body))

    def request(self, event: AcceptedEvent, body: str | None = None) -> Request:
        """The delivery of an event."""
        headers = {
            "Authorization": f"Bearer {self.stack.token}",
            "X-Directscale-Client-Id": event.key.client_id,
            "X-Directscale-Message-Id": event.key.message_id,
        }
        return Request(headers, (event.body if body is None else body).encode(errors="surrogateescape"))

    def invoke(self, function: str, payload: object) -> tuple[str, Any]:
        """Call a function by its short name; returns its error or "returned", and its result."""
        answer = self._lambda.invoke(FunctionName=f"{self.stack.name}-{function}", Payload=json.dumps(payload))
        return answer.get("FunctionError", "returned"), json.load(answer["Payload"])

    def received(self, queue: str, events: Mapping[str, AcceptedEvent]) -> dict[str, dict[str, Any]]:
        """The messages of some events on a queue, in the form of a Lambda event, by the events' names."""
        names = {event.key.message_id: name for name, event in events.items()}
        found = {}
        while messages := self._receive(queue):
            for record in map(_record, messages):
                message_id = record["messageAttributes"].get("MessageId", {}).get("stringValue")
                if message_id in names:
                    found[names[message_id]] = record
        return found

    def delete_messages(self, queue: str, messages: Iterable[dict[str, Any]]) -> None:
        """Delete received messages, those that the handler has deleted too, as Lambda does."""
        for message in messages:
            with suppress(self._sqs.exceptions.ReceiptHandleIsInvalid):
                self._sqs.delete_message(QueueUrl=queue, ReceiptHandle=message["receiptHandle"])

    def lease(self) -> dict[str, Any]:
        """The relay's lease; empty if nobody holds it."""
        return dict(self._dynamodb.get_item(TableName=self.stack.outputs["OnceTable"], Key=LEASE).get("Item", {}))

    def end_lease(self) -> None:
        """Take the lease away."""
        self._dynamodb.delete_item(TableName=self.stack.outputs["OnceTable"], Key=LEASE)

    def lock(self, event: AcceptedEvent) -> None:
        """Leave what a process that died leaves: the lock of a run, which has expired."""
        self._dynamodb.put_item(
            TableName=self.stack.outputs["OnceTable"],
            Item={
                "id": {"S": f"{TYPE}#{run_id(event.run_key)}"},
                "status": {"S": "INPROGRESS"},
                "in_progress_expiration": {"N": "1"},
            },
        )

    def item(self, key: EventKey) -> dict[str, Any]:
        """An item of the inbox; empty if there is none."""
        found = self._dynamodb.get_item(TableName=self.stack.outputs["InboxTable"], Key=table_key(key))
        return dict(found.get("Item", {}))

    def delete_items(self, *keys: EventKey) -> None:
        """Delete items of the inbox."""
        for key in keys:
            self._dynamodb.delete_item(TableName=self.stack.outputs["InboxTable"], Key=table_key(key))

    def has_record(self, event: AcceptedEvent) -> bool:
        """Whether the handler has saved a record of an event."""
        return bool(records(self.stack, f"ORDER#{_order_number(event.key)}"))

    def objects(self, folder: str) -> int:
        """The number of objects in a folder of the bucket."""
        pages = self._s3.get_paginator("list_objects_v2").paginate(Bucket=self.stack.outputs["Bucket"], Prefix=folder)
        return sum(page["KeyCount"] for page in pages)

    def once(self) -> dict[str, str]:
        """The statuses that `once` has of the handler's events, by id."""
        pages = self._dynamodb.get_paginator("scan").paginate(TableName=self.stack.outputs["OnceTable"])
        items = [item for page in pages for item in page["Items"] if item["id"]["S"].startswith(TYPE)]
        return {item["id"]["S"]: item["status"]["S"] for item in items if "status" in item}

    def trouble(self, key: EventKey) -> dict[str, Any]:
        """What the handler notes of its failures of an event; empty if there are none."""
        found = self._dynamodb.get_item(
            TableName=self.stack.outputs["OnceTable"], Key={"id": {"S": trouble_id(TYPE, key)}}
        )
        return dict(found.get("Item", {}))

    def _receive(self, queue: str) -> list[dict[str, Any]]:
        answer = self._sqs.receive_message(
            QueueUrl=queue,
            MaxNumberOfMessages=10,
            VisibilityTimeout=VISIBILITY_TIMEOUT,
            MessageAttributeNames=["All"],
            MessageSystemAttributeNames=["All"],
        )
        return list(answer.get("Messages", []))


@contextmanager
def quiet(stack: LocalStack) -> Iterator[QuietStack]:
    """Stop the schedule and the consumer for the length of the block."""
    quieted = QuietStack(stack)
    events, functions = stack.emulator.client("events"), stack.emulator.client("lambda")
    rule = {"Name": physical_id(stack, "RelayFunctionEveryMinute")}
    consumer = {"UUID": physical_id(stack, f"{TYPE}HandlerQueue")}
    try:
        events.disable_rule(**rule)
        functions.update_event_source_mapping(**consumer, Enabled=False)
        wait_until(quieted.lease, _has_ended, "the end of the last relay", seconds=60)
        quieted.end_lease()
        yield quieted
    finally:
        functions.update_event_source_mapping(**consumer, Enabled=True)
        events.enable_rule(**rule)


def _has_ended(lease: dict[str, Any]) -> bool:
    """Whether nobody holds the lease: a relay whose process was killed, as by a deployment, leaves it to expire."""
    return not lease or int(lease["expiration"]["N"]) < time.time()


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
