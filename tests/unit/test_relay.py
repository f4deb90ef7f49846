"""The relay through its Lambda entry, and on a backlog of two hundred thousand events."""

import time
from collections.abc import Callable, Iterator, Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from itertools import chain, repeat
from types import SimpleNamespace
from typing import Any

import boto3
import pytest
import time_machine
from botocore.exceptions import ClientError, ConnectTimeoutError

from tests.contract.account import (
    DEAD_LETTERS_URL_PREFIX,
    QUEUE_URL_PREFIX,
    aws,
    create_dead_letters,
    create_queues,
    create_table,
    receive,
)
from tests.contract.hooks import refuse_entries, requests
from tests.unit.examples import event, order
from tests.unit.functions import load
from tests.unit.output import Output
from webhooks.aws import clients
from webhooks.aws.inbox import DynamoInbox
from webhooks.aws.inbox_table import SHARDS
from webhooks.aws.outbox import DynamoLease, DynamoOutbox
from webhooks.dates import timestamp
from webhooks.event import AcceptedEvent, EventKey
from webhooks.policy import INGEST_OWNS_FOR, RELAY_CALLS, RELAY_MARGIN, RELAY_TIMEOUT, SEND_BATCH
from webhooks.relay import CHUNK, Mark, Run, relay
from webhooks.routing import Routing

AGE = "OldestUnpublishedAge"


@pytest.fixture
def app(account: None, clock: time_machine.Traveller, monkeypatch: pytest.MonkeyPatch) -> Any:  # noqa: ARG001
    create_table("InboxTable")
    create_table("OnceTable")
    types = create_queues("CreateOrderEvent", "CustomEvent")
    for name in types:
        create_dead_letters(name)
    monkeypatch.setenv("INBOX_TABLE", "InboxTable")
    monkeypatch.setenv("ONCE_TABLE", "OnceTable")
    monkeypatch.setenv("EVENT_TYPES", ",".join(types))
    monkeypatch.setenv("QUEUE_URL_PREFIX", QUEUE_URL_PREFIX)
    monkeypatch.setenv("DEAD_LETTERS_URL_PREFIX", DEAD_LETTERS_URL_PREFIX)
    return load("relay")


def _accept(number: int, seconds_ago: float, event_type: str = "", **changes: str) -> AcceptedEvent:
    received_at = timestamp(datetime.now(UTC) - timedelta(seconds=seconds_ago))
    accepted = order(number, received_at=received_at, **changes)
    if event_type:
        accepted = replace(accepted, key=replace(accepted.key, event_type=event_type), queue=event_type)
    DynamoInbox(aws("dynamodb"), "InboxTable", timedelta(days=35)).claim(accepted, "me")
    return accepted


def _run(app: Any, left: Callable[[], int] = lambda: RELAY_TIMEOUT * 1000) -> None:
    app.handle({}, SimpleNamespace(aws_request_id="run-1", get_remaining_time_in_millis=left))


def _published(event_type: str = "CreateOrderEvent") -> list[str]:
    records = receive(QUEUE_URL_PREFIX + event_type)
    return [record["messageAttributes"]["MessageId"]["stringValue"] for record in records]


def _unpublished() -> list[str]:
    outbox = DynamoOutbox(aws("dynamodb"), "InboxTable")
    return [key.message_id for _, key in outbox.unpublished("9999")]


def _lease() -> DynamoLease:
    return DynamoLease(aws("dynamodb"), "OnceTable")


def _is_free() -> bool:
    return _lease().take("test", int(time.time()), 0)


def test_unpublished_events_are_published_by_arrival(app: Any, output: Output) -> None:
    _accept(1, 61)
    _accept(2, 3600.5)
    _accept(3, 60, queue="CustomEvent")
    _run(app)
    assert (_published(), _published("CustomEvent")) == (["m-2", "m-1"], ["m-3"])
    assert _unpublished() == []
    _run(app)
    assert _published() == []
    assert output.metrics("service=relay") == [{AGE: 3600.5}, {AGE: 0}]
    (line,) = output.lines()
    fields = {"message": "relayed", "published": 3, "failed": 0, "finished": True}
    assert line.items() >= fields.items()


def test_the_relay_leaves_ingest_its_events(app: Any) -> None:
    _accept(1, INGEST_OWNS_FOR)
    _accept(2, INGEST_OWNS_FOR + 0.1)
    _run(app)
    assert (_published(), _unpublished()) == (["m-2"], ["m-1"])


def test_a_refused_event_stays_and_delays_no_other(app: Any, output: Output) -> None:
    for number, age in ((1, 100), (2, 90), (3, 80)):
        _accept(number, age)
    refuse_entries(clients.sqs(), "m-2")
    _run(app)
    assert (_published(), _unpublished()) == (["m-1", "m-3"], ["m-2"])
    _run(app)
    assert output.metrics("service=relay") == [{AGE: 100}, {AGE: 90}]
    runs = [line for line in output.lines() if line["message"] == "relayed"]
    assert [(line["published"], line["failed"]) for line in runs] == [(2, 1), (0, 1)]


