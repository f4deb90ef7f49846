"""The relay's function: one at a time, as long as there is time, and a metric of the oldest event left."""

import time
from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from types import SimpleNamespace
from typing import Any

import pytest
import time_machine
from botocore.exceptions import ClientError

from tests.contract.account import QUEUE_URL_PREFIX, aws, create_queues, create_table, receive
from tests.unit.examples import event
from tests.unit.functions import load
from tests.unit.output import Output
from webhooks.aws.inbox import DynamoInbox
from webhooks.aws.outbox import DynamoOutbox
from webhooks.dates import timestamp
from webhooks.event import EventKey

pytestmark = pytest.mark.usefixtures("account")

AGE = "OldestUnpublishedAge"


@pytest.fixture
def app(clock: time_machine.Traveller, monkeypatch: pytest.MonkeyPatch) -> Any:  # noqa: ARG001 - it stands still
    create_table("InboxTable")
    types = create_queues("CreateOrderEvent", "CustomEvent")
    monkeypatch.setenv("INBOX_TABLE", "InboxTable")
    monkeypatch.setenv("EVENT_TYPES", ",".join(types))
    monkeypatch.setenv("QUEUE_URL_PREFIX", QUEUE_URL_PREFIX)
    return load("relay")


def _accept(number: int, seconds_ago: float, **changes: str) -> None:
    received_at = timestamp(datetime.now(UTC) - timedelta(seconds=seconds_ago))
    accepted = event(key=EventKey(f"m-{number}", "acme", "CreateOrderEvent"), received_at=received_at, **changes)
    DynamoInbox(aws("dynamodb"), "InboxTable", timedelta(days=35)).claim(accepted, "me")


def _run(app: Any, left: Callable[[], int] = lambda: 50_000) -> None:
    app.handle({}, SimpleNamespace(aws_request_id="run-1", get_remaining_time_in_millis=left))


def _published(event_type: str = "CreateOrderEvent") -> list[str]:
    records = receive(QUEUE_URL_PREFIX + event_type)
    return [record["messageAttributes"]["MessageId"]["stringValue"] for record in records]


def _outbox() -> DynamoOutbox:
    return DynamoOutbox(aws("dynamodb"), "InboxTable")


def _is_free() -> bool:
    return _outbox().lease("a look", int(time.time()), 0)


def test_what_is_left_is_published_in_order_and_the_age_of_the_oldest_told(app: Any, output: Output) -> None:
    _accept(1, 61)
    _accept(2, 3600.5)
    _run(app)
    assert _published() == ["m-2", "m-1"]
    assert list(_outbox().unpublished("9999")) == []
    assert output.metrics("service=relay") == [{AGE: 3600.5}]
    (line,) = output.lines()
    told = {"message": "relayed", "published": 2, "failed": 0, "finished": True}
    assert line.items() >= told.items()


def test_where_nothing_is_left_the_age_is_nothing_and_no_line_is_logged(app: Any, output: Output) -> None:
    _run(app)
    assert (output.metrics("service=relay"), output.lines()) == ([{AGE: 0}], [])


@pytest.mark.parametrize(("seconds", "published"), [(35, []), (35.1, ["m-1"])])
def test_an_event_that_ingest_may_still_have_in_hand_is_left_to_it(
    app: Any, seconds: float, published: list[str]
) -> None:
    _accept(1, seconds)
    _run(app)
    assert _published() == published


def test_what_the_queue_does_not_take_ages(app: Any, output: Output) -> None:
    _accept(1, 100)
    aws("sqs").delete_queue(QueueUrl=f"{QUEUE_URL_PREFIX}CreateOrderEvent")
    _run(app)
    _run(app)
    assert output.metrics("service=relay") == [{AGE: 100}, {AGE: 100}]
    first, second = (line for line in output.lines() if line["message"] == "relayed")
    assert [(line["published"], line["failed"]) for line in (first, second)] == [(0, 1), (0, 1)]


def test_while_another_relay_is_at_work_nothing_is_done(app: Any, output: Output) -> None:
    _accept(1, 100)
    assert _outbox().lease("another run", int(time.time()), 50)
    _run(app)
    assert _published() == []
    assert [line["message"] for line in output.lines()] == ["another relay is at work"]
    assert not _is_free()


def test_a_relay_that_died_is_followed_by_the_next_when_its_lease_has_ended(
    app: Any, clock: time_machine.Traveller
) -> None:
    _accept(1, 100)
    _outbox().lease("dead run", int(time.time()), 50)
    clock.shift(60)
    _run(app)
    assert _published() == ["m-1"]


def test_the_lease_lasts_no_longer_than_the_function_may_and_is_given_back(app: Any) -> None:
    held: list[bool] = []

    def left() -> int:
        held.append(not _is_free())
        return 50_000

    _accept(1, 100)
    _run(app, left)
    # It is asked how much time is left once before the lease, and once for the chunk.
    assert held == [False, True]
    assert _is_free()


def test_when_time_is_nearly_up_no_chunk_is_begun_and_the_lease_is_given_back(app: Any, output: Output) -> None:
    _accept(1, 100)
    _run(app, lambda: 5000)
    assert _published() == []
    assert output.metrics("service=relay") == [{AGE: 100}]
    assert output.lines()[0]["finished"] is False
    assert _is_free()
    _run(app, lambda: 5001)
    assert _published() == ["m-1"]


def test_an_error_propagates_so_that_the_platform_counts_it_and_the_lease_is_given_back(app: Any) -> None:
    _accept(1, 100)
    aws("dynamodb").update_table(
        TableName="InboxTable", GlobalSecondaryIndexUpdates=[{"Delete": {"IndexName": "unpublished"}}]
    )
    with pytest.raises((ClientError, ValueError)):
        _run(app)
    assert _is_free()


def test_an_event_whose_queue_is_gone_goes_where_types_without_one_go_and_holds_nothing_up(app: Any) -> None:
    _accept(1, 100, queue="RetiredEvent")
    _accept(2, 50)
    _run(app)
    assert (_published("CustomEvent"), _published()) == (["m-1"], ["m-2"])
