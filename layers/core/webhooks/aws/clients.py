"""One client per AWS service and process, with time-outs that leave room to answer."""

from functools import cache
from typing import TYPE_CHECKING

import boto3
from botocore.config import Config

if TYPE_CHECKING:
    from mypy_boto3_dynamodb import DynamoDBClient
    from mypy_boto3_secretsmanager import SecretsManagerClient
    from mypy_boto3_sqs import SQSClient

# botocore waits 60 s by default; API Gateway gives up after 30.
_CONFIG = Config(
    connect_timeout=1,
    read_timeout=2,
    retries={"mode": "standard", "total_max_attempts": 2},
)


@cache
def dynamodb() -> "DynamoDBClient":
    """The client of DynamoDB."""
    return boto3.client("dynamodb", config=_CONFIG)


@cache
def sqs() -> "SQSClient":
    """The client of SQS."""
    return boto3.client("sqs", config=_CONFIG)


@cache
def secrets_manager() -> "SecretsManagerClient":
    """The client of Secrets Manager."""
    return boto3.client("secretsmanager", config=_CONFIG)
