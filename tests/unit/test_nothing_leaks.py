"""An error may quote all that it is about: of AWS a call, of a model an event. None of it comes out of a function."""

import json
import traceback
from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from types import SimpleNamespace
from typing import Annotated, Any, Literal

import pytest
from botocore.exceptions import BotoCoreError, ClientError, ParamValidationError
from pydantic import BaseModel, Field, field_validator

from tests.contract.account import QUEUE_URL_PREFIX, create_queues, create_table
from tests.unit.endpoint import TOKEN, Endpoint
from tests.unit.examples import CONTEXT, batch, event
from tests.unit.failing import raises
from tests.unit.functions import load
from tests.unit.output import Output
from tests.unit.workplace import Workplace
from webhooks.aws import clients
from webhooks.aws.handler import handler
from webhooks.aws.inbox import DynamoInbox
from webhooks.aws.store import S3Store
from webhooks.dates import timestamp
from webhooks.event import AcceptedEvent, EventKey
from webhooks.events.orders import CreateOrderEvent

MARK = "zoe-the-secret"
BODY = json.dumps({"EventType": "CreateOrderEvent", "OrderNumber": 1, "OrderStatus": MARK, MARK: [MARK]})
LARGE = json.dumps({"EventType": "CreateOrderEvent", "OrderNumber": 1, "Note": MARK * 20_000})

type Quote = Callable[[str, str], Exception]


def refused(operation: str, told: str) -> Exception:
    return ClientError({"Error": {"Code": "ValidationException", "Message": told}}, operation)


def not_even_sent(_: str, told: str) -> Exception:
    return ParamValidationError(report=told)


QUOTES = pytest.mark.parametrize("quote", [refused, not_even_sent])


def fail(client: Any, operation: str, quote: Quote) -> list[str]:
    """Let every call of an operation fail with an error that quotes it; the quotations, as they are made."""
    made: list[str] = []

    def raise_it(params: dict[str, Any], **_: Any) -> None:
        made.append(f"not valid: {params}")
        raise quote(operation, made[-1])

    client.meta.events.register(f"provide-client-params.{client.meta.service_model.service_name}.{operation}", raise_it)
    return made


@QUOTES
@pytest.mark.parametrize(
    ("client", "operation"),
    [
        (clients.secrets_manager, "GetSecretValue"),
        (clients.dynamodb, "PutItem"),
        (clients.dynamodb, "UpdateItem"),
        (clients.sqs, "SendMessage"),
        (clients.s3, "PutObject"),
    ],
)
def test_ingest(endpoint: Endpoint, output: Output, client: Callable[[], Any], operation: str, quote: Quote) -> None:
    made = fail(client(), operation, quote)
    answers = [
        endpoint.post(body, X_Directscale_User=MARK, Cookie=MARK, X_Directscale_Message_Id=f"m-{number}")
        for number, body in enumerate((BODY, LARGE, MARK))
    ]
    written = output.everything()
    assert made
    assert written
    assert MARK not in f"{answers} {written}"
    assert TOKEN not in f"{answers} {written}"


@QUOTES
@pytest.mark.parametrize(
    ("client", "operation"),
    [
        (clients.s3, "GetObject"),
        (clients.dynamodb, "PutItem"),
        (clients.dynamodb, "UpdateItem"),
        (clients.dynamodb, "DeleteItem"),
        (clients.sqs, "SendMessage"),
        (clients.sqs, "ChangeMessageVisibility"),
    ],
)
def test_handlers(
    workplace: Workplace, output: Output, client: Callable[[], Any], operation: str, quote: Quote
) -> None:
    reference = S3Store(clients.s3, workplace.bucket).store_body(LARGE)
    events = [_event(1), _event(2, "", body_reference=reference), _event(3, f'{{"OrderNumber":"{MARK}"}}')]
    workplace.accept(*events)
    told = workplace.batch()
    made = fail(client(), operation, quote)
    for handle in (raises(ValueError(MARK)), load("handlers/CreateOrderEvent").handle):
        handle(told, SimpleNamespace(get_remaining_time_in_millis=lambda: 30_000))
    written = output.everything()
    assert made
    assert written
    assert MARK not in written


@QUOTES
@pytest.mark.parametrize(
    ("client", "operation"),
    [
        (clients.dynamodb, "PutItem"),
        (clients.dynamodb, "Query"),
        (clients.dynamodb, "BatchGetItem"),
        (clients.sqs, "SendMessageBatch"),
        (clients.dynamodb, "UpdateItem"),
        (clients.dynamodb, "DeleteItem"),
    ],
)
@pytest.mark.usefixtures("account")
def test_relay(
    monkeypatch: pytest.MonkeyPatch, output: Output, client: Callable[[], Any], operation: str, quote: Quote
) -> None:
    """What it lets through is logged by Lambda, with its text."""
    create_table("InboxTable")
    types = create_queues("CreateOrderEvent", "CustomEvent")
    monkeypatch.setenv("INBOX_TABLE", "InboxTable")
    monkeypatch.setenv("EVENT_TYPES", ",".join(types))
    monkeypatch.setenv("QUEUE_URL_PREFIX", QUEUE_URL_PREFIX)
    long_ago = timestamp(datetime.now(UTC) - timedelta(hours=1))
    DynamoInbox(clients.dynamodb(), "InboxTable", timedelta(days=35)).claim(_event(1, received_at=long_ago), "me")
    made = fail(client(), operation, quote)
    written = ""
    try:
        load("relay").handle({}, SimpleNamespace(aws_request_id="1", get_remaining_time_in_millis=lambda: 50_000))
    except (BotoCoreError, ClientError) as error:
        written = "".join(traceback.format_exception(error))
    written += output.everything()
    assert made
    assert written
    assert MARK not in written


class _Cash(BaseModel):
    kind: Literal["cash"]


class _Card(BaseModel):
    kind: Literal["card"]


class _Talkative(CreateOrderEvent):
    """The model of a user, who has not thought of the log."""

    email: str = ""
    amounts: dict[str, int] = Field(default_factory=dict)
    payment: Annotated[_Cash | _Card, Field(discriminator="kind")] | None = None

    @field_validator("email")
    @classmethod
    def _ours(cls, value: str) -> str:
        raise ValueError(f"{value} is none of ours")


def test_what_a_users_own_model_says_is_kept_with_the_event_and_not_logged(
    workplace: Workplace, output: Output
) -> None:
    @handler(_Talkative)
    def handle(_: _Talkative) -> None:
        raise AssertionError

    wrong = {"OrderNumber": 1, "Email": MARK, "Amounts": {MARK: "x"}, "Payment": {"kind": MARK}}
    handle(batch(_event(1, json.dumps(wrong))), CONTEXT)
    ((_, attributes),) = workplace.dead_letters()
    assert attributes["Reason"].count(MARK) == 3
    (line,) = output.lines()
    assert line["problems"] == ["Email: value_error", "Amounts: int_parsing", "Payment: union_tag_invalid"]
    assert MARK not in str(line)


def _event(number: int, body: str = BODY, **changes: str) -> AcceptedEvent:
    return event(body, EventKey(f"m-{number}", "acme", "CreateOrderEvent"), user=MARK, **changes)
