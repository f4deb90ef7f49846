"""A handler that has run for an event does not run for it again, however often its message arrives."""

from typing import Any

import pytest
import time_machine
from aws_lambda_powertools.utilities.idempotency.exceptions import IdempotencyAlreadyInProgressError

from tests.contract.account import aws, forget
from tests.contract.hooks import fail
from tests.unit.examples import CONTEXT, Context, event, order
from tests.unit.handler_env import Handle, HandlerEnv, raises
from tests.unit.output import Output
from tools.template import template
from webhooks.aws import clients
from webhooks.handlers import CreateOrderEvent, handler
from webhooks.policy import BOOKKEEPING_MARGIN, SCHEDULE

DAY = 24 * 3600
KEY = "m-1 acme CreateOrderEvent"


def _counts(runs: list[str], *errors: BaseException, idempotent: bool = False) -> Handle:
    """A handler that notes its runs; the first ones raise `errors`."""
    left = iter(errors)

    @handler(CreateOrderEvent, idempotent=idempotent)
    def handle(event: CreateOrderEvent) -> None:
        runs.append(event.idempotency_key)
        for error in left:
            raise error

    return handle


def test_an_events_second_message_does_not_run(handler_env: HandlerEnv, output: Output) -> None:
    runs: list[str] = []
    handler_env.publish(event(), event(), order(2))
    handler_env.work(_counts(runs))
    handler_env.publish(event())
    handler_env.work(_counts(runs))
    assert runs == [KEY, "m-2 acme CreateOrderEvent"]
    assert [line["message"] for line in output.lines()] == ["handled", "handled before", "handled", "handled before"]
    assert handler_env.left() == 0


def test_only_a_replay_named_again_runs_again(handler_env: HandlerEnv, output: Output) -> None:
    runs: list[str] = []
    for replay in ("", "r-1", "r-2-again", "r-2-again", "r-3-again"):
        handler_env.publish(event(), replay=replay)
    handler_env.work(_counts(runs))
    assert runs == [KEY, f"{KEY}\nr-2-again", f"{KEY}\nr-3-again"]
    lines = [(line["message"], line.get("replay")) for line in output.lines()]
    assert lines[:3] == [("handled", None), ("handled before", "r-1"), ("handled", "r-2-again")]


@pytest.mark.parametrize(("days", "times"), [(34.9, 1), (35.1, 2)])
def test_a_run_is_remembered_like_its_event(
    handler_env: HandlerEnv, clock: time_machine.Traveller, days: float, times: int
) -> None:
    runs: list[str] = []
    for _ in range(2):
        handler_env.publish(event())
        handler_env.work(_counts(runs))
        clock.shift(days * DAY)
    assert len(runs) == times
    (item,) = handler_env.runs()
    expiry = template()["Resources"]["OnceTable"]["Properties"]["TimeToLiveSpecification"]
    assert expiry["Enabled"]
    assert expiry["AttributeName"] in item


def test_a_failed_run_runs_again(handler_env: HandlerEnv, clock: time_machine.Traveller) -> None:
    runs: list[str] = []
    handle = _counts(runs, ValueError())
    handler_env.accept(event())
    handler_env.work(handle)
    clock.shift(SCHEDULE[0] + 0.1)
    assert handler_env.work(handle) == 1
    assert runs == [KEY, KEY]
    assert handler_env.left() == 0


def test_a_run_defers_another_until_its_lock_ends(
    handler_env: HandlerEnv, clock: time_machine.Traveller, output: Output
) -> None:
    context = Context(20_900)
    answers, runs = [], []

    @handler(CreateOrderEvent)
    def handle(event: CreateOrderEvent) -> None:
        runs.append(event.idempotency_key)
        answers.append(handle({"Records": [second]}, context))

    handler_env.accept(event())
    handler_env.publish(event())
    first, second = handler_env.batch()["Records"]
    assert handle({"Records": [first]}, CONTEXT) == {"batchItemFailures": []}
    assert answers == [{"batchItemFailures": [{"itemIdentifier": second["messageId"]}]}]
    assert len(runs) == 1
    assert [line["message"] for line in output.lines()] == ["deferred", "handled"]
    assert handler_env.trouble() == []
    clock.shift(20.9)
    assert handler_env.batch()["Records"] == []
    clock.shift(0.2)
    assert [record["messageId"] for record in handler_env.batch()["Records"]] == [second["messageId"]]


def test_a_killed_runs_lock_expires(handler_env: HandlerEnv, clock: time_machine.Traveller) -> None:
    runs: list[str] = []
    locks: list[dict[str, Any]] = []

    @handler(CreateOrderEvent)
    def handle(event: CreateOrderEvent) -> None:
        runs.append(event.idempotency_key)
        locks.extend(handler_env.runs())

    handler_env.accept(event())
    received = handler_env.batch()
    handle(received, CONTEXT)
    aws("dynamodb").put_item(TableName="OnceTable", Item=locks[0])  # what a kill would have left
    clock.shift(29)
    assert len(handle(received, CONTEXT)["batchItemFailures"]) == 1
    assert len(runs) == 1
    clock.shift(2)
    assert handle(received, CONTEXT) == {"batchItemFailures": []}
    assert len(runs) == 2


