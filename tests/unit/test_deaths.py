"""A handler whose process died with an event: the message runs alone, and is a dead letter after the last death."""

import time
from datetime import timedelta
from typing import Any

import pytest

from tests.contract.hooks import answer_in_parts, fail
from tests.unit.examples import CONTEXT, Context, batch, order
from tests.unit.handler_env import HandlerEnv
from tests.unit.output import Output
from webhooks.aws import clients
from webhooks.aws.once import Once
from webhooks.aws.once_table import run_id, trouble_id
from webhooks.event import AcceptedEvent
from webhooks.handlers import CreateOrderEvent, handler


def _lock(*numbers: int, expires: float = 1) -> None:
    """Leave a lock in the table of runs: by default one that has expired, as a dead process leaves it."""
    for number in numbers:
        key = f"CreateOrderEvent#{run_id(str(order(number).key))}"
        clients.dynamodb().put_item(
            TableName="OnceTable",
            Item={
                "id": {"S": key},
                "status": {"S": "INPROGRESS"},
                "expiration": {"N": "99999999999"},
                "in_progress_expiration": {"N": str(int(expires * 1000))},
            },
        )


def _received(count: int, *events: AcceptedEvent) -> dict[str, Any]:
    records = batch(*events)
    for record in records["Records"]:
        record["attributes"]["ApproximateReceiveCount"] = str(count)
    return records


def test_a_message_after_a_death_runs_alone(handler_env: HandlerEnv) -> None:
    ran: list[int] = []
    left_on_queue: list[int] = []

    @handler(CreateOrderEvent)
    def handle(event: CreateOrderEvent) -> None:
        ran.append(event.order_number)
        left_on_queue.append(handler_env.left())

    handler_env.accept(*(order(number) for number in range(1, 6)))
    _lock(1, 2)
    records = handler_env.batch()
    for record in records["Records"]:
        record["attributes"]["ApproximateReceiveCount"] = "2"
    answer = handle(records, CONTEXT)
    assert ran == [3, 4, 5, 1]
    assert left_on_queue[-1] == 2, "its neighbours were off the queue before it began"
    assert len(answer["batchItemFailures"]) == 1


def test_the_last_death_makes_a_dead_letter(handler_env: HandlerEnv) -> None:
    handle = handler(CreateOrderEvent)(lambda _: None)
    handler_env.accept(order(1))
    (record,) = handler_env.batch()["Records"]
    record["attributes"]["ApproximateReceiveCount"] = "2"
    for death in range(1, 4):
        _lock(1)
        if death < 3:
            failures = clients.dynamodb()
            failures.update_item(
                TableName="OnceTable",
                Key={"id": {"S": trouble_id("CreateOrderEvent", order(1).key)}},
                UpdateExpression="ADD deaths :one",
                ExpressionAttributeValues={":one": {"N": "1"}},
            )
    assert handle({"Records": [record]}, CONTEXT) == {"batchItemFailures": []}
    ((_, attributes),) = handler_env.dead_letters()
    assert attributes["Reason"] == "its handler died without a word, 3 times"


def test_a_death_is_counted_when_a_run_begins(handler_env: HandlerEnv) -> None:
    handler_env.accept(order(1))
    _lock(1)
    for left in (1000, 1000, 1000, 30_000):
        handler(CreateOrderEvent)(lambda _: None)(_received(2, order(1)), Context(left))
    (item,) = handler_env.trouble()
    assert item["deaths"] == {"N": "1"}


def test_a_death_during_validation_leaves_a_trace(handler_env: HandlerEnv, monkeypatch: pytest.MonkeyPatch) -> None:
    traces: list[str] = []

    def read(_: object) -> CreateOrderEvent:
        traces.extend(item["status"]["S"] for item in handler_env.runs())
        raise MemoryError

    handler_env.accept(order(1))
    monkeypatch.setattr(CreateOrderEvent, "from_accepted", read)
    handler(CreateOrderEvent)(lambda _: None)(handler_env.batch(), CONTEXT)
    assert traces == ["INPROGRESS"]


def test_a_run_in_progress_is_no_death(handler_env: HandlerEnv, output: Output) -> None:
    deferred: list[dict[str, Any]] = []

    @handler(CreateOrderEvent)
    def handle(_: CreateOrderEvent) -> None:
        deferred.append(handle(_received(2, order(1)), CONTEXT))

    handler_env.accept(order(1))
    handle(handler_env.batch(), CONTEXT)
    assert deferred == [{"batchItemFailures": [{"itemIdentifier": "sqs-0"}]}]
    assert "another run of this event is in progress" in [line.get("reason") for line in output.lines()]
    assert handler_env.trouble() == []


def test_locks_that_have_not_expired_are_no_deaths(handler_env: HandlerEnv, output: Output) -> None:
    handler_env.accept(order(1), order(2))
    _lock(1, 2, expires=time.time() + 30)
    handler(CreateOrderEvent)(lambda _: None)(_received(2, order(1), order(2)), CONTEXT)
    reasons = [line["reason"] for line in output.lines() if line["message"] == "deferred"]
    assert reasons == ["another run of this event is in progress"] * 2


def test_a_deferral_is_logged_with_its_ids(handler_env: HandlerEnv, output: Output) -> None:
    handler_env.accept(order(1), order(2))
    _lock(1, 2)
    handler(CreateOrderEvent)(lambda _: None)(_received(2, order(1), order(2)), CONTEXT)
    assert [(line["message_id"], line["message"]) for line in output.lines() if "message_id" in line] == [
        ("m-2", "deferred"),
        ("m-2", "not delayed"),
        ("m-1", "handled"),
    ]


def test_deaths_that_dynamodb_leaves_out_are_found_later(handler_env: HandlerEnv) -> None:
    ran: list[int] = []
    handler_env.accept(order(1), order(2))
    _lock(1, 2)
    answer_in_parts(clients.dynamodb(), "OnceTable", 1)
    handler(CreateOrderEvent)(lambda event: ran.append(event.order_number))(_received(2, order(1), order(2)), CONTEXT)
    assert sorted(ran) == [1, 2]
    assert [item["deaths"]["N"] for item in handler_env.trouble()] == ["1"]


def test_without_the_runs_no_death_is_found(
    handler_env: HandlerEnv, monkeypatch: pytest.MonkeyPatch, output: Output
) -> None:
    handler_env.accept(order(1))
    fail(monkeypatch, clients.dynamodb(), "batch_get_item", times=1)
    assert handler(CreateOrderEvent)(lambda _: None)(_received(2, order(1)), CONTEXT) == {"batchItemFailures": []}
    assert [(line["message"], line.get("cause")) for line in output.lines()] == [
        ("deaths not looked up", "ThrottlingException"),
        ("handled", None),
    ]


@pytest.mark.usefixtures("handler_env")
def test_no_more_keys_are_looked_up_than_possible() -> None:
    _lock(1)
    once = Once(clients.dynamodb(), "OnceTable", timedelta(days=1), "CreateOrderEvent")
    keys = [str(order(number).key) for number in range(1, 151)]
    assert once.look_up(keys) == ({keys[0]}, set())
