"""Where an event's message is now, as `webhooks events show` tells."""

import pytest
import time_machine

from tests.cli.command import Command
from tests.cli.deployed import Deployed
from tests.cli.orders import an_order
from tests.unit.functions import load
from webhooks.aws import clients
from webhooks.policy import SCHEDULE
from webhooks.retries import DeadLetter, RetryLater


@pytest.fixture
def webhooks(deployed: Deployed) -> Command:
    return Command(deployed.stack)


def _whereabouts(webhooks: Command) -> str:
    (story,) = webhooks.json("events", "show", "m-1")
    return str(story["whereabouts"])


def test_where_the_message_is_now(deployed: Deployed, webhooks: Command) -> None:
    deployed.accept(an_order())
    assert "the relay puts it there" in _whereabouts(webhooks)
    deployed.publish(an_order())
    assert _whereabouts(webhooks).startswith("on the queue of CreateOrderEvent, or handled, if")


def test_a_handler_that_leaves_no_trace_of_a_run_leaves_a_record(deployed: Deployed, webhooks: Command) -> None:
    deployed.publish(an_order())
    deployed.workplace.work(load("handlers/CreateOrderEvent").handle)
    clients.dynamodb().delete_item(TableName="OnceTable", Key={"id": deployed.workplace.items("OnceTable")[0]["id"]})
    assert _whereabouts(webhooks) == "handled, as its record shows: its handler leaves no other trace"


def test_a_failing_event_tells_when_it_is_tried_again(deployed: Deployed, webhooks: Command) -> None:
    deployed.publish(an_order())
    deployed.fail(ValueError())
    assert _whereabouts(webhooks) == (
        "on the queue of CreateOrderEvent, to be tried again at about 2026-11-24T12:00:05Z"
    )
    assert SCHEDULE[0] == 5


def test_an_event_whose_handler_asked_for_more_time_says_so(deployed: Deployed, webhooks: Command) -> None:
    deployed.publish(an_order())
    deployed.fail(RetryLater(3600))
    assert _whereabouts(webhooks).endswith("to be tried again when its handler asked for it")


def test_a_dead_letter_lies_in_its_queue_for_14_days(deployed: Deployed, webhooks: Command) -> None:
    deployed.publish(an_order())
    deployed.fail(DeadLetter("no such customer"))
    assert _whereabouts(webhooks) == "among the dead letters of CreateOrderEvent until 2026-12-08T12:00:00Z"
    with time_machine.travel("2026-12-08T12:00:01Z", tick=False):
        assert _whereabouts(webhooks).startswith("in the inbox alone")
