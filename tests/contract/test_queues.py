"""What queues promise, on the fake and on SQS."""

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

import boto3
import pytest

from tests.contract.account import create_queues
from tests.fakes import FakeQueues
from tests.unit.examples import event, message
from webhooks.aws.queues import SqsQueues
from webhooks.errors import QueueUnavailable
from webhooks.event import EventKey
from webhooks.message import Message
from webhooks.receive import Queues

TYPES = ["CreateOrderEvent", "CustomEvent"]
CUSTOM = EventKey("m-1", "acme", "A client's own ☕ event")


@dataclass
class _Subject:
    queues: Queues
    messages: Callable[[str], list[Message]]
    shut: Callable[[str], object]


def _fake() -> _Subject:
    queues = FakeQueues(*TYPES)
    return _Subject(queues, queues.messages.__getitem__, queues.messages.pop)


def _sqs() -> _Subject:
    client, urls = boto3.client("sqs"), create_queues(*TYPES)

    def messages(queue: str) -> list[Message]:
        found = client.receive_message(QueueUrl=urls[queue], MaxNumberOfMessages=10, MessageAttributeNames=["All"])
        return [Message.from_record(_as_lambda_gets_it(each)) for each in found.get("Messages", [])]

    return _Subject(SqsQueues(client, urls), messages, lambda queue: client.delete_queue(QueueUrl=urls[queue]))


def _as_lambda_gets_it(received: Any) -> dict[str, Any]:
    attributes = received["MessageAttributes"].items()
    return {
        "body": received["Body"],
        "messageAttributes": {name: {"stringValue": attribute["StringValue"]} for name, attribute in attributes},
    }


@pytest.fixture(params=[_fake, _sqs])
def subject(request: pytest.FixtureRequest) -> _Subject:
    made: _Subject = request.param()
    return made


def test_an_event_arrives_on_its_queue_and_on_no_other(subject: _Subject) -> None:
    subject.queues.publish(event())
    assert subject.messages("CreateOrderEvent") == [message()]
    assert subject.messages("CustomEvent") == []


@pytest.mark.parametrize(
    "told",
    [
        {},
        {"user": "u-7", "event_date": "2021-10-12T18:07:26.8794398Z"},
        {"body": '{ "Name":"Zo\\u00eb Zoë \\ud800 \\ufffe",\r\n\t"Amount":20.0 }'},
    ],
)
def test_all_that_is_told_arrives_to_the_letter(subject: _Subject, told: dict[str, str]) -> None:
    subject.queues.publish(event(key=CUSTOM, queue="CustomEvent", **told))
    assert subject.messages("CustomEvent") == [message(key=CUSTOM, **told)]


def test_the_same_event_may_be_published_twice(subject: _Subject) -> None:
    subject.queues.publish(event())
    subject.queues.publish(event())
    assert subject.messages("CreateOrderEvent") == [message(), message()]


def test_a_queue_that_does_not_take_the_event_is_unavailable(subject: _Subject) -> None:
    subject.shut("CreateOrderEvent")
    with pytest.raises(QueueUnavailable):
        subject.queues.publish(event())
