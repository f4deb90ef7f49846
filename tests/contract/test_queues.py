"""The queues of SQS."""

from dataclasses import replace
from typing import Any

import boto3
import pytest

from tests.contract.account import QUEUE_URL_PREFIX, create_queues, receive
from tests.contract.hooks import refuse_entries, requests
from tests.unit.examples import event, order
from webhooks.aws.queues import SqsQueues
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
    assert queues.publish(sent) == ()
    assert queues.publish_all([sent], sent.queue, "r-1") == [sent]
    (other,) = {"CreateOrderEvent", "CustomEvent"} - {sent.queue}
    assert _messages(sent.queue) == [sent, replace(sent, replay="r-1")]
    assert _messages(other) == []


def test_a_backlog_arrives_whole_and_in_order(client: Any, queues: SqsQueues) -> None:
    batches = requests(client, "SendMessageBatch")
    assert queues.publish_all(BACKLOG, "CreateOrderEvent") == BACKLOG
    assert _messages() == BACKLOG
    assert len(batches) == 3
    assert queues.publish_all([], "CreateOrderEvent") == []


@pytest.mark.parametrize("refused", [0, 9, 12, 24])
def test_a_batchs_entries_have_their_own_results(
    client: Any, queues: SqsQueues, refused: int, caplog: pytest.LogCaptureFixture
) -> None:
    refuse_entries(client, f"m-{refused}")
    taken = [each for each in BACKLOG if each is not BACKLOG[refused]]
    assert queues.publish_all(BACKLOG, "CreateOrderEvent") == taken
    assert _messages() == taken
    (line,) = map(vars, caplog.records)
    assert (line["message"], line["message_id"], line["cause"]) == ("not published", f"m-{refused}", "InternalError")


def test_the_largest_batch_fits_into_sqs(client: Any, queues: SqsQueues) -> None:
    batches = requests(client, "SendMessageBatch")
    queues.publish_all(
        [event("x" * INLINE_LIMIT, LONGEST, queue="CreateOrderEvent", user="u" * 128)] * 10, "CreateOrderEvent"
    )
    (batch,) = batches
    assert sum(map(_size, batch["Entries"])) <= 1024 * 1024


def _size(entry: dict[str, Any]) -> int:
    """As SQS counts: the body, and the names, types and values of the attributes."""
    attributes = entry["MessageAttributes"].items()
    text = "".join(name + value["DataType"] + value["StringValue"] for name, value in attributes)
    return len((entry["MessageBody"] + text).encode())


def test_a_dead_letters_attributes_fit() -> None:
    full = AcceptedEvent(event().key, "u-7", "2021", "2021", "", "bodies/1", replay="r-1")
    assert len(message_attributes(full)) + len(("Reason", "Failures")) == 10


def test_a_refusing_queue_delays_no_other(client: Any) -> None:
    urls = create_queues("CreateOrderEvent", "Archive") | {"Mailing": f"{QUEUE_URL_PREFIX}Mailing"}
    sent = replace(event(), others=("Mailing", "Archive"))
    assert SqsQueues(client, urls).publish(sent) == ("Mailing",)
    assert [_messages(name) for name in ("CreateOrderEvent", "Archive")] == [[sent], [sent]]


def test_without_time_further_queues_are_left_out(client: Any) -> None:
    queues = SqsQueues(client, create_queues("CreateOrderEvent", "Mailing", "Archive"))
    sent, times = replace(event(), others=("Mailing", "Archive")), iter([True, False])
    assert queues.publish(sent, lambda: next(times)) == ("Archive",)
    assert [_messages(name) for name in ("CreateOrderEvent", "Mailing", "Archive")] == [[sent], [sent], []]


def test_what_a_queue_refused_is_named(broken: dict[str, Any], caplog: pytest.LogCaptureFixture) -> None:
    queues = SqsQueues(boto3.client("sqs", **broken), {"CreateOrderEvent": f"{QUEUE_URL_PREFIX}CustomEvent"})
    assert queues.publish(event()) == ("CreateOrderEvent",)
    assert queues.publish_all([event()], "CreateOrderEvent") == []
    assert [vars(record)["message"] for record in caplog.records] == ["not published"] * 2
    assert vars(caplog.records[1])["events"] == 1
