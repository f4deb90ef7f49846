"""The bill: what docs/costs.md says, and what it is made of."""

import pytest

from benchmarks.bodies import body
from benchmarks.costs.assumptions import Assumptions
from benchmarks.costs.calls import Call
from benchmarks.costs.lines import Bill, Line, of_calls
from benchmarks.costs.measured import Aside, aside, events
from benchmarks.costs.model import Model
from benchmarks.costs.prices import ALARM, API_REQUEST, DATA_OUT, MILLION, SQS_REQUEST, WRITE
from benchmarks.costs.report import PAGE, page
from benchmarks.costs.stack import Stack
from webhooks.policy import INLINE_LIMIT

BILL = Bill((Line("alarms", 12, ALARM, ""),), (Line("API", 1, API_REQUEST, ""), Line("API", 1e-4, DATA_OUT, "")))


@pytest.fixture(scope="module")
def seen() -> Aside:
    """What was seen beside the handling of events."""
    return aside()


@pytest.fixture(scope="module")
def model(seen: Aside) -> Model:
    """Of the template as it stands."""
    return Model(Stack.of_template(), seen, Assumptions())


def test_the_page_says_what_is_computed_today() -> None:
    assert PAGE.read_text() == page(PAGE.read_text()), "stale: run `make costs`"


def test_a_bill_is_its_fixed_part_and_so_much_for_each_event() -> None:
    assert BILL.total(0) == pytest.approx(1.20)
    assert BILL.total(MILLION) == pytest.approx(1.20 + 1.00 + 100 * 0.09)


def test_the_free_tier_takes_off_what_is_used_and_no_more_than_it_has() -> None:
    assert BILL.free(0) == pytest.approx(10 * 0.10)
    assert BILL.free(MILLION // 2) == pytest.approx(10 * 0.10 + 50 * 0.09)
    assert BILL.free(10 * MILLION) == pytest.approx(10 * 0.10 + 100 * 0.09)


def test_the_same_call_made_again_is_one_line() -> None:
    put, send = Call("PutItem", "InboxTable", ((WRITE, 3),)), Call("SendMessage", "the queue", ((SQS_REQUEST, 1),))
    lines = list(of_calls("ingest", [put, send, put], times=10))
    assert [(line.quantity, line.price, line.how) for line in lines] == [
        (60, WRITE, "PutItem on InboxTable, 2 times"),
        (10, SQS_REQUEST, "SendMessage on the queue"),
    ]


@pytest.mark.parametrize("size", [0, 512, 2048])
def test_a_body_is_as_large_as_is_asked_for(size: int) -> None:
    assert len(body(size).encode()) == (size or 242)


def test_an_event_is_accepted_with_three_calls_and_handled_with_three_for_each_in_the_batch() -> None:
    one, ten = events(body()), events(body(), 10)
    assert [call.operation for call in one.ingest.calls] == ["PutItem", "SendMessage", "UpdateItem"]
    assert [call.operation for call in one.handler.calls] == ["PutItem", "PutItem", "UpdateItem"]
    assert [call.operation for call in one.handler.polled] == ["ReceiveMessage", "DeleteMessageBatch"]
    assert (len(ten.handler.calls), len(ten.handler.polled)) == (30, 2)


def test_a_duplicate_is_one_call_and_a_refused_token_none(seen: Aside) -> None:
    assert [call.operation for call in seen.duplicate.calls] == ["PutItem"]
    assert seen.unauthorized.calls == ()


def test_every_metric_is_counted_once(seen: Aside) -> None:
    """Under the dimension that makes it one metric, or one for each event type."""
    assert seen.steady == {
        ("service", "Accepted"),
        ("token_label", "TokenUsed"),
        ("service", "Handled"),
        ("service", "SecondsFromEvent"),
        ("service", "SecondsFromReceipt"),
        ("service", "OldestUnpublishedAge"),
    }
    assert seen.rare == {
        *(("service", name) for name in ("Duplicate", "Collision", "PublishDeferred")),
        *(("service", name) for name in ("Unauthorized", "Rejected", "TooLarge", "Unavailable")),
        *(("event_type", name) for name in ("Failed", "DeadLettered")),
    }


def test_a_larger_body_costs_more_until_it_is_stored_aside(model: Model) -> None:
    sample, larger, inline, aside_ = (
        model.bill(events(body(size))).total(MILLION) for size in (0, 2048, INLINE_LIMIT, INLINE_LIMIT + 1)
    )
    assert sample < larger < inline > aside_ > sample


def test_a_batch_of_ten_costs_less_than_ten_of_one(model: Model) -> None:
    one, ten = (model.bill(events(body(), batch)) for batch in (1, 10))
    assert ten.total(MILLION) < one.total(MILLION)
    assert ten.total(0) == one.total(0)
