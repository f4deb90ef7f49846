"""A receiver as the documentation of Powertools suggests: a resolver, a model, and `@idempotent` around the send."""

import json
import os
from functools import cache
from typing import Any

import boto3
from aws_lambda_powertools.event_handler import APIGatewayHttpResolver
from aws_lambda_powertools.event_handler.exceptions import UnauthorizedError
from aws_lambda_powertools.utilities.idempotency import DynamoDBPersistenceLayer, IdempotencyConfig, idempotent
from aws_lambda_powertools.utilities.parser import BaseModel, parse
from pydantic import Field

_CONFIG = IdempotencyConfig(event_key_jmespath='headers."x-directscale-message-id"', raise_on_no_idempotency_key=True)
_STORE = DynamoDBPersistenceLayer(table_name=os.environ["ONCE_TABLE"], boto3_client=boto3.client("dynamodb"))
_SQS = boto3.client("sqs")
_app = APIGatewayHttpResolver()


class Event(BaseModel):
    """The part of an event that determines its queue."""

    event_type: str = Field(alias="EventType")


def handle(request: dict[str, Any], context: Any) -> dict[str, Any]:
    """200 for a new event or a duplicate, 401 for a wrong token, 500 for any error."""
    return _app.resolve(request, context)


@_app.post("/webhooks")
def receive() -> dict[str, Any]:
    """The route."""
    if _app.current_event.headers["authorization"].removeprefix("Bearer ") not in _tokens():
        raise UnauthorizedError("no such token")
    answer: dict[str, Any] = publish(_app.current_event.raw_event, _app.lambda_context)
    return answer


@idempotent(config=_CONFIG, persistence_store=_STORE)
def publish(request: dict[str, Any], _context: Any) -> dict[str, Any]:
    """Send the event to the queue of its type."""
    event = parse(event=json.loads(request["body"]), model=Event)
    _SQS.send_message(QueueUrl=os.environ["QUEUE_URL_PREFIX"] + event.event_type, MessageBody=request["body"])
    return {"status": "accepted"}


@cache
def _tokens() -> frozenset[str]:
    secret = boto3.client("secretsmanager").get_secret_value(SecretId=os.environ["TOKENS_SECRET"])["SecretString"]
    return frozenset(json.loads(secret).values())
