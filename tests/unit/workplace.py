"""All that a handler works with, on an account of its own: its queue and dead letters, the tables, the bucket."""

from collections.abc import Callable
from dataclasses import dataclass
from datetime import timedelta
from typing import Any

import pytest

from tests.contract.account import (
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
from webhooks.aws.queues import SqsQueues
from webhooks.event import AcceptedEvent

type Handle = Callable[[dict[str, Any], Any], Any]

HIDDEN_SECONDS = 180
"""For how long the queue hides a message that it has handed out, as the template says."""


@dataclass(frozen=True)
class Workplace:
    """What a test may do around a handler, and see of it."""

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
        SqsQueues(clients.sqs(), {"CustomEvent": self.queue_url}).publish_all(events, replay)

    def put(self, body: str, **attributes: str) -> None:
        """Put anything on the queue."""
        clients.sqs().send_message(
            QueueUrl=self.queue_url,
            MessageBody=body,
            MessageAttributes={
                name: {"DataType": "String", "StringValue": value} for name, value in attributes.items()
            },
        )

    def batch(self) -> dict[str, Any]:
        """What Lambda hands to the handler now: ten messages at most."""
        return {"Records": receive_once(self.queue_url)}

    def work(self, handle: Handle, context: Any = CONTEXT) -> int:
        """Do as Lambda does until the queue hands out no more: delete what did not fail. How many were handed out."""
        handed_out = 0
        while records := self.batch()["Records"]:
            handed_out += len(records)
            failed = {each["itemIdentifier"] for each in handle({"Records": records}, context)["batchItemFailures"]}
            for record in records:
                if record["messageId"] not in failed:
                    clients.sqs().delete_message(QueueUrl=self.queue_url, ReceiptHandle=record["receiptHandle"])
        return handed_out

    def left(self) -> int:
        """How many messages the queue holds, hidden ones included."""
        attributes = clients.sqs().get_queue_attributes(QueueUrl=self.queue_url, AttributeNames=["All"])
        counts = attributes["Attributes"].items()
        return sum(int(number) for name, number in counts if name.startswith("ApproximateNumberOf"))

    def dead_letters(self) -> list[tuple[str, dict[str, str]]]:
        """Body and attributes of each dead letter."""
        return [
            (record["body"], {name: told["stringValue"] for name, told in record["messageAttributes"].items()})
            for record in receive(self.dead_letters_url)
        ]

    def items(self, table: str = "InboxTable") -> list[dict[str, Any]]:
        """What a table holds."""
        return list(clients.dynamodb().scan(TableName=table)["Items"])


def furnish(patch: pytest.MonkeyPatch, event_type: str = "CreateOrderEvent") -> Workplace:
    """A handler's workplace, and the environment that tells the handler of it."""
    for table in ("InboxTable", "RecordsTable", "OnceTable"):
        create_table(table)
    create_queues(event_type)
    place = Workplace(QUEUE_URL_PREFIX + event_type, create_dead_letters(event_type), create_bucket())
    clients.sqs().set_queue_attributes(QueueUrl=place.queue_url, Attributes={"VisibilityTimeout": str(HIDDEN_SECONDS)})
    environment = {
        "POWERTOOLS_SERVICE_NAME": event_type,
        "INBOX_TABLE": "InboxTable",
        "RECORDS_TABLE": "RecordsTable",
        "ONCE_TABLE": "OnceTable",
        "RETENTION_DAYS": "35",
        "BUCKET": place.bucket,
        "QUEUE_URL_PREFIX": QUEUE_URL_PREFIX,
        "DEAD_LETTERS_URL_PREFIX": place.dead_letters_url.removesuffix(event_type),
    }
    for name, value in environment.items():
        patch.setenv(name, value)
    return place
