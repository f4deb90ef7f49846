"""An AWS account in memory, with the tables as the template defines them."""

import os
from collections.abc import Iterator
from contextlib import contextmanager
from functools import cache
from types import ModuleType
from typing import Any

import boto3
import pytest
from moto import mock_aws

from tests.template_loader import load_template
from webhooks.aws import clients, records

REGION = "us-east-1"
QUEUE_URL_PREFIX = f"https://sqs.{REGION}.amazonaws.com/123456789012/webhooks-events-"

_ENVIRONMENT = {
    "AWS_DEFAULT_REGION": REGION,
    "AWS_ACCESS_KEY_ID": "nobody",
    "AWS_SECRET_ACCESS_KEY": "nothing",
    "AWS_CONFIG_FILE": os.devnull,
    "AWS_SHARED_CREDENTIALS_FILE": os.devnull,
}
_TABLE_PROPERTIES = ("BillingMode", "AttributeDefinitions", "KeySchema", "GlobalSecondaryIndexes")


@contextmanager
def account() -> Iterator[None]:
    """The account, empty at first and gone with the context."""
    with pytest.MonkeyPatch.context() as patch:
        for name, value in _ENVIRONMENT.items():
            patch.setenv(name, value)
        patch.delenv("AWS_ENDPOINT_URL", raising=False)
        _forget(clients, records)
        # The session holds what botocore reads of its service models, which takes longer than most tests.
        with mock_aws(config={"core": {"reset_boto3_session": False}}):
            yield
        _forget(clients, records)


def create_table(logical_id: str) -> str:
    """Create a table of the template, named as it is there."""
    boto3.client("dynamodb").create_table(TableName=logical_id, **_definition(logical_id))
    return logical_id


def create_queues(*event_types: str) -> dict[str, str]:
    """Create queues; their URLs by event type."""
    for name in event_types:
        boto3.client("sqs").create_queue(QueueName=f"webhooks-events-{name}")
    return {name: QUEUE_URL_PREFIX + name for name in event_types}


def create_secret(text: str) -> str:
    """Create the secret of the tokens; its id."""
    boto3.client("secretsmanager").create_secret(Name="webhooks/tokens", SecretString=text)
    return "webhooks/tokens"


@cache
def _definition(logical_id: str) -> dict[str, Any]:
    properties = load_template()["Resources"][logical_id]["Properties"]
    return {name: properties[name] for name in _TABLE_PROPERTIES if name in properties}


def _forget(*modules: ModuleType) -> None:
    """Drop what the modules remember for the life of a process."""
    for remembered in (member for module in modules for member in vars(module).values()):
        if hasattr(remembered, "cache_clear"):
            remembered.cache_clear()
