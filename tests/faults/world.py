"""The world around the functions, in memory and with a clock that is moved by hand.

DirectScale, API Gateway, EventBridge and Lambda's SQS pollers are played here; the functions and the handler's
machinery are the real ones, and AWS is moto.
"""

import json
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from functools import cache
from itertools import count
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import boto3
import pytest
import time_machine

from tests.contract.account import QUEUE_URL_PREFIX, account, as_record, aws, forget
from tests.faults.hazard import Died, Hazard, Watch
from tests.faults.stack import ENVIRONMENT, TOKEN, TYPE, create_tables_and_queues, dead_letters_url
from tests.unit.functions import load, load_path
from webhooks.aws.handler import handler
from webhooks.events.orders import CreateOrderPaymentEvent

ROOT = Path(__file__).parents[2]
FUNCTION_SECONDS = {"ingest": 29, "relay": 50, "handler": 30}

type Handler = Callable[[CreateOrderPaymentEvent], object]


@dataclass(slots=True)
class Runs:
    """The idempotency keys of the handler's runs, in order: those begun, and those completed."""

    begun: list[str] = field(default_factory=list)
    completed: list[str] = field(default_factory=list)
    failed: int = 0


class World:
    """One stack, from nothing. `receiver` names the ingest function: ours, or that of a baseline."""

    def __init__(self, hazard: Hazard, clock: time_machine.Traveller, receiver: str = "functions/ingest") -> None:
        self.hazard = hazard
        self.runs = Runs()
        self._clock = clock
        self._receiver = receiver
        self._ids = (f"request-{number}" for number in count(1))
        self._shipped = load(f"handlers/{TYPE}").handle.__wrapped__
        self.handle: Handler = self._shipped
        create_tables_and_queues()
        self._forget()

    def deliver(self, body: str, message_id: str = "m-1") -> int | None:
        """One delivery: the status, or None if the process died without an answer."""
        request = {
            "version": "2.0",
            "rawPath": "/webhooks",
            "requestContext": {"stage": "$default", "http": {"method": "POST"}},
            "headers": {
                "authorization": f"Bearer {TOKEN}",
                "x-directscale-message-id": message_id,
                "x-directscale-client-id": "acme",
            },
            "body": body,
            "isBase64Encoded": False,
        }
        try:
            answer = self._run("ingest", lambda app, context: app.handle(request, context))
        except Exception:  # noqa: BLE001 - as API Gateway does
            return 500
        return None if answer is None else int(answer["statusCode"])

    def relay(self) -> None:
        """What EventBridge does every minute."""
        if not self.is_baseline:
            self._run("relay", lambda app, context: app.handle({}, context))

    def poll(self) -> int:
        """What Lambda's poller does: hand out what is visible, delete what succeeded. How many it handed out."""
        queue = QUEUE_URL_PREFIX + TYPE
        received: Any = aws("sqs").receive_message(
            QueueUrl=queue,
            MaxNumberOfMessages=10,
            MessageAttributeNames=["All"],
            AttributeNames=["All"],
        )
        messages = received.get("Messages", [])
        if messages:
            batch = {"Records": [as_record(message, queue.rpartition("/")[2]) for message in messages]}
            answer = self._run("handler", lambda _, context: self._lambda_handler()(batch, context))
            if answer is not None:
                failed = {failure["itemIdentifier"] for failure in answer["batchItemFailures"]}
                self._delete(queue, [message for message in messages if message["MessageId"] not in failed])
        return len(messages)

    def settle(self, rounds: int = 12) -> None:
        """Let minutes pass, each with its relay and its polls, until nothing is left to do."""
        for _ in range(rounds):
            self._clock.shift(61)
            if self.unpublished():  # a relay that finds none only reads
                self.relay()
            while self.poll():
                pass
            if self.is_quiet():
                return

    def refuse_messages(self) -> None:
        """Make the queues take none."""
        self.hazard.refused = {"SendMessage", "SendMessageBatch"}

    def take_messages(self) -> None:
        """Make the queues take messages again."""
        self.hazard.refused = set()

    def fail_once(self) -> None:
        """Let the handler fail at its first run."""
        failures = iter([RuntimeError("at first")])

        def handle(event: CreateOrderPaymentEvent) -> None:
            for failure in failures:
                self.runs.failed += 1
                raise failure
            self._shipped(event)

        self.handle = handle

    def advance(self, seconds: float) -> None:
        """Let time pass."""
        self._clock.shift(seconds)

    def is_quiet(self) -> bool:
        """No message waits or is hidden, and every accepted event is published."""
        attributes = aws("sqs").get_queue_attributes(QueueUrl=QUEUE_URL_PREFIX + TYPE, AttributeNames=["All"])[
            "Attributes"
        ]
        waiting = sum(int(attributes[name]) for name in attributes if name.startswith("ApproximateNumberOf"))
        return waiting == 0 and not self.unpublished()

    def unpublished(self) -> bool:
        """Whether an accepted event is not known to be published."""
        return any("unpublished_shard" in item for item in self.items("InboxTable"))

    def items(self, table: str) -> list[dict[str, Any]]:
        """All that a table holds."""
        return list(aws("dynamodb").scan(TableName=table, ConsistentRead=True)["Items"])

    def dead_letters(self) -> list[dict[str, Any]]:
        """The messages that were given up."""
        received: Any = aws("sqs").receive_message(
            QueueUrl=dead_letters_url(), MaxNumberOfMessages=10, MessageAttributeNames=["All"]
        )
        return list(received.get("Messages", []))

    @property
    def is_baseline(self) -> bool:
        """Whether the receiver is one of those that ours is compared with: no relay, no `once`."""
        return self._receiver != "functions/ingest"

    def _run(self, function: str, call: Callable[[Any, Any], Any]) -> Any:
        seconds = FUNCTION_SECONDS[function]
        context = SimpleNamespace(
            aws_request_id=next(self._ids),
            function_name=function,
            get_remaining_time_in_millis=lambda: seconds * 1000,
        )
        try:
            with self.hazard.running(function):
                return call(self._apps[function], context)
        except Died:
            self._forget()
            return None

    def _lambda_handler(self) -> Any:
        def counted(event: CreateOrderPaymentEvent) -> None:
            self.runs.begun.append(event.idempotency_key)
            self.handle(event)
            self.runs.completed.append(event.idempotency_key)

        return self._plain_handler if self.is_baseline else handler(CreateOrderPaymentEvent)(counted)

    def _plain_handler(self, batch: dict[str, Any], _context: Any) -> dict[str, Any]:
        """The consumer of a baseline: it takes each message for a new event, as those who rely on ingest do."""
        for record in batch["Records"]:
            self.runs.begun.append("m-1")
            payment = json.loads(record["body"])
            boto3.client("dynamodb").put_item(
                TableName="RecordsTable",
                Item={"pk": {"S": f"ORDER#{payment['OrderNumber']}"}, "sk": {"S": "PAYMENT#1"}},
            )
            self.runs.completed.append("m-1")
        return {"batchItemFailures": []}

    def _delete(self, queue: str, messages: list[dict[str, Any]]) -> None:
        # A call of Lambda's poller, made for the handler: it may fail like the handler's own.
        try:
            with self.hazard.running("poller"):
                for message in messages:
                    boto3.client("sqs").delete_message(QueueUrl=queue, ReceiptHandle=message["ReceiptHandle"])
        except Died:
            return

    def _forget(self) -> None:
        """A new process: modules anew, nothing remembered."""
        forget()
        self._apps = {
            "ingest": load_path(ROOT / self._receiver),
            "relay": load("relay"),
            "handler": None,
        }


@contextmanager
def a_world(hazard: Hazard, receiver: str = "functions/ingest") -> Iterator[World]:
    """A world of its own for the length of the block."""
    with (
        pytest.MonkeyPatch.context() as patch,
        account(),
        time_machine.travel("2026-11-24T12:00:00Z", tick=False) as clock,
    ):
        for name, value in ENVIRONMENT.items():
            patch.setenv(name, value)
        session, watch = _watched_session()
        watch.hazard = hazard
        patch.setattr(boto3, "DEFAULT_SESSION", session)
        yield World(hazard, clock, receiver)


@cache
def _watched_session() -> tuple[boto3.Session, Watch]:
    session = boto3.Session()
    return session, Watch(session)
