"""A receiver as tutorials build it: a conditional put for deduplication, then a send to the queue."""

import json
import os
from typing import Any

import boto3
from botocore.exceptions import ClientError


def handle(request: dict[str, Any], _context: Any) -> dict[str, Any]:
    """200 for an event that is new or was seen before, 401 for a wrong token, 500 for whatever fails."""
    secret = boto3.client("secretsmanager").get_secret_value(SecretId=os.environ["TOKENS_SECRET"])["SecretString"]
    headers = request["headers"]
    if headers["authorization"].removeprefix("Bearer ") not in json.loads(secret).values():
        return {"statusCode": 401}
    event = json.loads(request["body"])
    try:
        boto3.client("dynamodb").put_item(
            TableName=os.environ["ONCE_TABLE"],
            Item={"id": {"S": headers["x-directscale-message-id"]}},
            ConditionExpression="attribute_not_exists(id)",
        )
    except ClientError as error:
        if error.response["Error"]["Code"] == "ConditionalCheckFailedException":
            return {"statusCode": 200, "body": "duplicate"}
        raise
    boto3.client("sqs").send_message(
        QueueUrl=os.environ["QUEUE_URL_PREFIX"] + event["EventType"], MessageBody=request["body"]
    )
    return {"statusCode": 200, "body": "accepted"}
