"""A stack in memory with a clock that is moved by hand.

DirectScale, API Gateway, EventBridge and Lambda's SQS pollers are simulated and AWS is moto; the functions and
`@handler` are the real ones.
"""

import json
import os
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from functools import cache
from itertools import count
from types import SimpleNamespace
from typing import Any

import boto3
import pytest
import time_machine
from aws_lambda_powertools.shared import user_agent
from botocore.session import Session

from tests.contract.account import QUEUE_URL_PREFIX, account, as_record, aws, forget, receive
from tests.faults.fault import Died, Fault, Faults
from tests.faults.stack import ENVIRONMENT, MAILING, TOKEN, TYPE, create_tables_and_queues
from tests.unit.examples import ROOT, request
from tests.unit.functions import load, load_path
from webhooks.aws import clients
from webhooks.aws import session as own
from webhooks.handlers import CreateOrderPaymentEvent, handler, save_record
from webhooks.policy import HANDLER_TIMEOUT, INGEST_TIMEOUT, RELAY_TIMEOUT

OURS = "functions/ingest"
FUNCTIONS = {TYPE: "handler", MAILING: "second handler"}
TIMEOUTS = {"ingest": INGEST_TIMEOUT, "relay": RELAY_TIMEOUT} | dict.fromkeys(FUNCTIONS.values(), HANDLER_TIMEOUT)

type Run = tuple[str, int, str]


@dataclass(slots=True)
class Runs:
    """The handlers' runs, in order: those begun, and those completed, each the handler, the order's number and the key.

    `cut_short` counts those that failed or died of themselves, not by a fault.
    """

    begun: list[Run] = field(default_factory=list)
    completed: list[Run] = field(default_factory=list)
    cut_short: int = 0


class Simulation:
    """One new stack. `receiver` names the ingest function: ours, or that of a baseline.

    `failing` is the handler that fails and dies, if one is to.
    """

    def __init__(self, fault: Fault, clock: time_machine.Traveller, receiver: str = OURS) -> None:
        self.fault = fault
        self.runs = Runs()
        self.failures_to_come = 0
        self.deaths_to_come = 0
        self.failing = TYPE
        self._clock = clock
        self._receiver = receiver
        self._ids = (f"request-{number}" for number in count(1))
        create_tables_and_queues()
        self._start_processes()

    def deliver(self, body: str, message_id: str = "m-1") -> int | None:
        """One delivery; returns the status, or None if the process died without an answer."""
        headers = {"x_directscale_message_id": message_id, "x_directscale_client_id": "acme"}
        requested = request(body, authorization=f"Bearer {TOKEN}", **headers)
        try:
            response = self._run("ingest", lambda app, context: app.handle(requested, context))
        except Exception:  # noqa: BLE001 - as API Gateway does
            return 500
        return None if response is None else int(response["statusCode"])

    def run_until_quiet(self, rounds: int = 40) -> None:
        """Let minutes pass, each with its relay and its polls, until nothing is left to do."""
        handlers = FUNCTIONS if os.environ["TAKES"] else (TYPE,)
        unpublished = self._unpublished()
        for _ in range(rounds):
            self._clock.shift(61)
            if unpublished and not self._is_baseline:  # a relay that finds none only reads
                self.relay()
            for name in handlers:
                while self._poll(name):
                    pass
            unpublished = self._unpublished()
            if not unpublished and not any(map(_waiting, handlers)):
                return

    def relay(self) -> None:
        """One run of the relay."""
        self._run("relay", lambda app, context: app.handle({}, context))

    def relay_in_part(self, partial: dict[str, str]) -> None:
        """One run of the relay, in which a part of its batches fails."""
        self._clock.shift(61)
        self.fault.partial = partial
        self.relay()
        self.fault.partial = {}

    def advance(self, seconds: float) -> None:
        """Let time pass."""
        self._clock.shift(seconds)

    def items(self, table: str) -> list[dict[str, Any]]:
        """The items of a table."""
        return list(aws("dynamodb").scan(TableName=table, ConsistentRead=True)["Items"])

    def collisions(self) -> set[str]:
        """The bodies that are stored as collisions."""
        s3 = aws("s3")
        found = s3.list_objects_v2(Bucket="bucket", Prefix="collisions/").get("Contents", [])
        return {json.loads(s3.get_object(Bucket="bucket", Key=each["Key"])["Body"].read())["body"] for each in found}

    def dead_letters(self) -> set[str]:
        """The bodies of the dead letters."""
        urls = [_queue_url(name).replace("-events-", "-dead-letters-") for name in FUNCTIONS]
        return {record["body"] for url in urls for record in receive(url)}

    def _poll(self, name: str) -> int:
        """As Lambda's poller: pass on what is visible, delete what succeeded; returns the number of messages."""
        received: Any = aws("sqs").receive_message(
            QueueUrl=_queue_url(name), MaxNumberOfMessages=10, MessageAttributeNames=["All"], AttributeNames=["All"]
        )
        messages = received.get("Messages", [])
        if messages:
            batch = {"Records": [as_record(message, f"webhooks-events-{name}") for message in messages]}
            with _environment_of(name):
                answer = self._run(FUNCTIONS[name], lambda _, context: self._lambda_handler(name)(batch, context))
            if answer is not None:
                failed = {failure["itemIdentifier"] for failure in answer["batchItemFailures"]}
                self._delete(name, [message for message in messages if message["MessageId"] not in failed])
        return len(messages)

    def _delete(self, name: str, messages: list[dict[str, Any]]) -> None:
        # A call of Lambda's poller, made for the handler: it may fail like the handler's own.
        try:
            with self.fault.running("poller"):
                for message in messages:
                    clients.sqs().delete_message(QueueUrl=_queue_url(name), ReceiptHandle=message["ReceiptHandle"])
        except Died:
            return

    def _unpublished(self) -> bool:
        return any("unpublished_shard" in item for item in self.items("InboxTable"))

    @property
    def _is_baseline(self) -> bool:
        """A baseline has no relay and no `once`."""
        return self._receiver != OURS

    def _run(self, function: str, call: Callable[[Any, Any], Any]) -> Any:
        context = SimpleNamespace(
            aws_request_id=next(self._ids),
            function_name=function,
            function_version="7",
            get_remaining_time_in_millis=lambda: TIMEOUTS[function] * 1000,
        )
        try:
            with self.fault.running(function):
                return call(self._apps[function], context)
        except Died:
            self._start_processes()
            return None

    def _lambda_handler(self, name: str) -> Any:
        @handler(CreateOrderPaymentEvent)
        def handle(event: CreateOrderPaymentEvent) -> None:
            run = (name, event.order_number, event.idempotency_key)
            self.runs.begun.append(run)
            if (name, event.order_number) == (
                self.failing,
                1,
            ) and self.failures_to_come + self.deaths_to_come > self.runs.cut_short:
                self.runs.cut_short += 1
                if self.deaths_to_come:
                    self.fault.die()
                raise RuntimeError
            save_record(event, f"{name}#{event.order_number}", "HANDLED")
            self.runs.completed.append(run)

        return self._plain_handler if self._is_baseline else handle

    def _plain_handler(self, batch: dict[str, Any], _context: Any) -> dict[str, Any]:
        """The handler of a baseline: it takes each message for a new event, since it relies on ingest."""
        for record in batch["Records"]:
            payment = json.loads(record["body"])
            run = (TYPE, payment["OrderNumber"], "m-1")
            self.runs.begun.append(run)
            boto3.client("dynamodb").put_item(
                TableName="RecordsTable",
                Item={"pk": {"S": f"{TYPE}#{payment['OrderNumber']}"}, "sk": {"S": "HANDLED"}},
            )
            self.runs.completed.append(run)
        return {"batchItemFailures": []}

    def _start_processes(self) -> None:
        """Load the functions again, without their caches but with their clients, which are slow to make."""
        forget(clients)
        self._apps = {"ingest": load_path(ROOT / self._receiver), "relay": load("relay")} | dict.fromkeys(
            FUNCTIONS.values()
        )


