"""Unit tests of handlers, without AWS: run a handler on its sample in an account that moto keeps in memory.

    from webhooks.testing import run_handler

    def test_the_order_is_recorded() -> None:
        result = run_handler(__file__, OrderStatus="Paid")
        assert result.records["ORDER#1", "ORDER"]["OrderStatus"] == "Paid"

For tests only: moto is not among the packages of the functions.
"""

import json
import os
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from importlib.util import module_from_spec, spec_from_file_location
from pathlib import Path
from types import SimpleNamespace
from typing import Any
from unittest.mock import patch

from boto3.dynamodb.types import TypeDeserializer
from moto import mock_aws

from webhooks.aws import clients, handler, records

_QUEUES = "https://sqs.us-east-1.amazonaws.com/123456789012/webhooks-"
_TABLES = {
    "RecordsTable": ("pk", "sk"),
    "OnceTable": ("id",),
}
_ENVIRONMENT = {
    "AWS_DEFAULT_REGION": "us-east-1",
    "AWS_ACCESS_KEY_ID": "test",
    "AWS_SECRET_ACCESS_KEY": "test",
    "POWERTOOLS_METRICS_NAMESPACE": "webhooks",
    "STACK_NAME": "webhooks",
    "RECORDS_TABLE": "RecordsTable",
    "ONCE_TABLE": "OnceTable",
    "RETENTION_DAYS": "35",
    "BUCKET": "webhooks-bucket",
    "BUCKET_OWNER": "123456789012",
    "QUEUE_URL_PREFIX": f"{_QUEUES}events-",
    "DEAD_LETTERS_URL_PREFIX": f"{_QUEUES}dead-letters-",
}
_deserialize = TypeDeserializer().deserialize


@dataclass(frozen=True, slots=True)
class Result:
    """What a handler did with an event.

    `records` are the saved records by `pk` and `sk`. `retry_after` is the delay in seconds if the handler failed and
    will run again; `dead_letter` is the reason if it gave up. Both are None if it succeeded.
    """

    records: dict[tuple[str, str], dict[str, Any]]
    retry_after: int | None
    dead_letter: str | None


def run_handler(
    test_file: str, /, *, variables: dict[str, str] | None = None, sample: str = "sample.json", **fields: Any
) -> Result:
    """Run the handler in `app.py` beside the test file on `sample.json`, with some of its fields replaced.

    `sample` is another file beside it, for a handler of several types: its `EventType` is the type of the event.
    `variables` are environment variables of the handler. Replace what the handler calls with pytest's monkeypatch, or
    point a variable at a server of the test's own.
    """
    folder = Path(test_file).parent
    body = json.loads((folder / sample).read_text()) | fields
    with _account(folder.name, variables or {}):
        app = _load(folder)
        record = _message(folder.name, body)
        failures = app.handle({"Records": [record]}, _context())["batchItemFailures"]
        return _result(record, failed=bool(failures))


@contextmanager
def _account(event_type: str, variables: dict[str, str]) -> Iterator[None]:
    environment = _ENVIRONMENT | {"POWERTOOLS_SERVICE_NAME": event_type} | variables
    inherited = {name: value for name, value in os.environ.items() if not name.startswith("AWS_")}
    with patch.dict(os.environ, inherited | environment, clear=True), mock_aws():
        _forget()
        for table, keys in _TABLES.items():
            clients.dynamodb().create_table(
                TableName=table,
                BillingMode="PAY_PER_REQUEST",
                AttributeDefinitions=[{"AttributeName": key, "AttributeType": "S"} for key in keys],
                KeySchema=[
                    {"AttributeName": key, "KeyType": kind}  # type: ignore[typeddict-item]
                    for key, kind in zip(keys, ("HASH", "RANGE"), strict=False)
                ],
            )
        for queue in ("events", "dead-letters"):
            clients.sqs().create_queue(QueueName=f"webhooks-{queue}-{event_type}")
        try:
            yield
        finally:
            _forget()


def _forget() -> None:
    """Clear what the modules cache for the lifetime of a process."""
    for module in (clients, records, handler):
        for member in vars(module).values():
            if hasattr(member, "cache_clear"):
                member.cache_clear()


def _load(folder: Path) -> Any:
    spec = spec_from_file_location(f"app_of_{folder.name}", folder / "app.py")
    if spec is None or spec.loader is None:
        raise ImportError(f"{folder} has no app.py")
    module = module_from_spec(spec)
    spec.loader.exec_module(module)
    return module


def _message(event_type: str, body: dict[str, Any]) -> dict[str, Any]:
    """The event on its queue and received from it, as Lambda passes it to the handler."""
    url = _ENVIRONMENT["QUEUE_URL_PREFIX"] + event_type
    attributes = {
        "MessageId": "sample",
        "ClientId": "acme",
        "EventType": str(body.get("EventType") or event_type),
        "EventDate": str(body.get("EventDateUtc") or ""),
        "ReceivedAt": "2026-01-01T00:00:00.0000000Z",
    }
    clients.sqs().send_message(
        QueueUrl=url,
        MessageBody=json.dumps(body),
        MessageAttributes={
            name: {"DataType": "String", "StringValue": value} for name, value in attributes.items() if value
        },
    )
    (received,) = clients.sqs().receive_message(QueueUrl=url)["Messages"]
    return {
        "messageId": received["MessageId"],
        "receiptHandle": received["ReceiptHandle"],
        "body": received["Body"],
        "attributes": {"ApproximateReceiveCount": "1"},
        "messageAttributes": {name: {"stringValue": value} for name, value in attributes.items() if value},
        "eventSourceARN": f"arn:aws:sqs:us-east-1:123456789012:webhooks-events-{event_type}",
    }


def _context() -> Any:
    return SimpleNamespace(aws_request_id="test", get_remaining_time_in_millis=lambda: 30_000)


def _result(record: dict[str, Any], *, failed: bool) -> Result:
    items = clients.dynamodb().scan(TableName="RecordsTable")["Items"]
    saved = [{name: _deserialize(value) for name, value in item.items()} for item in items]
    dead = clients.sqs().receive_message(
        QueueUrl=_ENVIRONMENT["DEAD_LETTERS_URL_PREFIX"] + record["eventSourceARN"].rpartition("-")[2],
        MessageAttributeNames=["All"],
    )
    reasons = [message["MessageAttributes"]["Reason"]["StringValue"] for message in dead.get("Messages", [])]
    return Result(
        records={(item["pk"], item["sk"]): item for item in saved},
        retry_after=_delay(record) if failed else None,
        dead_letter=reasons[0] if reasons else None,
    )


def _delay(record: dict[str, Any]) -> int:
    """The visibility timeout that the handler gave the message, in seconds."""
    from moto.sqs.models import sqs_backends  # noqa: PLC0415 - only moto knows it

    url = _ENVIRONMENT["QUEUE_URL_PREFIX"] + record["eventSourceARN"].rpartition("-")[2]
    queue = sqs_backends["123456789012"]["us-east-1"].queues[url.rpartition("/")[2]]
    (message,) = [each for each in queue._messages if each.id == record["messageId"]]  # noqa: SLF001
    return round((message.visible_at - (message.sent_timestamp or 0)) / 1000)
