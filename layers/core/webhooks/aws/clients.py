"""One client per AWS service and process, with timeouts that leave ingest time to answer.

botocore waits 60 s by default; API Gateway gives up after 30. One call takes at most
attempts x (connect + read) plus up to 1 s between two attempts; tests/template/test_policy.py adds them up.
"""

from functools import cache
from typing import TYPE_CHECKING

import boto3
from botocore.config import Config

from webhooks.policy import ATTEMPTS, CONNECT_TIMEOUT, READ_TIMEOUT

if TYPE_CHECKING:
    from mypy_boto3_dynamodb import DynamoDBClient
    from mypy_boto3_s3 import S3Client
    from mypy_boto3_secretsmanager import SecretsManagerClient
    from mypy_boto3_sqs import SQSClient

CONFIG = Config(
    connect_timeout=CONNECT_TIMEOUT,
    read_timeout=READ_TIMEOUT,
    retries={"mode": "standard", "total_max_attempts": ATTEMPTS},
    # botocore would otherwise build a user agent for each call: a fifth of the call's instructions.
    user_agent="directscale-webhooks",
)


@cache
def dynamodb() -> "DynamoDBClient":
    """The DynamoDB client."""
    return boto3.client("dynamodb", config=CONFIG)


@cache
def sqs() -> "SQSClient":
    """The SQS client."""
    return boto3.client("sqs", config=CONFIG)


@cache
def s3() -> "S3Client":
    """The S3 client."""
    return boto3.client("s3", config=CONFIG)


@cache
def secrets_manager() -> "SecretsManagerClient":
    """The Secrets Manager client."""
    return boto3.client("secretsmanager", config=CONFIG)
