"""Unit tests of handlers, without AWS: run a handler on an event in an account that moto keeps in memory.

    from webhooks.testing import run_handler

    def test_the_order_is_recorded() -> None:
        result = run_handler(__file__, OrderStatus="Paid")
        assert result.records["ORDER#1", "ORDER"]["OrderStatus"] == "Paid"

The event is that of sample.json, or one that `event_of` makes from a model.
For tests only: moto is not among the packages of the functions.
"""

import json
import os
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from datetime import datetime
from decimal import Decimal
from itertools import count
from pathlib import Path
from types import SimpleNamespace
from typing import Any, NoReturn
from unittest.mock import patch

from boto3 import Session
from boto3.dynamodb.types import TypeDeserializer
from moto import mock_aws

from webhooks.app_module import app_module
from webhooks.aws import clients, handler, loggable, records
from webhooks.dates import normalised
from webhooks.event import AcceptedEvent, EventKey
from webhooks.events.base import Event
from webhooks.kinds import kinds

_MESSAGE_ID, _CLIENT_ID = "sample", "acme"
_MOMENT, _RECEIVED_AT = "2026-01-01T00:00:00Z", "2026-01-01T00:00:00.0000000Z"

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


_open: list["_Account"] = []
"""The account that is open, if one is."""


@dataclass(frozen=True, slots=True)
class Result:
    """What a handler did with an event.

    `records` are the saved records by `pk` and `sk`. `retry_after` is the delay in seconds if the handler failed and
    will run again; `dead_letter` is the reason if it gave up. `error` is the exception with which it failed or gave up.
    The last three are None if it succeeded.
    """

    records: dict[tuple[str, str], dict[str, Any]]
    retry_after: int | None
    dead_letter: str | None
    error: Exception | None = field(default=None, compare=False)


@dataclass(frozen=True, slots=True)
class _Account:
    session: Session
    runs: Iterator[int] = field(default_factory=lambda: count(1))


class _Records(dict[tuple[str, str], dict[str, Any]]):
    """Records that say why one is missing: pytest shows the traceback of the handler."""

    error: Exception | None = None

    def __missing__(self, key: object) -> NoReturn:
        raise KeyError(
            f"no record {key}: the handler {'failed' if self.error else f'saved {list(self)}'}"
        ) from self.error


def run_handler(
    test_file: str,
    event: Event | None = None,
    /,
    *,
    variables: dict[str, str] | None = None,
    sample: str = "sample.json",
    **fields: Any,
) -> Result:
    """Run the handler in `app.py` beside the test file on `sample.json`, with some of its fields replaced.

    `event` is run instead if it is given. `sample` is another file beside the test, for a handler of several types: its
    `EventType` is the type of the event. `variables` are environment variables of the handler. Replace what the handler
    calls with pytest's monkeypatch, or point a variable at a server of the test's own.

    Raises what the import of `app.py` raises; what the handler raises is in the result.
    """
    folder = Path(test_file).parent
    body = json.loads(event.accepted.body if event else (folder / sample).read_text()) | fields
    with account(**variables or {}), patch.dict(os.environ, {"POWERTOOLS_SERVICE_NAME": folder.name}):
        _forget()
        _empty_queues(folder.name)
        record = _message(folder.name, body, next(_open[0].runs))
        delays = _delays()
        with app_module(folder) as app, _noted() as errors:
            failures = app.handle({"Records": [record]}, _context())["batchItemFailures"]
        return _result(folder.name, delays if failures else [], errors)


def event_of[E: Event](model: type[E], /, **fields: Any) -> E:
    """An event of a model: every field has a made-up value, except those that are given, under the vendor's names.

    A text is the name of its field, a number 1, a date 2026-01-01. Raises pydantic's `ValidationError` if a value does
    not fit, or if a field is required for whose type none can be made up.
    """
    made_up = {name: _made_up(name, kind) for name, kind in kinds(model).items()}
    base = {"EventType": model.__name__, "EventDateUtc": _MOMENT}
    body = {name: value for name, value in (made_up | base).items() if value is not None} | fields
    key = EventKey(_MESSAGE_ID, _CLIENT_ID, str(body["EventType"] or model.__name__))
    moment = normalised(body["EventDateUtc"]) or ""
    return model.from_accepted(AcceptedEvent(key, "", moment, _RECEIVED_AT, json.dumps(body)))