def _queue_url(name: str) -> str:
    return QUEUE_URL_PREFIX + name


def _waiting(name: str) -> bool:
    """Whether a message waits on a handler's queue or is hidden there."""
    attributes = aws("sqs").get_queue_attributes(QueueUrl=_queue_url(name), AttributeNames=["All"])["Attributes"]
    return any(int(attributes[each]) for each in attributes if each.startswith("ApproximateNumberOf"))


@contextmanager
def _environment_of(name: str) -> Iterator[None]:
    """The environment of a handler, and no other handler's cached settings."""
    if name == TYPE:
        yield
        return
    with pytest.MonkeyPatch.context() as patch:
        patch.setenv("POWERTOOLS_SERVICE_NAME", name)
        forget(clients)
        try:
            yield
        finally:
            forget(clients)


@contextmanager
def simulation(fault: Fault, receiver: str = OURS, takes: str = "") -> Iterator[Simulation]:
    """A simulation, for the length of the block; `takes` is the template's parameter."""
    with (
        pytest.MonkeyPatch.context() as patch,
        account(),
        time_machine.travel("2026-11-24T12:00:00Z", tick=False) as clock,
    ):
        for name, value in ENVIRONMENT.items():
            patch.setenv(name, value)
        patch.setenv("TAKES", takes)
        ours, others, faults = _sessions()
        faults.fault = fault
        patch.setattr(own, "session", lambda: ours)
        patch.setattr(own, "client", _client)
        patch.setattr(boto3, "DEFAULT_SESSION", others)
        patch.setattr("time.sleep", lambda _: None)  # the SDK's, before it calls again
        # Each new process would add one more hook to the clients, which live longer here.
        patch.setattr(user_agent, "register_feature_to_client", lambda **_: None)
        yield Simulation(fault, clock, receiver)


_client = cache(own.client)
"""The clients of `ours`; they are slow to make."""


@cache
def _sessions() -> tuple[Session, boto3.Session, Faults]:
    """The session of our own clients, the same for those of the baselines, and what their calls meet."""
    ours = Session()
    others = boto3.Session(botocore_session=ours)
    return ours, others, Faults(others)