def test_a_queue_that_is_down_delays_no_other(app: Any) -> None:
    _accept(1, 100)
    _accept(2, 90, "RetiredEvent")
    _accept(3, 80)
    aws("sqs").delete_queue(QueueUrl=f"{QUEUE_URL_PREFIX}CreateOrderEvent")
    _run(app)
    assert (_published("CustomEvent"), _unpublished()) == (["m-2"], ["m-1", "m-3"])


def test_an_unmarked_event_is_published_again(app: Any) -> None:
    def time_out(**_: object) -> None:
        raise ConnectTimeoutError(endpoint_url="aws")

    _accept(1, 100)
    events = clients.dynamodb().meta.events
    events.register("before-call.dynamodb.BatchExecuteStatement", time_out)
    _run(app)
    events.unregister("before-call.dynamodb.BatchExecuteStatement", time_out)
    _run(app)
    _run(app)
    assert _published() == ["m-1", "m-1"]


def test_a_failing_queue_is_called_once_a_run(app: Any, monkeypatch: pytest.MonkeyPatch) -> None:
    """A call to it may take seconds to fail; and its events keep their order."""
    monkeypatch.setattr("webhooks.relay.CHUNK", 2)
    for number in range(5):
        _accept(number, 100 - number, queue="CustomEvent" if number == 4 else "CreateOrderEvent")
    aws("sqs").delete_queue(QueueUrl=f"{QUEUE_URL_PREFIX}CreateOrderEvent")
    sent = requests(clients.sqs(), "SendMessageBatch")
    _run(app)
    assert sorted(batch["QueueUrl"].rpartition("-")[2] for batch in sent) == ["CreateOrderEvent", "CustomEvent"]
    assert _published("CustomEvent") == ["m-4"]


def test_few_calls_publish_many_events(app: Any) -> None:
    for number in range(100):
        _accept(number, 200 - number)
    names = ("Query", "BatchGetItem", "SendMessageBatch", "BatchExecuteStatement")
    clients_of = {"SendMessageBatch": clients.sqs()}
    made = [requests(clients_of.get(name, clients.dynamodb()), name) for name in names]
    _run(app)
    assert [len(calls) for calls in made] == [SHARDS, 1, 10, 4]
    assert _published() == [f"m-{number}" for number in range(100)]


def test_one_relay_runs_at_a_time(app: Any, output: Output, clock: time_machine.Traveller) -> None:
    """Of another release too, while a stack is upgraded."""
    _accept(1, 100)
    expiration = {"N": str(int(time.time()) + RELAY_TIMEOUT)}
    item: Any = {"id": {"S": "relay#lease"}, "claimed_by": {"S": "a run that died"}, "expiration": expiration}
    aws("dynamodb").put_item(TableName="OnceTable", Item=item)
    _run(app)
    assert _published() == []
    assert [line["message"] for line in output.lines()] == ["another relay is at work"]
    assert not _is_free()
    clock.shift(RELAY_TIMEOUT)
    _run(app)
    assert _published() == ["m-1"]


def test_the_lease_is_held_while_the_relay_runs(app: Any) -> None:
    held: list[bool] = []

    def left() -> int:
        held.append(not _is_free())
        return RELAY_TIMEOUT * 1000

    _accept(1, 100)
    _run(app, left)
    # The time left is read once before the lease, then for the chunk, the batch and the report.
    assert held == [False, True, True, True]
    assert _is_free()


@pytest.mark.parametrize(("reads", "published"), [(1, 0), (2, 0), (3, 10), (4, 20), (5, 20), (6, 21)])
def test_nothing_is_sent_when_time_is_up(
    app: Any, output: Output, monkeypatch: pytest.MonkeyPatch, reads: int, published: int
) -> None:
    """What was sent is marked. `reads` is how often there is time: for the lease, each chunk and each batch."""
    monkeypatch.setattr("webhooks.relay.CHUNK", 20)
    for number in range(22):
        _accept(number, 100 - number, queue="CustomEvent" if number == 21 else "CreateOrderEvent")
    times = chain(repeat(RELAY_MARGIN * 1000 + 1, reads), repeat(RELAY_MARGIN * 1000))
    _run(app, lambda: next(times))
    assert len(_published()) + len(_published("CustomEvent")) == published
    assert len(_unpublished()) == 22 - published
    assert output.metrics("service=relay") == [{AGE: 100}]
    assert output.lines()[0]["finished"] is False
    assert _is_free()


def _send(url: str, *bodies: str) -> None:
    for body in bodies:
        aws("sqs").send_message(QueueUrl=url, MessageBody=body)


def test_dead_letters_are_counted_every_five_minutes(app: Any, output: Output, clock: time_machine.Traveller) -> None:
    _send(f"{DEAD_LETTERS_URL_PREFIX}CreateOrderEvent", "a", "b")
    _send(f"{DEAD_LETTERS_URL_PREFIX}CustomEvent", "c")
    for _ in range(6):
        _run(app)
        clock.shift(60)
    assert [line["DeadLetters"] for line in output.metrics("service=relay") if AGE not in line] == [3, 3]


