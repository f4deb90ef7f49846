"""Everything a handler uses, in an account of its own: queue, dead-letter queue, tables, bucket, environment."""

from collections.abc import Callable
from dataclasses import dataclass
from datetime import timedelta
from typing import Any

import boto3
import pytest

from tests.contract.account import (
    ACCOUNT,
    QUEUE_URL_PREFIX,
    create_bucket,
    create_dead_letters,
    create_queues,
    create_table,
    receive,
    receive_once,
)
from tests.unit.examples import CONTEXT
from webhooks.aws import clients
from webhooks.aws.inbox import DynamoInbox
from webhooks.aws.queues import SqsQueues, string_attributes
from webhooks.event import AcceptedEvent
from webhooks.handlers import CreateOrderEvent, Event, handler, save_record
from webhooks.policy import VISIBILITY_TIMEOUT

type Handle = Callable[[dict[str, Any], Any], Any]


@dataclass(frozen=True)
class HandlerEnv:
    """What a test can do to a handler's environment, and see of it."""

    queue_url: str
    dead_letters_url: str
    bucket: str

    def accept(self, *events: AcceptedEvent) -> None:
        """Put events into the inbox and on the queue."""
        for event in events:
            DynamoInbox(clients.dynamodb(), "InboxTable", timedelta(days=35)).claim(event, "me")
        self.publish(*events)

    def publish(self, *events: AcceptedEvent, replay: str = "") -> None:
        """Put events on the queue."""
        SqsQueues(clients.sqs(), {"": self.queue_url}).publish_all(events, "", replay)

    def put(self, body: str, **attributes: str) -> None:
        """Put any message on the queue."""
        clients.sqs().send_message(
            QueueUrl=self.queue_url, MessageBody=body, MessageAttributes=string_attributes(attributes)
        )

    def batch(self) -> dict[str, Any]:
        """The next batch of the queue, as Lambda passes it to the handler: ten messages at most."""
        return {"Records": receive_once(self.queue_url)}

    def work(self, handle: Handle, context: Any = CONTEXT) -> int:
        """Run the handler until the queue returns nothing; returns the number of messages received.

        As Lambda does, delete every message that the handler does not name as failed.
        """
        received = 0
        while records := self.batch()["Records"]:
            received += len(records)
            failed = {each["itemIdentifier"] for each in handle({"Records": records}, context)["batchItemFailures"]}
            for record in records:
                if record["messageId"] not in failed:
                    clients.sqs().delete_message(QueueUrl=self.queue_url, ReceiptHandle=record["receiptHandle"])
        return received

    def left(self) -> int:
        """The number of messages on the queue, hidden ones included."""
        attributes = clients.sqs().get_queue_attributes(QueueUrl=self.queue_url, AttributeNames=["All"])
        counts = attributes["Attributes"].items()
        return sum(int(number) for name, number in counts if name.startswith("ApproximateNumberOf"))

    def dead_letters(self) -> list[tuple[str, dict[str, str]]]:
        """Body and attributes of each dead letter."""
        return [
            (record["body"], {name: value["stringValue"] for name, value in record["messageAttributes"].items()})
            for record in receive(self.dead_letters_url)
        ]

    def items(self, table: str = "InboxTable") -> list[dict[str, Any]]:
        """The items of a table."""
        return list(clients.dynamodb().scan(TableName=table)["Items"])

    def runs(self) -> list[dict[str, Any]]:
        """The items of runs in the table of `once`."""
        return [item for item in self.items("OnceTable") if "#failures#" not in item["id"]["S"]]

    def trouble(self) -> list[dict[str, Any]]:
        """What went wrong with events: the other items of that table."""
        return [item for item in self.items("OnceTable") if "#failures#" in item["id"]["S"]]

    def records(self) -> list[dict[str, Any]]:
        """The saved records as Python values, by key."""
        records = boto3.resource("dynamodb").Table("RecordsTable").scan()["Items"]
        return sorted(records, key=lambda record: (str(record["pk"]), str(record["sk"])))


def setup(patch: pytest.MonkeyPatch, event_type: str = "CreateOrderEvent") -> HandlerEnv:
    """Create a handler's environment and set its variables."""
    for table in ("InboxTable", "RecordsTable", "OnceTable"):
        create_table(table)
    create_queues(event_type)
    env = HandlerEnv(QUEUE_URL_PREFIX + event_type, create_dead_letters(event_type), create_bucket())
    timeout = {"VisibilityTimeout": str(VISIBILITY_TIMEOUT)}
    clients.sqs().set_queue_attributes(QueueUrl=env.queue_url, Attributes=timeout)  # type: ignore[arg-type]
    variables = {
        "POWERTOOLS_SERVICE_NAME": event_type,
        "RECORDS_TABLE": "RecordsTable",
        "ONCE_TABLE": "OnceTable",
        "RETENTION_DAYS": "35",
        "BUCKET": env.bucket,
        "BUCKET_OWNER": ACCOUNT,
        "QUEUE_URL_PREFIX": QUEUE_URL_PREFIX,
        "DEAD_LETTERS_URL_PREFIX": env.dead_letters_url.removesuffix(event_type),
    }
    for name, value in variables.items():
        patch.setenv(name, value)
    return env


def saves(model: type[Event], *, idempotent: bool = False) -> Handle:
    """A handler that saves the record which its event updates, as the shipped ones do."""

    @handler(model, idempotent=idempotent)
    def handle(event: Event) -> None:
        save_record(event)

    return handle


def raises(error: Exception) -> Handle:
    """A handler that fails."""

    @handler(CreateOrderEvent)
    def handle(_: CreateOrderEvent) -> None:
        raise error.with_traceback(None)

    return handle
