"""One poison message among a hundred good ones: it is the only one that suffers."""

import pytest
import time_machine

from tests.unit.examples import event
from tests.unit.functions import load
from tests.unit.output import Output
from tests.unit.workplace import Workplace
from webhooks.aws.handler import handler
from webhooks.event import EventKey
from webhooks.events.orders import CreateOrderEvent
from webhooks.policy import SCHEDULE

POISON = 50
GOOD = [number for number in range(101) if number != POISON]


def _publish(workplace: Workplace, poison: str) -> None:
    """A hundred good messages with the poison in their midst, ten to a batch."""
    bodies = [poison if number == POISON else f'{{"OrderNumber":{number}}}' for number in range(101)]
    keys = [EventKey(f"m-{number}", "acme", "CreateOrderEvent") for number in range(101)]
    workplace.publish(*map(event, bodies, keys))


def _orders_kept(workplace: Workplace) -> list[str]:
    return sorted(item["pk"]["S"] for item in workplace.items("RecordsTable"))


@pytest.mark.usefixtures("clock")
def test_a_body_that_does_not_fit_harms_and_delays_nothing_but_itself(workplace: Workplace, output: Output) -> None:
    _publish(workplace, '{"OrderNumber":"poison"}')
    assert workplace.work(load("handlers/CreateOrderEvent").handle) == 101
    assert _orders_kept(workplace) == sorted(f"ORDER#{number}" for number in GOOD)
    ((body, attributes),) = workplace.dead_letters()
    assert (body, attributes["MessageId"]) == ('{"OrderNumber":"poison"}', f"m-{POISON}")
    assert attributes["Reason"].startswith("does not fit its model: OrderNumber: Input should be a valid integer")
    assert workplace.left() == 0
    assert [line["message"] for line in output.lines()].count("handled") == 100


def test_a_message_that_fails_again_and_again_harms_and_delays_nothing_but_itself(
    workplace: Workplace, clock: time_machine.Traveller
) -> None:
    shipped = load("handlers/CreateOrderEvent").handle.__wrapped__

    @handler(CreateOrderEvent)
    def handle(order: CreateOrderEvent) -> None:
        if order.order_number == POISON:
            raise ValueError("poison")
        shipped(order)

    _publish(workplace, f'{{"OrderNumber":{POISON}}}')
    assert workplace.work(handle) == 101
    assert _orders_kept(workplace) == sorted(f"ORDER#{number}" for number in GOOD)
    assert workplace.left() == 1
    for seconds in SCHEDULE:
        assert workplace.dead_letters() == []
        clock.shift(seconds + 180)
        assert workplace.work(handle) == 1
    ((_, attributes),) = workplace.dead_letters()
    told = attributes["MessageId"], attributes["Failures"], attributes["Reason"]
    assert told == (f"m-{POISON}", "8", "ValueError: poison")
    assert workplace.left() == 0