def test_the_oldest_queue_states_the_age(app: Any, output: Output) -> None:
    _send(f"{QUEUE_URL_PREFIX}CreateOrderEvent", "a")
    _put_ages(CreateOrderEvent=2700, CustomEvent=9999)
    asked = requests(clients.cloudwatch(), "GetMetricData")
    _run(app)
    assert [each["MetricStat"]["Period"] % 60 for each in asked[0]["MetricDataQueries"]] == [0], "AWS takes no other"
    assert [line["OldestWaitingAge"] for line in output.metrics("service=relay")[1:]] == [2700]


def test_nothing_to_publish_writes_nothing(app: Any, output: Output) -> None:
    written = [requests(clients.dynamodb(), name) for name in ("PutItem", "DeleteItem")]
    _run(app)
    assert written == [[], []]
    assert output.metrics("service=relay") == [{AGE: 0}]


def test_nothing_that_waits_costs_no_metric(app: Any, output: Output) -> None:
    _run(app)
    assert output.metrics("service=relay") == [{AGE: 0}]


def test_unseen_queues_are_an_error_each_minute(app: Any) -> None:
    """The alarm on the relay's errors, then. Events are published, and the lease is free."""

    def refuse(**_: object) -> None:
        raise ConnectTimeoutError(endpoint_url="aws")

    clients.sqs().meta.events.register("before-call.sqs.GetQueueAttributes", refuse)
    _accept(1, 100)
    for _ in range(3):
        with pytest.raises(ConnectTimeoutError):
            _run(app)
    assert (_published(), _is_free()) == (["m-1"], True)


def test_a_deleted_queue_hides_no_dead_letter(app: Any, output: Output) -> None:
    aws("sqs").delete_queue(QueueUrl=f"{DEAD_LETTERS_URL_PREFIX}CreateOrderEvent")
    _send(f"{DEAD_LETTERS_URL_PREFIX}CustomEvent", "c")
    _run(app)
    assert output.metrics("service=relay")[1:] == [{"DeadLetters": 1}]


def _put_ages(**seconds: int) -> None:
    """As SQS does, for each queue."""
    for name, age in seconds.items():
        dimensions = [{"Name": "QueueName", "Value": f"webhooks-events-{name}"}]
        measured = datetime.now(UTC) - timedelta(minutes=1)
        data = {"MetricName": "ApproximateAgeOfOldestMessage", "Dimensions": dimensions, "Value": age}
        data |= {"Timestamp": measured}
        boto3.client("cloudwatch", region_name="us-east-1").put_metric_data(Namespace="AWS/SQS", MetricData=[data])


def test_an_error_propagates_and_releases_the_lease(app: Any) -> None:
    _accept(1, 100)
    aws("dynamodb").update_table(
        TableName="InboxTable", GlobalSecondaryIndexUpdates=[{"Delete": {"IndexName": "unpublished"}}]
    )
    with pytest.raises((ClientError, ValueError)):
        _run(app)
    assert _is_free()


BACKLOG = 200_000
QUEUES = ("CreateOrderEvent", "FinalizeOrderEvent", "CustomEvent")


class _Backlog:
    """An outbox and queues for more events than fit into memory: each is created on demand."""

    def __init__(self) -> None:
        self.listed = self.loaded = self.marked = self.most_ahead = 0
        self.last: dict[str, int] = {}

    def unpublished(self) -> Iterator[tuple[str, EventKey]]:
        for number in range(BACKLOG):
            self.listed += 1
            self.most_ahead = max(self.most_ahead, self.listed - self.loaded, self.loaded - self.marked)
            yield order(number).received_at, EventKey(str(number), "acme", QUEUES[number * 7919 % 3])

    def load(self, keys: Sequence[EventKey]) -> list[AcceptedEvent]:
        self.loaded += len(keys)
        return [event("{}", key) for key in keys]

    def publish_batch(self, events: Sequence[AcceptedEvent], handler: str) -> list[AcceptedEvent]:
        assert len(events) <= SEND_BATCH
        for each in events:
            number = int(each.key.message_id)
            assert self.last.get(handler, -1) < number, "out of order"
            time.sleep(0)  # lets another thread run
            self.last[handler] = number
        return list(events)

    def mark(self, marks: Sequence[Mark]) -> None:
        assert not any(mark.pending or mark.added for mark in marks)
        self.marked += len(marks)


def test_a_long_backlog_drains_in_order() -> None:
    backlog = _Backlog()
    with ThreadPoolExecutor(RELAY_CALLS) as threads:
        routing = Routing.parse(",".join(QUEUES))
        run = relay(backlog.unpublished(), backlog, backlog, routing, lambda: True, together=threads.map)
    assert run == Run(BACKLOG, 0, finished=True)
    assert (backlog.marked, set(backlog.last), backlog.most_ahead) == (BACKLOG, set(QUEUES), CHUNK)
