"""The real functions on an in-memory AWS account, one invocation at a time, recorded."""

import json
import os
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import replace
from functools import cache
from importlib.util import module_from_spec, spec_from_file_location
from itertools import count
from types import SimpleNamespace
from typing import Any
from unittest.mock import patch

import boto3
import time_machine
from botocore.session import Session
from moto import mock_aws

from benchmarks.costs.recorder import Recorder, Run, log_lines, table_of, unrecorded
from tools.bodies import SAMPLE, TYPE
from tools.local.emulator import ROOT
from tools.template import NO_ACCOUNT, resources
from webhooks.aws import clients
from webhooks.aws import session as own
from webhooks.handlers import CreateOrderPaymentEvent, handler, save_record

HANDLER = f"{TYPE}Handler"
"""The logical id of the handler; the handlers of the other types are like it."""
RECEIVER = "functions/ingest"

TABLES = ("InboxTable", "OnceTable", "RecordsTable")

_TOKEN = "a-token-of-the-simulation"  # noqa: S105 - of the simulation
_NOW = "2021-10-12T18:07:28Z"
"""Just after the sample's event."""
_ACCOUNT = "123456789012"
_QUEUES = f"https://sqs.us-east-1.amazonaws.com/{_ACCOUNT}/webhooks-"
_QUEUE = f"{_QUEUES}events-{TYPE}"
_TABLE_PROPERTIES = ("BillingMode", "AttributeDefinitions", "KeySchema", "GlobalSecondaryIndexes")
_ENVIRONMENT = NO_ACCOUNT | {
    "AWS_CONFIG_FILE": os.devnull,
    "AWS_SHARED_CREDENTIALS_FILE": os.devnull,
    "POWERTOOLS_SERVICE_NAME": TYPE,
    "POWERTOOLS_METRICS_NAMESPACE": "webhooks",
    **{f"{name.removesuffix('Table').upper()}_TABLE": name for name in TABLES},
    "RETENTION_DAYS": "35",
    "BUCKET": "bucket",
    "BUCKET_OWNER": _ACCOUNT,
    "TOKENS_SECRET": "webhooks/tokens",
    "EVENT_TYPES": f"{TYPE},CustomEvent",
    "QUEUE_URL_PREFIX": f"{_QUEUES}events-",
    "DEAD_LETTERS_URL_PREFIX": f"{_QUEUES}dead-letters-",
    # Every log line contains its root.
    "_X_AMZN_TRACE_ID": "Root=1-6165cee0-b12f3eb66f742ea42ad2a641;Parent=53995c3f42cd8ad8;Sampled=0",
}


class Simulation:
    """A new stack with a stopped clock; its tokens are cached, as in a warm environment."""

    def __init__(self, recorder: Recorder, receiver: str) -> None:
        self._recorder = recorder
        self._ids = count(1)
        self._ingest, self._relay = (_load(folder) for folder in (receiver, "functions/relay"))
        self._ingest.time = SimpleNamespace(
            monotonic=lambda: 0.0, time=lambda: 0.0
        )  # or the cached tokens would expire
        _create_resources()
        self.deliver(token="a guess")  # noqa: S106 - makes ingest read the tokens

    def deliver(self, body: str = SAMPLE["body"], message: int = 1, token: str = _TOKEN, *, failing: str = "") -> Run:
        """One delivery; `message` identifies the event, `failing` is an AWS operation that fails."""
        headers = SAMPLE["headers"] | {
            "authorization": f"Bearer {token}",
            "x-directscale-message-id": f"00000000-0000-4000-8000-{message:012}",
        }
        self._recorder.failing = failing
        return self._run(self._ingest.handle, "ingest", SAMPLE | {"headers": headers, "body": body})

    def handle(
        self, function: Callable[[CreateOrderPaymentEvent], object] = save_record, *, idempotent: bool = False
    ) -> Run:
        """Pass the waiting messages to a handler, by default one that saves a record."""
        return self.consume(handler(CreateOrderPaymentEvent, idempotent=idempotent)(function))

    def consume(self, handle: Callable[[Any, Any], Any]) -> Run:
        """Pass the waiting messages, ten at most, to any Lambda handler of the queue."""
        with self._recorder.calls() as received:
            records = _receive()
        run = self._run(handle, TYPE, {"Records": records})
        failed = {each["itemIdentifier"] for each in run.answer["batchItemFailures"]}
        with self._recorder.calls() as deleted:
            _delete([record for record in records if record["messageId"] not in failed])
        return replace(run, polled=(*received, *deleted))

    def relay(self) -> Run:
        """One run of the relay."""
        return self._run(self._relay.handle, "relay", {})

    def stored_bytes(self, table: str) -> tuple[int, int]:
        """The billed bytes of a table, and of its indexes."""
        items = unrecorded("dynamodb").scan(TableName=table)["Items"]
        stored = [table_of(table).stored_bytes(item) for item in items]
        return sum(own for own, _ in stored), sum(indexes for _, indexes in stored)

    def bucket_bytes(self) -> int:
        """The bytes of all objects in the bucket."""
        objects = unrecorded("s3").list_objects_v2(Bucket=_ENVIRONMENT["BUCKET"]).get("Contents", [])
        return sum(each["Size"] for each in objects)

    def _run(self, handle: Callable[..., Any], service: str, event: dict[str, Any]) -> Run:
        context = SimpleNamespace(
            aws_request_id=f"00000000-0000-4000-8000-{next(self._ids):012}",
            function_name=service,
            function_version="7",
            get_remaining_time_in_millis=lambda: 30_000,
        )
        with self._recorder.calls() as calls, log_lines(service) as log:
            answer = handle(event, context)
        return Run(answer, tuple(calls), tuple(log))


