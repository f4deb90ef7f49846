"""A receiver with FastAPI and boto3: a conditional put for deduplication, then a send to the queue of the type.

With MARKS set it also marks the event as sent: the three calls of our receiver, so that a relay could find the others.
"""

import json
import os
from typing import Annotated, Any

import boto3
from botocore.config import Config
from botocore.exceptions import ClientError
from fastapi import Body, FastAPI, Header, HTTPException

_THREADS = Config(max_pool_connections=40)
"""A connection for each thread of FastAPI: by default boto3 keeps ten, and opens the others for each call."""

_dynamodb, _sqs = boto3.client("dynamodb", config=_THREADS), boto3.client("sqs", config=_THREADS)
_secret = boto3.client("secretsmanager").get_secret_value(SecretId=os.environ["TOKENS_SECRET"])["SecretString"]
_tokens = frozenset(json.loads(_secret).values())
_table, _queues = os.environ["ONCE_TABLE"], os.environ["QUEUE_URL_PREFIX"]
_marks = "MARKS" in os.environ

app = FastAPI()


@app.post("/webhooks")  # type: ignore[untyped-decorator]  # FastAPI is not installed where mypy runs
def receive(
    event: Annotated[dict[str, Any], Body()],
    authorization: Annotated[str, Header()],
    x_directscale_message_id: Annotated[str, Header()],
) -> dict[str, str]:
    """200 for a new event or a duplicate, 401 for a wrong token, 500 for any error."""
    if authorization.removeprefix("Bearer ") not in _tokens:
        raise HTTPException(401)
    try:
        _dynamodb.put_item(
            TableName=_table,
            Item={"id": {"S": x_directscale_message_id}},
            ConditionExpression="attribute_not_exists(id)",
        )
    except ClientError as error:
        if error.response["Error"]["Code"] == "ConditionalCheckFailedException":
            return {"status": "duplicate"}
        raise
    _sqs.send_message(QueueUrl=_queues + event["EventType"], MessageBody=json.dumps(event))
    if _marks:
        _dynamodb.update_item(
            TableName=_table,
            Key={"id": {"S": x_directscale_message_id}},
            UpdateExpression="SET sent = :sent",
            ExpressionAttributeValues={":sent": {"BOOL": True}},
        )
    return {"status": "accepted"}
