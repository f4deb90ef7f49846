"""Two poison messages among a hundred good ones are the only ones that suffer."""

import time_machine

from tests.unit.examples import order
from tests.unit.handler_env import HandlerEnv
from webhooks.handlers import CreateOrderEvent, handler, save_record
from webhooks.policy import SCHEDULE, VISIBILITY_TIMEOUT

MALFORMED, FAILING = 33, 66
GOOD = sorted(f"ORDER#{number}" for number in range(102) if number not in {MALFORMED, FAILING})


def test_poison_harms_and_delays_only_itself(handler_env: HandlerEnv, clock: time_machine.Traveller) -> None:
    @handler(CreateOrderEvent)
    def handle(order: CreateOrderEvent) -> None:
        if order.order_number == FAILING:
            raise ValueError("poison")
        save_record(order)

    bodies = {MALFORMED: '{"OrderNumber":"poison"}'}
    handler_env.publish(*(order(number, bodies.get(number, "")) for number in range(102)))
    assert handler_env.work(handle) == 102
    assert [record["pk"] for record in handler_env.records()] == GOOD
    assert [attributes["MessageId"] for _, attributes in handler_env.dead_letters()] == [f"m-{MALFORMED}"]
    for seconds in SCHEDULE:
        clock.shift(seconds + VISIBILITY_TIMEOUT)
        assert handler_env.work(handle) == 1
    reasons = {attributes["MessageId"]: attributes["Reason"] for _, attributes in handler_env.dead_letters()}
    assert reasons.keys() == {f"m-{MALFORMED}", f"m-{FAILING}"}
    assert reasons[f"m-{FAILING}"] == "ValueError: poison"
    assert handler_env.left() == 0
