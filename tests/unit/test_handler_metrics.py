"""The metrics of the handlers: what was handled in how long, what failed."""

import pytest

from tests.unit.examples import CONTEXT, batch, message
from tests.unit.output import Output
from webhooks.aws.handler import handler
from webhooks.event import AcceptedEvent, EventKey
from webhooks.events.orders import CreateOrderEvent
from webhooks.retries import DeadLetter

pytestmark = pytest.mark.usefixtures("workplace", "clock")


@handler(CreateOrderEvent)
def _handle(event: CreateOrderEvent) -> None:
    if event.order_number == 0:
        raise DeadLetter("of no use")
    if event.order_number < 0:
        raise ValueError


def _order(number: int, event_date: str = "2026-11-24T11:00:00.0000000Z") -> AcceptedEvent:
    return message(
        f'{{"OrderNumber":{number}}}',
        EventKey(f"m-{number}", "acme", "CreateOrderEvent"),
        event_date=event_date,
        received_at="2026-11-24T11:59:58.5000000Z",
    )


def test_a_batch_is_one_line_with_the_delays_of_each_event(output: Output) -> None:
    _handle(batch(_order(1), _order(2, "2026-11-24T11:59:00.0000000Z")), CONTEXT)
    expected = {"Handled": [1, 1], "SecondsFromEvent": [3600, 60], "SecondsFromReceipt": [1.5, 1.5]}
    assert output.metrics("service=handlers") == [expected]


@pytest.mark.parametrize(
    ("event_date", "seconds"),
    [("", {}), ("yesterday", {}), ("2026-11-25T00:00:00.0000000Z", {"SecondsFromEvent": 0})],
)
def test_an_event_without_a_date_has_no_delay_and_one_from_the_future_none_below_nothing(
    output: Output, event_date: str, seconds: dict[str, float]
) -> None:
    _handle(batch(_order(1, event_date)), CONTEXT)
    assert output.metrics("service=handlers") == [{"Handled": 1, "SecondsFromReceipt": 1.5} | seconds]


def test_an_event_that_was_handled_before_counts_once(output: Output) -> None:
    for _ in range(2):
        _handle(batch(_order(1)), CONTEXT)
    assert len(output.metrics("service=handlers")) == 1


def test_failures_and_dead_letters_are_counted_by_type(output: Output) -> None:
    _handle(batch(_order(1), _order(0), _order(-1)), CONTEXT)
    assert output.metrics("event_type=CreateOrderEvent") == [{"Failed": 1, "DeadLettered": 1}, {"Failed": 1}]
    assert output.metrics("service=handlers")[0]["Handled"] == 1
