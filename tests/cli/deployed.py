"""A stack in an account in memory, as the commands find it, and events that came in and were handled there."""

from dataclasses import dataclass
from datetime import timedelta
from functools import cache

import boto3
import pytest

from tests.contract.account import create_queues, create_secret
from tests.unit.failing import raises
from tests.unit.workplace import Workplace, furnish
from webhooks.aws import clients
from webhooks.aws.handler import handler
from webhooks.aws.inbox import DynamoInbox
from webhooks.event import AcceptedEvent
from webhooks.events.orders import CreateOrderEvent
from webhooks_cli.stack import Stack

TYPES = ("CreateOrderEvent", "UpdateAssociateEvent", "CustomEvent")
TOKEN = "a-token"  # noqa: S105 - of an account in memory
RETENTION = timedelta(days=35)


@handler(CreateOrderEvent)
def _handle(_: CreateOrderEvent) -> None:
    """Do nothing, with success."""


@dataclass(frozen=True)
class Deployed:
    """The stack, and what its functions would do."""

    stack: Stack
    workplace: Workplace

    def accept(self, *events: AcceptedEvent) -> None:
        """As ingest whose queue is away: the events stay unpublished."""
        for event in events:
            DynamoInbox(clients.dynamodb(), "InboxTable", RETENTION).claim(event, "me", "first")

    def publish(self, *events: AcceptedEvent) -> None:
        """As ingest: accept, publish, mark."""
        self.accept(*events)
        self.workplace.publish(*events)
        for event in events:
            DynamoInbox(clients.dynamodb(), "InboxTable", RETENTION).mark_published(event)

    def handle(self) -> None:
        """Let the handler of `CreateOrderEvent` do its work, with success."""
        self.workplace.work(_handle)

    def fail(self, error: Exception) -> None:
        """Let it try what its queue hands out, and fail."""
        self.workplace.work(raises(error))


@cache
def _session() -> boto3.Session:
    # It holds what botocore reads of its service models, which takes longer than most tests.
    return boto3.Session()


def deploy(patch: pytest.MonkeyPatch) -> Deployed:
    """Deploy into the account."""
    workplace = furnish(patch)
    create_queues(*TYPES)
    stack = Stack("webhooks", _session())
    outputs = {
        "InboxTable": "InboxTable",
        "OnceTable": "OnceTable",
        "RecordsTable": "RecordsTable",
        "Bucket": workplace.bucket,
        "TokensSecret": create_secret(f'{{"first": "{TOKEN}"}}'),
        "QueuePrefix": "webhooks-events-",
        "DeadLettersPrefix": "webhooks-dead-letters-",
        "Endpoint": "https://api.example/webhooks",
    }
    # What CloudFormation tells of a stack is asked for once: here it is known.
    vars(stack)["_described"] = {
        "Outputs": [{"OutputKey": name, "OutputValue": value} for name, value in outputs.items()],
        "Parameters": [{"ParameterKey": "EventTypes", "ParameterValue": ", ".join(TYPES)}],
    }
    return Deployed(stack, workplace)
