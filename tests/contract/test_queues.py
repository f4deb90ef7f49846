"""The queues of SQS."""

from dataclasses import replace
from typing import Any

import boto3
import pytest

from tests.contract.account import QUEUE_URL_PREFIX, create_queues, receive
from tests.contract.hooks import refuse_entries, requests
from tests.unit.examples import event, order
from webhooks.aws.queues import SqsQueues
from webhooks.errors import QueueUnavailable
from webhooks.event import AcceptedEvent, EventKey
from webhooks.message import event_from_record, message_attributes
from webhooks.policy import INLINE_LIMIT

BACKLOG = [order(number) for number in range(25)]
LONGEST = EventKey("m" * 128, "c" * 128, "\U0001f600" * 128)


@pytest.fixture
def client() -> Any:
    return boto3.client("sqs")


@pytest.fixture
def queues(client: Any) -> SqsQueues:
    return SqsQueues(client, create_queues("CreateOrderEvent", "CustomEvent"))


def _messages(event_type: str = "CreateOrderEvent") -> list[AcceptedEvent]:
    return [event_from_record(record) for record in receive(QUEUE_URL_PREFIX + event_type)]


@pytest.mark.parametrize(
    "sent",
    [
        event(),
        event(user="u-7", event_date="2021-10-12T18:07:26.8794398Z"),
        event("", body_reference="bodies/1"),
        event('{ "Name":"Zo\\u00eb Zoë \\ud800 \\ufffe",\r\n\t"Amount":20.0 }'),
        event(key=EventKey("m-1", "acme", "A client's own ☕ event"), queue="CustomEvent"),
    ],
)
def test_an_event_arrives_whole_on_its_queue_only(queues: SqsQueues, sent: AcceptedEvent) -> None:
    queues.publish(sent)
    assert queues.publish_all([sent], "r-1") == [sent]
    (other,) = {"CreateOrderEvent", "CustomEvent"} - {sent.queue}
    assert _messages(sent.queue) == [sent, replace(sent, replay="r-1")]
    assert _messages(other) == []


def test_a_backlog_arrives_whole_and_in_order(client: Any, queues: SqsQueues) -> None:
    batches = requests(client, "SendMessageBatch")
    assert queues.publish_all(BACKLOG) == BACKLOG
    assert _messages() == BACKLOG
    assert len(batches) == 3
    assert queues.publish_all([]) == []


@pytest.mark.parametrize("refused", [0, 9, 12, 24])
def test_each_entry_of_a_batch_has_its_own_result(
    client: Any, queues: SqsQueues, refused: int, caplog: pytest.LogCaptureFixture
) -> None:
    refuse_entries(client, f"m-{refused}")
    taken = [each for each in BACKLOG if each is not BACKLOG[refused]]
    assert queues.publish_all(BACKLOG) == taken
    assert _messages() == taken
    (line,) = map(vars, caplog.records)
    assert (line["message"], line["message_id"], line["cause"]) == ("not published", f"m-{refused}", "InternalError")


def test_a_batch_of_the_largest_events_fits_into_sqs(client: Any, queues: SqsQueues) -> None:
    batches = requests(client, "SendMessageBatch")
    queues.publish_all([event("x" * INLINE_LIMIT, LONGEST, queue="CreateOrderEvent", user="u" * 128)] * 10)
    (batch,) = batches
    assert sum(map(_size, batch["Entries"])) <= 1024 * 1024


def _size(entry: dict[str, Any]) -> int:
    """As SQS counts: the body, and the names, types and values of the attributes."""
    attributes = entry["MessageAttributes"].items()
    text = "".join(name + value["DataType"] + value["StringValue"] for name, value in attributes)
    return len((entry["MessageBody"] + text).encode())


def test_a_full_event_leaves_room_for_two_attributes_of_a_dead_letter() -> None:
    full = AcceptedEvent(event().key, "u-7", "2021", "2021", "", "bodies/1", replay="r-1")
    assert len(message_attributes(full)) + len(("Reason", "Failures")) == 10


def test_an_event_whose_queue_is_gone_goes_to_custom_event(client: Any) -> None:
    queues = SqsQueues(client, create_queues("CustomEvent"))
    queues.publish(event())
    assert queues.publish_all([event()]) == [event()]
    assert len(_messages("CustomEvent")) == 2


def test_a_failure_is_queue_unavailable_or_not_taken(broken: dict[str, Any], caplog: pytest.LogCaptureFixture) -> None:
    queues = SqsQueues(boto3.client("sqs", **broken), {"CustomEvent": f"{QUEUE_URL_PREFIX}CustomEvent"})
    with pytest.raises(QueueUnavailable):
        queues.publish(event())
    assert queues.publish_all([event()]) == []
    assert [vars(record)["message"] for record in caplog.records] == ["not published"] * 2
    assert vars(caplog.records[1])["events"] == 1
