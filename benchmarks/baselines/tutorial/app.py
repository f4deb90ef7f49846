"""A receiver as tutorials build it: a conditional put for deduplication, then a send to the queue."""

import json
import os
from functools import cache
from typing import Any

import boto3
from botocore.exceptions import ClientError

_DYNAMODB = boto3.client("dynamodb")
_SQS = boto3.client("sqs")


def handle(request: dict[str, Any], _context: Any) -> dict[str, Any]:
    """200 for a new event or a duplicate, 401 for a wrong token, 500 for any error."""
    headers = request["headers"]
    if headers["authorization"].removeprefix("Bearer ") not in _tokens():
        return {"statusCode": 401}
    event = json.loads(request["body"])
    try:
        _DYNAMODB.put_item(
            TableName=os.environ["ONCE_TABLE"],
            Item={"id": {"S": headers["x-directscale-message-id"]}},
            ConditionExpression="attribute_not_exists(id)",
        )
    except ClientError as error:
        if error.response["Error"]["Code"] == "ConditionalCheckFailedException":
            return {"statusCode": 200, "body": "duplicate"}
        raise
    _SQS.send_message(QueueUrl=os.environ["QUEUE_URL_PREFIX"] + event["EventType"], MessageBody=request["body"])
    return {"statusCode": 200, "body": "accepted"}


@cache
def _tokens() -> frozenset[str]:
    secret = boto3.client("secretsmanager").get_secret_value(SecretId=os.environ["TOKENS_SECRET"])["SecretString"]
    return frozenset(json.loads(secret).values())
