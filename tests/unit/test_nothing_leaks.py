"""Errors quote what they fail on; nothing of it leaves a function in a log, a response or an error."""

import json
import traceback
from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from typing import Annotated, Any, Literal, Self

import pytest
from botocore.exceptions import BotoCoreError, ClientError, ParamValidationError
from pydantic import BaseModel, Field, field_validator, model_validator

from tests.contract.account import ACCOUNT, DEAD_LETTERS_URL_PREFIX, create_table
from tests.unit.endpoint import TOKEN, Endpoint
from tests.unit.examples import CONTEXT, Context, batch, order
from tests.unit.functions import load
from tests.unit.handler_env import HandlerEnv, raises, saves
from tests.unit.output import Output
from webhooks.aws import clients
from webhooks.aws.inbox import DynamoInbox
from webhooks.aws.store import S3Store
from webhooks.dates import timestamp
from webhooks.handlers import CreateOrderEvent, handler

MARK = "zoe-the-secret"
BODY = json.dumps({"EventType": "CreateOrderEvent", "OrderNumber": 1, "OrderStatus": MARK, MARK: [MARK]})
LARGE = json.dumps({"EventType": "CreateOrderEvent", "OrderNumber": 1, "Note": MARK * 3000})
NOT_EVENTS = [MARK, BODY[:-1] + ",,}", f'["{MARK}"]', f'{{"a":"{MARK}"}}', rf'{{"EventType":"{MARK}\u0000"}}']

type Quote = Callable[[str, str], Exception]


def refused(operation: str, text: str) -> Exception:
    return ClientError({"Error": {"Code": "ValidationException", "Message": text}}, operation)


def invalid(_: str, text: str) -> Exception:
    return ParamValidationError(report=text)


QUOTES = pytest.mark.parametrize("quote", [refused, invalid])


def _fail(call: str, quote: Quote) -> list[str]:
    """Let every call of an operation fail with an error that quotes its parameters; returns the quotations."""
    made: list[str] = []
    client, operation = call.split()

    def hook(params: dict[str, Any], **_: Any) -> None:
        made.append(f"not valid: {params}")
        raise quote(operation, made[-1])

    meta = getattr(clients, client)().meta
    meta.events.register(f"provide-client-params.{meta.service_model.service_name}.{operation}", hook)
    return made


@pytest.mark.parametrize("body", [BODY, LARGE, *NOT_EVENTS, MARK * 500_000])
def test_any_delivery(endpoint: Endpoint, output: Output, body: str) -> None:
    for authorization in (f"Bearer {TOKEN}", f"Bearer {MARK}", MARK):
        response = endpoint.post(body, Authorization=authorization, Cookie=MARK, X_Forwarded_For=MARK)
        written = f"{response} {output.everything()}"
        assert MARK not in written
        assert TOKEN not in written


@QUOTES
@pytest.mark.parametrize(
    "call",
    ["secrets_manager GetSecretValue", "dynamodb PutItem", "dynamodb UpdateItem", "sqs SendMessage", "s3 PutObject"],
)
def test_ingest(endpoint: Endpoint, output: Output, call: str, quote: Quote) -> None:
    made = _fail(call, quote)
    responses = [
        endpoint.post(body, X_Directscale_User=MARK, Cookie=MARK, X_Directscale_Message_Id=f"m-{number}")
        for number, body in enumerate((BODY, LARGE, MARK))
    ]
    written = output.everything()
    assert made
    assert written
    assert MARK not in f"{responses} {written}"
    assert TOKEN not in f"{responses} {written}"


@QUOTES
@pytest.mark.parametrize(
    "call",
    [
        "s3 GetObject",
        "dynamodb PutItem",
        "dynamodb UpdateItem",
        "dynamodb DeleteItem",
        "sqs SendMessage",
        "sqs ChangeMessageVisibility",
    ],
)
def test_handlers(handler_env: HandlerEnv, output: Output, call: str, quote: Quote) -> None:
    reference = S3Store(clients.s3, handler_env.bucket, ACCOUNT).store_body(LARGE)
    handler_env.accept(order(1, BODY), order(2, body_reference=reference), order(3, f'{{"OrderNumber":"{MARK}"}}'))
    handler_env.accept(order(4, f"{{{MARK}"), order(5, f'{{"OrderNumber":1,"OrderDateUtc":"{MARK}"}}'))
    received = handler_env.batch()
    made = _fail(call, quote)
    for handle in (raises(ValueError(MARK)), saves(CreateOrderEvent)):
        handle(received, CONTEXT)
    written = output.everything()
    assert made
    assert written
    assert MARK not in written


@QUOTES
@pytest.mark.parametrize(
    "call",
    [
        "dynamodb PutItem",
        "dynamodb Query",
        "dynamodb BatchGetItem",
        "sqs SendMessageBatch",
        "dynamodb BatchExecuteStatement",
        "dynamodb DeleteItem",
        "sqs GetQueueAttributes",
        "cloudwatch GetMetricData",
    ],
)
@pytest.mark.usefixtures("endpoint")
def test_relay(output: Output, call: str, quote: Quote, monkeypatch: pytest.MonkeyPatch) -> None:
    """An error that it raises is logged by Lambda, with its text."""
    monkeypatch.setenv("ONCE_TABLE", create_table("OnceTable"))
    monkeypatch.setenv("DEAD_LETTERS_URL_PREFIX", DEAD_LETTERS_URL_PREFIX)
    long_ago = timestamp(datetime.now(UTC) - timedelta(hours=1))
    event = order(1, BODY, user=MARK, received_at=long_ago)
    DynamoInbox(clients.dynamodb(), "InboxTable", timedelta(days=35)).claim(event, "me")
    made = _fail(call, quote)
    written = ""
    try:
        load("relay").handle({}, Context(50_000))
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
    """A client's own model, whose errors quote what was sent."""

    email: str = ""
    amounts: dict[str, int] = Field(default_factory=dict)
    payment: Annotated[_Cash | _Card, Field(discriminator="kind")] | None = None

    @field_validator("email")
    @classmethod
    def _known(cls, value: str) -> str:
        raise ValueError(f"{value} is unknown")

    @model_validator(mode="after")
    def _consistent(self) -> Self:
        raise ValueError(f"{self.order_status} is not a status")


@pytest.mark.parametrize(
    ("wrong", "problems"),
    [
        (
            {"Email": MARK, "Amounts": {MARK: "x"}, "Payment": {"kind": MARK}},
            ["Email: value_error", "Amounts: int_parsing", "Payment: union_tag_invalid"],
        ),
        ({"OrderStatus": MARK}, ["body: value_error"]),
    ],
)
def test_a_models_errors_are_stored_not_logged(
    handler_env: HandlerEnv, output: Output, wrong: dict[str, Any], problems: list[str]
) -> None:
    @handler(_Talkative)
    def handle(_: _Talkative) -> None:
        raise AssertionError

    handle(batch(order(1, json.dumps({"OrderNumber": 1} | wrong))), CONTEXT)
    ((_, attributes),) = handler_env.dead_letters()
    assert attributes["Reason"].count(MARK) == len(problems)
    (line,) = output.lines()
    assert line["problems"] == problems
    assert MARK not in str(line)
