"""What the inbox and `once` tell of an event, as handlers that really ran leave it."""

import pytest
import time_machine

from tests.cli.deployed import Deployed
from tests.unit.examples import event
from webhooks.aws.handler import handler
from webhooks.events.orders import CreateOrderEvent
from webhooks.retries import DeadLetter, RetryLater
from webhooks_cli.inbox import Inbox
from webhooks_cli.kept import Failure, Kept, State

NOON = "2026-11-24T12:00:00.0000000Z"
ORDER = event(received_at=NOON)


def _kept(deployed: Deployed) -> Kept:
    (kept,) = Inbox.of(deployed.stack).find("m-1")
    return kept


def test_an_event_whose_queue_was_away_is_unpublished(deployed: Deployed) -> None:
    deployed.accept(ORDER)
    kept = _kept(deployed)
    assert (kept.state, kept.published) == (State.UNPUBLISHED, False)


def test_an_event_on_its_queue_is_waiting(deployed: Deployed) -> None:
    deployed.publish(ORDER)
    assert _kept(deployed) == Kept(
        event=ORDER,
        state=State.WAITING,
        published=True,
        token_label="first",  # noqa: S106 - a label
        failures=0,
        errors=(),
        given_up_at="",
        redriven_at="",
        discarded_at="",
        handled_at="",
        expires_at="2026-12-29T12:00:00.0000000Z",
    )


def test_a_handled_event_tells_when_to_the_second(deployed: Deployed) -> None:
    deployed.publish(ORDER)
    with time_machine.travel("2026-11-24T12:00:07.9Z", tick=False):
        deployed.handle()
    kept = _kept(deployed)
    assert (kept.state, kept.handled_at) == (State.HANDLED, "2026-11-24T12:00:07.0000000Z")


def test_an_event_that_failed_is_failing_and_each_failure_is_told(deployed: Deployed) -> None:
    deployed.publish(ORDER)
    deployed.fail(ValueError("no such order"))
    kept = _kept(deployed)
    assert (kept.state, kept.failures) == (State.FAILING, 1)
    assert kept.errors == (Failure(NOON, "ValueError: no such order"),)


def test_an_event_that_failed_first_and_was_handled_then_is_handled(deployed: Deployed) -> None:
    deployed.publish(ORDER)
    deployed.fail(ValueError())
    with time_machine.travel("2026-11-24T12:00:06Z", tick=False):
        deployed.handle()
    assert _kept(deployed).state is State.HANDLED


def test_an_event_that_failed_and_was_handled_within_a_second_is_handled(deployed: Deployed) -> None:
    deployed.publish(ORDER)
    with time_machine.travel("2026-11-24T12:00:07.1Z", tick=False):
        deployed.fail(RetryLater(0))
    with time_machine.travel("2026-11-24T12:00:07.9Z", tick=False):
        deployed.handle()
    assert _kept(deployed).state is State.HANDLED


def test_an_event_whose_handler_was_killed_is_not_handled(deployed: Deployed) -> None:
    @handler(CreateOrderEvent)
    def handle(_: CreateOrderEvent) -> None:
        raise KeyboardInterrupt

    deployed.publish(ORDER)
    with pytest.raises(KeyboardInterrupt):
        deployed.workplace.work(handle)
    assert [run["status"] for run in deployed.workplace.items("OnceTable")] == [{"S": "INPROGRESS"}]
    assert _kept(deployed).state is State.WAITING


def test_an_event_that_was_given_up_is_a_dead_letter(deployed: Deployed) -> None:
    deployed.publish(ORDER)
    deployed.fail(DeadLetter("no such order"))
    kept = _kept(deployed)
    assert (kept.state, kept.given_up_at) == (State.DEAD_LETTER, NOON)


def test_a_dead_letter_that_came_back_and_failed_again_is_failing_and_handled_in_the_end(deployed: Deployed) -> None:
    deployed.publish(ORDER)
    deployed.fail(DeadLetter("no such order"))
    deployed.workplace.publish(ORDER)
    with time_machine.travel("2026-11-24T13:00:00Z", tick=False):
        deployed.fail(ValueError())
        assert _kept(deployed).state is State.FAILING
    with time_machine.travel("2026-11-24T13:05:01Z", tick=False):
        deployed.handle()
        assert _kept(deployed).state is State.HANDLED


def test_an_event_that_was_handled_and_whose_replay_fails_is_not_called_handled(deployed: Deployed) -> None:
    deployed.publish(ORDER)
    deployed.handle()
    deployed.workplace.publish(ORDER, replay="r-1 again")
    with time_machine.travel("2026-11-24T13:00:00Z", tick=False):
        deployed.fail(DeadLetter("no such order"))
    assert _kept(deployed).state is State.DEAD_LETTER


def test_what_is_handled_without_being_marked_as_published_is_handled(deployed: Deployed) -> None:
    deployed.accept(ORDER)
    deployed.workplace.publish(ORDER)
    deployed.handle()
    assert _kept(deployed).state is State.HANDLED


def test_an_event_of_a_type_whose_queue_is_gone_may_be_handled_by_its_old_handler_or_by_that_of_custom_events(
    deployed: Deployed,
) -> None:
    deployed.publish(ORDER)
    deployed.handle()
    vars(deployed.stack)["event_types"] = ("CustomEvent",)
    assert _kept(deployed).state is State.HANDLED