@contextmanager
def account(**variables: str) -> Iterator[Session]:
    """An AWS account in memory, with the product's tables and these environment variables, until the block ends.

    Within it, `run_handler` uses this account, so that a test can create what a handler needs, and run several events.
    """
    if _open:
        with patch.dict(os.environ, variables):
            yield _open[0].session
        return
    inherited = {name: value for name, value in os.environ.items() if not name.startswith("AWS_")}
    with patch.dict(os.environ, inherited | _ENVIRONMENT | variables, clear=True), mock_aws():
        _forget()
        _create_tables()
        _open.append(_Account(Session()))
        try:
            yield _open[0].session
        finally:
            _open.clear()
            _forget()


def _create_tables() -> None:
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


def _empty_queues(name: str) -> None:
    for queue in ("events", "dead-letters"):
        url = clients.sqs().create_queue(QueueName=f"webhooks-{queue}-{name}")["QueueUrl"]
        clients.sqs().delete_queue(QueueUrl=url)
        clients.sqs().create_queue(QueueName=f"webhooks-{queue}-{name}")


@contextmanager
def _noted() -> Iterator[list[Exception]]:
    """The exceptions with which handlers fail during the block."""
    errors: list[Exception] = []
    fields = loggable.fields

    def noted(error: Exception, handle: Any) -> dict[str, Any]:
        errors.append(error)
        return fields(error, handle)

    with patch.object(loggable, "fields", noted):
        yield errors


def _made_up(name: str, kind: type) -> object:
    """A value of a field; None if there is none for its type."""
    if kind in (int, float, Decimal):
        return 1
    values: dict[type, object] = {str: name, bool: False, datetime: _MOMENT, list: [], dict: {}}
    return values.get(kind)


def _forget() -> None:
    """Clear what the modules cache for the lifetime of a process."""
    for module in (clients, records, handler):
        for member in vars(module).values():
            if hasattr(member, "cache_clear"):
                member.cache_clear()


def _message(event_type: str, body: dict[str, Any], number: int) -> dict[str, Any]:
    """The event on its queue and received from it, as Lambda passes it to the handler; each has an id of its own."""
    url = _ENVIRONMENT["QUEUE_URL_PREFIX"] + event_type
    attributes = {
        "MessageId": _MESSAGE_ID if number == 1 else f"{_MESSAGE_ID}-{number}",
        "ClientId": _CLIENT_ID,
        "EventType": str(body.get("EventType") or event_type),
        "EventDate": str(body.get("EventDateUtc") or ""),
        "ReceivedAt": _RECEIVED_AT,
    }
    clients.sqs().send_message(QueueUrl=url, MessageBody=json.dumps(body))
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


def _delays() -> list[int]:
    """The visibility timeouts in seconds that the product will give messages."""
    delays: list[int] = []
    moment = "provide-client-params.sqs.ChangeMessageVisibility"
    clients.sqs().meta.events.register(moment, lambda params, **_: delays.append(params["VisibilityTimeout"]))
    return delays


def _result(event_type: str, delays: list[int], errors: list[Exception]) -> Result:
    items = clients.dynamodb().scan(TableName="RecordsTable")["Items"]
    saved = [{name: _deserialize(value) for name, value in item.items()} for item in items]
    records = _Records({(item["pk"], item["sk"]): item for item in saved})
    records.error = errors[-1] if errors else None
    dead = clients.sqs().receive_message(
        QueueUrl=_ENVIRONMENT["DEAD_LETTERS_URL_PREFIX"] + event_type,
        MessageAttributeNames=["All"],
    )
    reasons = [message["MessageAttributes"]["Reason"]["StringValue"] for message in dead.get("Messages", [])]
    return Result(
        records=records,
        retry_after=delays[-1] if delays else None,
        dead_letter=reasons[0] if reasons else None,
        error=records.error,
    )
