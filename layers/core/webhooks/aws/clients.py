"""One client per AWS service and process, with timeouts that leave ingest time to answer.

botocore waits 60 s by default; API Gateway gives up after 30. One call takes at most
attempts x (connect + read) plus up to 1 s between two attempts; tests/unit/test_policy.py adds them up.
"""

import os
from collections.abc import Callable
from contextlib import suppress
from functools import cache
from typing import TYPE_CHECKING, Any

from botocore.exceptions import BotoCoreError

from webhooks.aws import session

if TYPE_CHECKING:
    from mypy_boto3_dynamodb import DynamoDBClient
    from mypy_boto3_s3 import S3Client
    from mypy_boto3_secretsmanager import SecretsManagerClient
    from mypy_boto3_sqs import SQSClient


@cache
def dynamodb() -> "DynamoDBClient":
    """The DynamoDB client."""
    made: DynamoDBClient = session.client("dynamodb")
    return made


@cache
def sqs() -> "SQSClient":
    """The SQS client."""
    made: SQSClient = session.client("sqs")
    return made


@cache
def s3() -> "S3Client":
    """The S3 client."""
    made: S3Client = session.client("s3")
    return made


@cache
def secrets_manager() -> "SecretsManagerClient":
    """The Secrets Manager client."""
    made: SecretsManagerClient = session.client("secretsmanager")
    return made


@cache
def cloudwatch() -> Any:
    """The CloudWatch client."""
    return session.client("cloudwatch")


def make_early(*clients: Callable[[], object]) -> None:
    """Make clients while a Lambda function is loaded, when it has a whole processor. This calls nothing of AWS.

    Elsewhere, or if a client cannot be made yet, it is made when it is first used.
    """
    if "AWS_LAMBDA_FUNCTION_NAME" in os.environ:
        with suppress(BotoCoreError):
            for make in clients:
                make()
