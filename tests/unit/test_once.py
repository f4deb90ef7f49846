"""`once`: what a handler has done for an event it does not do again, however often its message comes."""

from types import SimpleNamespace

import pytest
import time_machine

from tests.contract.account import forget
from tests.unit.examples import CONTEXT, event
from tests.unit.output import Output
from tests.unit.workplace import Handle, Workplace
from tools.template import load_template
from webhooks.aws.handler import handler
from webhooks.event import EventKey
from webhooks.events.orders import CreateOrderEvent

DAY = 24 * 3600


class _Killed(BaseException):
    """As by Lambda when the time is up: nothing gets to catch it."""


def _counts(runs: list[str], *, idempotent: bool = False) -> Handle:
    @handler(CreateOrderEvent, idempotent=idempotent)
    def handle(event: CreateOrderEvent) -> None:
        runs.append(event.idempotency_key)

    return handle


def test_a_second_message_of_the_same_event_is_not_run(workplace: Workplace, output: Output) -> None:
    runs: list[str] = []
    workplace.publish(event(), event(), event(key=EventKey("m-2", "acme", "CreateOrderEvent")))
    assert workplace.work(_counts(runs)) == 3
    assert runs == ["m-1 acme CreateOrderEvent", "m-2 acme CreateOrderEvent"]
    assert [line["message"] for line in output.lines()] == ["handled", "handled before", "handled"]
    assert workplace.left() == 0


def test_a_replay_is_another_run_only_if_it_says_so(workplace: Workplace, output: Output) -> None:
    runs: list[str] = []
    workplace.publish(event())
    for replay in ("r-1", "r-2 again", "r-2 again", "r-3 again"):
        workplace.publish(event(), replay=replay)
    workplace.work(_counts(runs))
    key = "m-1 acme CreateOrderEvent"
    assert runs == [key, f"{key} r-2 again", f"{key} r-3 again"]
    told = [(line["message"], line.get("replay")) for line in output.lines()]
    assert told[1:3] == [("handled before", "r-1"), ("handled", "r-2 again")]


def test_what_was_done_is_remembered_by_another_process(workplace: Workplace) -> None:
    runs: list[str] = []
    for _ in range(2):
        workplace.publish(event())
        workplace.work(_counts(runs))
    assert len(runs) == 1


@pytest.mark.parametrize(("days", "times"), [(34.9, 1), (35.1, 2)])
def test_it_is_remembered_as_long_as_the_event_is_kept(
    workplace: Workplace, clock: time_machine.Traveller, days: float, times: int
) -> None:
    runs: list[str] = []
    workplace.publish(event())
    workplace.work(_counts(runs))
    clock.shift(days * DAY)
    workplace.publish(event())
    workplace.work(_counts(runs))
    assert len(runs) == times


def test_a_handler_that_raised_runs_again(workplace: Workplace, clock: time_machine.Traveller) -> None:
    runs = []

    @handler(CreateOrderEvent)
    def handle(event: CreateOrderEvent) -> None:
        runs.append(event.idempotency_key)
        if len(runs) == 1:
            raise ValueError

    workplace.accept(event())
    workplace.work(handle)
    clock.shift(5.1)
    assert workplace.work(handle) == 1
    assert len(runs) == 2
    assert workplace.left() == 0


def test_while_a_run_is_under_way_another_is_put_off_until_the_lock_must_have_ended(
    workplace: Workplace, clock: time_machine.Traveller, output: Output
) -> None:
    context = SimpleNamespace(get_remaining_time_in_millis=lambda: 20_900)
    answers, runs = [], []

    @handler(CreateOrderEvent)
    def handle(event: CreateOrderEvent) -> None:
        runs.append(event.idempotency_key)
        answers.append(handle({"Records": [second]}, context))

    workplace.accept(event())
    workplace.publish(event())
    first, second = workplace.batch()["Records"]
    assert handle({"Records": [first]}, CONTEXT) == {"batchItemFailures": []}
    assert answers == [{"batchItemFailures": [{"itemIdentifier": second["messageId"]}]}]
    assert len(runs) == 1
    assert [line["message"] for line in output.lines()] == ["not now", "handled"]
    assert not [item for item in workplace.items() if "failures" in item]
    clock.shift(20.9)
    assert workplace.batch()["Records"] == []
    clock.shift(0.2)
    (again,) = workplace.batch()["Records"]
    assert again["messageId"] == second["messageId"]


def test_the_lock_of_a_run_that_was_killed_ends_with_the_time_of_its_function(
    workplace: Workplace, clock: time_machine.Traveller
) -> None:
    runs = []

    @handler(CreateOrderEvent)
    def handle(event: CreateOrderEvent) -> None:
        runs.append(event.idempotency_key)
        if len(runs) == 1:
            raise _Killed

    workplace.accept(event())
    told = workplace.batch()
    with pytest.raises(_Killed):
        handle(told, CONTEXT)
    clock.shift(29)
    assert len(handle(told, CONTEXT)["batchItemFailures"]) == 1
    assert len(runs) == 1
    clock.shift(2)
    assert handle(told, CONTEXT) == {"batchItemFailures": []}
    assert len(runs) == 2


def test_each_handler_remembers_for_itself(workplace: Workplace, monkeypatch: pytest.MonkeyPatch) -> None:
    runs: list[str] = []
    workplace.publish(event())
    workplace.work(_counts(runs))
    # As in another function: of another name, and with nothing in memory.
    monkeypatch.setenv("POWERTOOLS_SERVICE_NAME", "AnotherHandler")
    forget()
    workplace.publish(event())
    workplace.work(_counts(runs))
    assert len(runs) == 2


def test_a_handler_that_is_idempotent_by_itself_is_run_each_time_and_nothing_is_written(workplace: Workplace) -> None:
    runs: list[str] = []
    workplace.publish(event(), event())
    workplace.work(_counts(runs, idempotent=True))
    assert len(runs) == 2
    assert workplace.items("OnceTable") == []


def test_what_is_remembered_expires_under_the_name_that_the_template_enables(workplace: Workplace) -> None:
    workplace.publish(event())
    workplace.work(_counts([]))
    (item,) = workplace.items("OnceTable")
    expiry = load_template()["Resources"]["OnceTable"]["Properties"]["TimeToLiveSpecification"]
    assert expiry["Enabled"]
    assert expiry["AttributeName"] in item
