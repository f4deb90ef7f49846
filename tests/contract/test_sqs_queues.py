"""What only the queues of SQS promise."""

from typing import Any

import boto3
import pytest

from tests.contract.account import QUEUE_URL_PREFIX, create_queues
from tests.unit.examples import event
from webhooks.aws.queues import SqsQueues
from webhooks.errors import QueueUnavailable


def test_the_message_names_its_client_as_group_so_that_each_gets_its_fair_turn() -> None:
    client, urls = boto3.client("sqs"), create_queues("CreateOrderEvent")
    SqsQueues(client, urls).publish(event())
    (received,) = client.receive_message(
        QueueUrl=urls["CreateOrderEvent"], MessageSystemAttributeNames=["MessageGroupId"]
    )["Messages"]
    assert received["Attributes"] == {"MessageGroupId": "acme"}


def test_any_failure_is_queue_unavailable(broken: dict[str, Any]) -> None:
    queues = SqsQueues(boto3.client("sqs", **broken), {"CreateOrderEvent": f"{QUEUE_URL_PREFIX}CreateOrderEvent"})
    with pytest.raises(QueueUnavailable):
        queues.publish(event())
