"""A receiver as the documentation of Powertools suggests: `@idempotent` around the send to the queue."""

import json
import os
from typing import Any

import boto3
from aws_lambda_powertools.utilities.idempotency import DynamoDBPersistenceLayer, IdempotencyConfig, idempotent

_CONFIG = IdempotencyConfig(event_key_jmespath='headers."x-directscale-message-id"', raise_on_no_idempotency_key=True)


def handle(request: dict[str, Any], context: Any) -> dict[str, Any]:
    """200 for an event that is new or was seen before, 401 for a wrong token, 500 for whatever fails."""
    secret = boto3.client("secretsmanager").get_secret_value(SecretId=os.environ["TOKENS_SECRET"])["SecretString"]
    if request["headers"]["authorization"].removeprefix("Bearer ") not in json.loads(secret).values():
        return {"statusCode": 401}
    store = DynamoDBPersistenceLayer(table_name=os.environ["ONCE_TABLE"], boto3_client=boto3.client("dynamodb"))
    answer: dict[str, Any] = idempotent(config=_CONFIG, persistence_store=store)(_publish)(request, context)
    return answer


def _publish(request: dict[str, Any], _context: Any) -> dict[str, Any]:
    event = json.loads(request["body"])
    boto3.client("sqs").send_message(
        QueueUrl=os.environ["QUEUE_URL_PREFIX"] + event["EventType"], MessageBody=request["body"]
    )
    return {"statusCode": 200, "body": "accepted"}
