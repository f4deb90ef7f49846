"""One client per AWS service and process, with time-outs that leave ingest room to answer.

botocore waits 60 s by default; API Gateway gives up after 30. The longest that one call can take is
attempts x (connect + read) and a pause of up to 1 s between two attempts; tests/unit/test_time_budget.py adds them up.
"""

from functools import cache
from typing import TYPE_CHECKING

import boto3
from botocore.config import Config

if TYPE_CHECKING:
    from mypy_boto3_dynamodb import DynamoDBClient
    from mypy_boto3_s3 import S3Client
    from mypy_boto3_secretsmanager import SecretsManagerClient
    from mypy_boto3_sqs import SQSClient

CONFIG = Config(
    connect_timeout=1,
    read_timeout=1.25,
    retries={"mode": "standard", "total_max_attempts": 2},
    user_agent="directscale-webhooks",
)
"""Two attempts: a connection that has died while the function was frozen costs the first one.

The user agent is stated because botocore would put it together for each call anew: a fifth of the call's instructions.
"""


@cache
def dynamodb() -> "DynamoDBClient":
    """The client of DynamoDB."""
    return boto3.client("dynamodb", config=CONFIG)


@cache
def sqs() -> "SQSClient":
    """The client of SQS."""
    return boto3.client("sqs", config=CONFIG)


@cache
def s3() -> "S3Client":
    """The client of S3."""
    return boto3.client("s3", config=CONFIG)


@cache
def secrets_manager() -> "SecretsManagerClient":
    """The client of Secrets Manager."""
    return boto3.client("secretsmanager", config=CONFIG)
