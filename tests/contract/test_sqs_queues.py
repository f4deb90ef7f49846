"""What only the queues of SQS promise."""

from typing import Any

import boto3
import pytest

from tests.contract.account import QUEUE_URL_PREFIX, create_queues, receive
from tests.contract.hooks import refuse_entries, requests
from tests.unit.examples import event
from webhooks.aws.queues import SqsQueues
from webhooks.errors import QueueUnavailable
from webhooks.event import AcceptedEvent, EventKey
from webhooks.policy import INLINE_LIMIT


def test_any_failure_is_queue_unavailable(broken: dict[str, Any]) -> None:
    queues = SqsQueues(boto3.client("sqs", **broken), {"CreateOrderEvent": f"{QUEUE_URL_PREFIX}CreateOrderEvent"})
    with pytest.raises(QueueUnavailable):
        queues.publish(event())
    assert queues.publish_all([event()]) == []


def _sent(events: list[AcceptedEvent]) -> list[list[dict[str, Any]]]:
    client, urls = boto3.client("sqs"), create_queues("CreateOrderEvent")
    asked = requests(client, "SendMessageBatch")
    assert SqsQueues(client, urls).publish_all(events) == events
    return [request["Entries"] for request in asked]


def test_a_backlog_is_sent_ten_at_a_time() -> None:
    batches = _sent([event(key=EventKey(f"m-{number}", "acme", "CreateOrderEvent")) for number in range(21)])
    assert [len(batch) for batch in batches] == [10, 10, 1]


@pytest.mark.parametrize("sign", ["x", "é", "☕"])
def test_ten_of_the_largest_events_are_one_batch_that_sqs_takes(sign: str) -> None:
    size = len(sign.encode())
    longest = EventKey("m" * 128, "c" * 128, "\U0001f600" * 128)
    batches = _sent([event(sign * (INLINE_LIMIT // size), longest, queue="CreateOrderEvent", user="u" * 128)] * 10)
    assert [len(batch) for batch in batches] == [10]
    assert max(map(_size, batches)) <= 1024 * 1024


def test_the_text_of_a_body_that_is_stored_aside_is_an_empty_object_for_sqs_takes_no_empty_text() -> None:
    ((entry,),) = _sent([event("", body_reference="bodies/1")])
    assert (entry["MessageBody"], entry["MessageAttributes"]["BodyReference"]["StringValue"]) == ("{}", "bodies/1")


def test_an_event_that_outlasts_its_queue_goes_where_types_without_one_go() -> None:
    client, urls = boto3.client("sqs"), create_queues("CustomEvent")
    queues = SqsQueues(client, urls)
    queues.publish(event())
    assert queues.publish_all([event()]) == [event()]
    assert len(receive(urls["CustomEvent"])) == 2


def _size(batch: list[dict[str, Any]]) -> int:
    """As SQS counts: bodies, and names, types and values of the attributes."""
    return sum(
        len(entry["MessageBody"].encode())
        + sum(
            len((name + value["DataType"] + value["StringValue"]).encode())
            for name, value in entry["MessageAttributes"].items()
        )
        for entry in batch
    )


def test_why_a_backlog_was_not_taken_is_logged(caplog: pytest.LogCaptureFixture) -> None:
    client, urls = boto3.client("sqs"), create_queues("CreateOrderEvent")
    refuse_entries(client, "m-1")
    queues = SqsQueues(client, urls)
    queues.publish_all([event(), event(key=EventKey("m-2", "acme", "CreateOrderEvent"))])
    client.delete_queue(QueueUrl=urls["CreateOrderEvent"])
    queues.publish_all([event(key=EventKey("m-2", "acme", "CreateOrderEvent"))])
    assert [record.message for record in caplog.records] == ["not published"] * 2
    entry, whole = (vars(record) for record in caplog.records)
    assert (entry["message_id"], entry["cause"]) == ("m-1", "InternalError")
    assert (whole["events"], "NonExistentQueue" in whole["cause"]) == (1, True)
