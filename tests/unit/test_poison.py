"""One poison message among a hundred good ones is the only one that suffers."""

import pytest
import time_machine

from tests.unit.examples import order
from tests.unit.handler_env import HandlerEnv, saves
from tests.unit.output import Output
from webhooks.handlers import CreateOrderEvent, handler, save_record
from webhooks.policy import SCHEDULE, VISIBILITY_TIMEOUT

POISON = 50
GOOD = [f"ORDER#{number}" for number in range(101) if number != POISON]


def _publish(env: HandlerEnv, poison: str) -> None:
    """A hundred good messages with the poison in their midst, ten to a batch."""
    env.publish(*(order(number, poison if number == POISON else "") for number in range(101)))


@pytest.mark.usefixtures("clock")
def test_a_body_that_does_not_fit_harms_only_itself(handler_env: HandlerEnv, output: Output) -> None:
    _publish(handler_env, '{"OrderNumber":"poison"}')
    assert handler_env.work(saves(CreateOrderEvent)) == 101
    assert [record["pk"] for record in handler_env.records()] == sorted(GOOD)
    ((body, attributes),) = handler_env.dead_letters()
    assert (body, attributes["MessageId"]) == ('{"OrderNumber":"poison"}', f"m-{POISON}")
    assert handler_env.left() == 0
    assert [line["message"] for line in output.lines()].count("handled") == 100


def test_a_message_that_always_fails_delays_only_itself(handler_env: HandlerEnv, clock: time_machine.Traveller) -> None:
    @handler(CreateOrderEvent)
    def handle(order: CreateOrderEvent) -> None:
        if order.order_number == POISON:
            raise ValueError("poison")
        save_record(order)

    _publish(handler_env, "")
    assert handler_env.work(handle) == 101
    assert [record["pk"] for record in handler_env.records()] == sorted(GOOD)
    for seconds in SCHEDULE:
        assert handler_env.dead_letters() == []
        clock.shift(seconds + VISIBILITY_TIMEOUT)
        assert handler_env.work(handle) == 1
    ((_, attributes),) = handler_env.dead_letters()
    assert (attributes["MessageId"], attributes["Reason"]) == (f"m-{POISON}", "ValueError: poison")
