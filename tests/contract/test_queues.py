"""What queues promise, on the fake and on SQS."""

from collections.abc import Callable
from dataclasses import dataclass

import boto3
import pytest

from tests.contract.account import create_queues, receive
from tests.contract.hooks import refuse_entries
from tests.fakes import FakeQueues
from tests.unit.examples import event, message
from webhooks.aws.queues import SqsQueues
from webhooks.errors import QueueUnavailable
from webhooks.event import AcceptedEvent, EventKey
from webhooks.message import event_from_record

TYPES = ["CreateOrderEvent", "CustomEvent"]
BACKLOG = [event(key=EventKey(f"m-{number}", "acme", "CreateOrderEvent")) for number in range(25)]
CUSTOM = EventKey("m-1", "acme", "A client's own ☕ event")


@dataclass
class _Subject:
    queues: FakeQueues | SqsQueues
    messages: Callable[[str], list[AcceptedEvent]]
    shut: Callable[[str], object]
    refuse: Callable[[EventKey], object]


def _fake() -> _Subject:
    queues = FakeQueues(*TYPES)
    return _Subject(queues, queues.messages.__getitem__, queues.messages.pop, queues.refused.add)


def _sqs() -> _Subject:
    client, urls = boto3.client("sqs"), create_queues(*TYPES)

    def messages(queue: str) -> list[AcceptedEvent]:
        return [event_from_record(record) for record in receive(urls[queue])]

    return _Subject(
        SqsQueues(client, urls),
        messages,
        lambda queue: client.delete_queue(QueueUrl=urls[queue]),
        lambda key: refuse_entries(client, key.message_id),
    )


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
        {"body": "", "body_reference": "bodies/1"},
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


def test_a_backlog_arrives_whole_and_in_order(subject: _Subject) -> None:
    assert subject.queues.publish_all(BACKLOG) == BACKLOG
    assert subject.messages("CreateOrderEvent") == list(BACKLOG)
    assert subject.messages("CustomEvent") == []


@pytest.mark.parametrize("refused", [0, 9, 12, 24])
def test_of_a_backlog_each_event_has_its_own_result(subject: _Subject, refused: int) -> None:
    subject.refuse(BACKLOG[refused].key)
    taken = [each for each in BACKLOG if each is not BACKLOG[refused]]
    assert subject.queues.publish_all(BACKLOG) == taken
    assert subject.messages("CreateOrderEvent") == list(taken)


@pytest.mark.parametrize("nothing", [[], [event()]])
def test_what_no_queue_took_is_not_told_to_be_published(subject: _Subject, nothing: list[AcceptedEvent]) -> None:
    subject.shut("CreateOrderEvent")
    assert subject.queues.publish_all(nothing) == []