def test_each_handler_remembers_its_own_runs(handler_env: HandlerEnv, monkeypatch: pytest.MonkeyPatch) -> None:
    runs: list[str] = []
    for name in ("CreateOrderEvent", "AnotherHandler"):
        # As in another function: with another name and without caches.
        monkeypatch.setenv("POWERTOOLS_SERVICE_NAME", name)
        forget()
        handler_env.publish(event())
        handler_env.work(_counts(runs))
    assert len(runs) == 2


def test_an_idempotent_handler_runs_each_time(handler_env: HandlerEnv) -> None:
    runs: list[str] = []
    handler_env.publish(event(), event())
    handler_env.work(_counts(runs, idempotent=True))
    assert len(runs) == 2
    assert handler_env.runs() == []


def test_an_idempotent_handlers_second_receive_leaves_a_trace(
    handler_env: HandlerEnv, clock: time_machine.Traveller
) -> None:
    """So that it is known if its process dies."""
    traces: list[str] = []

    @handler(CreateOrderEvent, idempotent=True)
    def handle(_: CreateOrderEvent) -> None:
        traces.extend(item["status"]["S"] for item in handler_env.runs())
        if not traces:
            raise ValueError

    handler_env.accept(event())
    handler_env.work(handle)
    assert traces == []
    clock.shift(SCHEDULE[0] + 0.1)
    handler_env.work(handle)
    assert traces == ["INPROGRESS"]
    assert handler_env.left() == 0


def test_the_mark_of_a_run_is_tried_again(handler_env: HandlerEnv, monkeypatch: pytest.MonkeyPatch) -> None:
    handler_env.accept(order(1))
    fail(monkeypatch, clients.dynamodb(), "update_item", times=2, only="OnceTable")
    assert handler(CreateOrderEvent)(lambda _: None)(handler_env.batch(), CONTEXT) == {"batchItemFailures": []}
    assert [item["status"]["S"] for item in handler_env.runs()] == ["COMPLETED"]


def test_an_unmarked_run_is_no_failure(
    handler_env: HandlerEnv, monkeypatch: pytest.MonkeyPatch, output: Output
) -> None:
    handler_env.accept(order(1))
    fail(monkeypatch, clients.dynamodb(), "update_item", only="OnceTable")
    assert handler(CreateOrderEvent)(lambda _: None)(handler_env.batch(), CONTEXT) == {"batchItemFailures": []}
    messages = [line["message"] for line in output.lines()]
    assert "handled, but not recorded" in messages
    assert "failed" not in messages
    assert handler_env.trouble() == []


@pytest.mark.parametrize(("left", "pauses"), [(30_000, [0, 0.1, 0.5, 2]), (BOOKKEEPING_MARGIN * 1000, [0]), (4000, [])])
def test_a_mark_is_tried_while_time_lasts(
    handler_env: HandlerEnv, monkeypatch: pytest.MonkeyPatch, left: int, pauses: list[float]
) -> None:
    slept: list[float] = []
    context = Context()
    monkeypatch.setattr("time.sleep", slept.append)
    handler_env.accept(order(1))
    fail(monkeypatch, clients.dynamodb(), "update_item", only="OnceTable")
    handler(CreateOrderEvent)(lambda _: setattr(context, "left", left))(handler_env.batch(), context)
    assert slept == pauses


def test_an_unobtainable_lock_is_no_failure(
    handler_env: HandlerEnv, monkeypatch: pytest.MonkeyPatch, output: Output
) -> None:
    handler_env.accept(order(1))
    fail(monkeypatch, clients.dynamodb(), "put_item", only="OnceTable")
    ran: list[int] = []
    answer = handler(CreateOrderEvent)(lambda event: ran.append(event.order_number))(handler_env.batch(), CONTEXT)
    assert len(answer["batchItemFailures"]) == 1
    assert not ran
    assert [line["message"] for line in output.lines()] == ["deferred"]
    assert handler_env.trouble() == []


def test_a_handlers_own_idempotency_error_is_a_failure(handler_env: HandlerEnv) -> None:
    handler_env.accept(order(1))
    raises(IdempotencyAlreadyInProgressError())(handler_env.batch(), CONTEXT)
    assert handler_env.trouble()[0]["failures"] == {"N": "1"}


def test_an_unreleased_lock_hides_no_error(
    handler_env: HandlerEnv, monkeypatch: pytest.MonkeyPatch, output: Output
) -> None:
    handler_env.accept(order(1))
    fail(monkeypatch, clients.dynamodb(), "delete_item", only="OnceTable")
    raises(ZeroDivisionError())(handler_env.batch(), CONTEXT)
    (line,) = [line for line in output.lines() if line["message"] == "failed"]
    assert line["error"] == "ZeroDivisionError"