@contextmanager
def simulation(receiver: str = RECEIVER) -> Iterator[Simulation]:
    """A simulation for the length of the block; `receiver` is the folder of the ingest function: ours or a baseline."""
    inherited = {name: value for name, value in os.environ.items() if not name.startswith("AWS_")}
    with (
        patch.dict(os.environ, inherited | _ENVIRONMENT, clear=True),
        mock_aws(config={"core": {"reset_boto3_session": False}}),
        time_machine.travel(_NOW, tick=False),
    ):
        ours, others, recorder = _recorded_sessions()
        with patch.object(own, "session", lambda: ours), patch.object(boto3, "DEFAULT_SESSION", others):
            yield Simulation(recorder, receiver)


@cache
def _recorded_sessions() -> tuple[Session, boto3.Session, Recorder]:
    """One session for all simulations, because sessions are slow to make: for our own clients and the baselines'."""
    ours = Session()
    others, recorder = boto3.Session(botocore_session=ours), Recorder()
    recorder.listen(others)
    return ours, others, recorder


def _load(folder: str) -> Any:
    spec = spec_from_file_location(folder.replace("/", "_"), ROOT / folder / "app.py")
    assert spec is not None
    assert spec.loader is not None
    module = module_from_spec(spec)
    spec.loader.exec_module(module)
    return module


def _create_resources() -> None:
    for table in TABLES:
        properties = resources()[table]["Properties"]
        known = {name: properties[name] for name in _TABLE_PROPERTIES if name in properties}
        unrecorded("dynamodb").create_table(TableName=table, **known)
    for queue in (f"events-{TYPE}", "events-CustomEvent", f"dead-letters-{TYPE}"):
        unrecorded("sqs").create_queue(QueueName=f"webhooks-{queue}", Attributes={"VisibilityTimeout": "180"})
    unrecorded("s3").create_bucket(Bucket=_ENVIRONMENT["BUCKET"])
    unrecorded("secretsmanager").create_secret(
        Name=_ENVIRONMENT["TOKENS_SECRET"], SecretString=json.dumps({"first": _TOKEN})
    )


def _receive() -> list[dict[str, Any]]:
    """Messages as Lambda passes them to a handler."""
    received: Any = clients.sqs().receive_message(
        QueueUrl=_QUEUE, MaxNumberOfMessages=10, MessageAttributeNames=["All"], MessageSystemAttributeNames=["All"]
    )
    return [
        {
            "messageId": message["MessageId"],
            "receiptHandle": message["ReceiptHandle"],
            "body": message["Body"],
            "attributes": message["Attributes"],
            "messageAttributes": {
                name: {"stringValue": attribute["StringValue"], "dataType": attribute["DataType"]}
                for name, attribute in message.get("MessageAttributes", {}).items()
            },
            "eventSource": "aws:sqs",
            "eventSourceARN": f"arn:aws:sqs:us-east-1:123456789012:webhooks-events-{TYPE}",
            "awsRegion": "us-east-1",
        }
        for message in received.get("Messages", [])
    ]


def _delete(records: list[dict[str, Any]]) -> None:
    entries: Any = [{"Id": each["messageId"], "ReceiptHandle": each["receiptHandle"]} for each in records]
    if entries:
        clients.sqs().delete_message_batch(QueueUrl=_QUEUE, Entries=entries)
