"""What AWS charges for a call, what is counted, and the cost of a month."""

from typing import Any

import pytest

from benchmarks import cost_by_size
from benchmarks.cost_by_size import GOAL_SIZE, MINIMAL, RECORDED, SIZES, USUAL, Plan
from benchmarks.costs.bill import Bill, Line, call_lines
from benchmarks.costs.calls import CHUNK, Call, usage
from benchmarks.costs.changes import with_types
from benchmarks.costs.model import Assumptions, Model
from benchmarks.costs.observed import Other, observe_events, observe_other
from benchmarks.costs.prices import ALARM, API_REQUEST, DATA_OUT, MILLION, READ, SQS_REQUEST, WRITE
from benchmarks.costs.stack import Stack, Unpriced
from tools.bodies import body
from tools.dynamodb import Index, Item, Table, size
from tools.speed.process import OURS
from webhooks.policy import INLINE_LIMIT

TABLE = Table(("id",), (Index(("shard", "at"), frozenset({"id", "shard", "at"})), Index(("type",), None)))
BILL = Bill((Line("alarms", 12, ALARM, ""),), (Line("API", 1, API_REQUEST, ""), Line("API", 1e-4, DATA_OUT, "")))


def item(filler: int = 0, **more: str) -> Item:
    return {"id": {"S": "1"}, "body": {"S": "x" * filler}, **{name: {"S": value} for name, value in more.items()}}


@pytest.mark.parametrize(
    ("value", "expected"),
    [
        ({"S": "é"}, 2),
        ({"N": "0"}, 1),
        ({"N": "1637755200"}, 5),
        ({"N": "-20.5"}, 4),
        ({"BOOL": True}, 1),
        ({"M": {"b": {"S": "cd"}}}, 3 + 3 + 1),
        ({"L": [{"S": "ab"}, {"BOOL": False}]}, 3 + 3 + 2),
    ],
)
def test_attribute_size_is_name_and_value(value: dict[str, Any], expected: int) -> None:
    assert size({"name": value}) == 4 + expected


@pytest.mark.parametrize(
    ("before", "after", "expected"),
    [
        pytest.param(None, item(1017), 1, id="exactly 1 KB"),
        pytest.param(None, item(1018), 2, id="one byte more"),
        pytest.param(item(3000), item(10), 3, id="the larger of the two"),
        pytest.param(None, item(3000, shard="3", at="1"), 3 + 1, id="an index of keys"),
        pytest.param(None, item(3000, type="a"), 3 + 3, id="an index of all attributes"),
        pytest.param(item(shard="3", at="1"), item(at="1"), 1 + 1, id="removed from a sparse index"),
        pytest.param(item(shard="3", at="1"), item(5, shard="3", at="1"), 1, id="an unchanged index"),
        pytest.param(item(shard="3", at="1"), item(shard="4", at="1"), 1 + 2, id="a changed index key"),
        pytest.param(item(3000, type="a"), item(3000, type="a"), 3, id="a failed condition"),
        pytest.param(None, None, 1, id="a failed condition without an item"),
        pytest.param(item(type="a"), None, 1 + 1, id="a deletion"),
    ],
)
def test_write_units(before: Item | None, after: Item | None, expected: int) -> None:
    assert TABLE.write_units(before, after) == expected


@pytest.mark.parametrize(("length", "requests"), [(0, 1), (CHUNK - 15, 1), (CHUNK - 14, 2)])
def test_message_is_billed_by_64_kb(length: int, requests: int) -> None:
    attributes = {"Name": {"DataType": "String", "StringValue": "value"}}
    sent = {"MessageBody": "x" * length, "MessageAttributes": attributes}
    received = {"Messages": [{"Body": "x" * length, "MessageAttributes": attributes}]}
    assert usage("SendMessage", sent, {}) == ((SQS_REQUEST, requests),)
    assert usage("ReceiveMessage", {}, received) == ((SQS_REQUEST, requests),)


@pytest.mark.parametrize(("found", "units"), [([], 0.5), ([item(4000)], 0.5), ([item(4000), item(4000)], 1)])
def test_query_is_billed_by_half_units(found: list[Item], units: float) -> None:
    assert usage("Query", {}, {"Items": found}) == ((READ, units),)


def test_call_without_a_price_is_refused() -> None:
    with pytest.raises(NotImplementedError, match="TransactWriteItems"):
        usage("TransactWriteItems", {}, {})


@pytest.mark.parametrize(
    ("resource", "name"),
    [
        ({"Type": "AWS::EC2::NatGateway"}, "AWS::EC2::NatGateway"),
        ({"Type": "AWS::Serverless::Function", "Properties": {"MemorySize": 512, "Tracing": "Active"}}, "Tracing"),
        ({"Type": "AWS::SQS::Queue", "Properties": {"KmsMasterKeyId": "mine"}}, "KmsMasterKeyId"),
    ],
)
def test_resource_without_a_price_is_refused(resource: dict[str, Any], name: str) -> None:
    with pytest.raises(Unpriced, match=name):
        Stack.of({"New": resource})


def test_alarm_is_billed_by_metric() -> None:
    math = [{"Expression": "a / b"}, {"MetricStat": {}}, {"MetricStat": {}}]
    alarms = {"One": {"MetricName": "Errors"}, "Two": {"Metrics": math}}
    found = {name: {"Type": "AWS::CloudWatch::Alarm", "Properties": each} for name, each in alarms.items()}
    assert Stack.of(found).alarm_metrics == 1 + 2


def test_fewer_types_have_fewer_queues_and_alarms() -> None:
    stack = Stack.of_template()
    few, none = with_types(stack, 3), with_types(stack, 0)
    assert (few.event_types, few.polled_queues, none.polled_queues) == (3, 3, 0)
    per_type = (stack.alarm_metrics - few.alarm_metrics) / (stack.event_types - few.event_types)
    assert few.alarm_metrics - none.alarm_metrics == 3 * per_type


def test_bill_is_fixed_part_and_price_per_event() -> None:
    assert BILL.total(0) == pytest.approx(1.20)
    assert BILL.total(MILLION) == pytest.approx(1.20 + 1.00 + 100 * 0.09)


def test_free_tier_is_limited() -> None:
    assert BILL.free(0) == pytest.approx(10 * 0.10)
    assert BILL.free(10 * MILLION) == pytest.approx(10 * 0.10 + 100 * 0.09)


def test_equal_calls_share_a_line() -> None:
    put, send = Call("PutItem", "InboxTable", ((WRITE, 3),)), Call("SendMessage", "the queue", ((SQS_REQUEST, 1),))
    lines = list(call_lines("ingest", [put, send, put], times=10))
    assert [(line.quantity, line.price) for line in lines] == [(60, WRITE), (10, SQS_REQUEST)]


@pytest.fixture(scope="module")
def other() -> Other:
    return observe_other()


@pytest.fixture(scope="module")
def model(other: Other) -> Model:
    return Model(Stack.of_template(), other, Assumptions())


def test_recorded_calls() -> None:
    one, ten = observe_events(body()), observe_events(body(), 10)
    assert [call.operation for call in one.ingest.calls] == ["PutItem", "SendMessage", "UpdateItem"]
    assert [call.operation for call in one.handler.calls] == ["PutItem", "PutItem", "UpdateItem"]
    assert [call.operation for call in one.handler.polled] == ["ReceiveMessage", "DeleteMessageBatch"]
    assert (len(ten.handler.calls), len(ten.handler.polled)) == (30, 2)


def test_duplicate_is_one_call_and_unknown_token_none(other: Other) -> None:
    assert [call.operation for call in other.duplicate.calls] == ["PutItem"]
    assert other.unauthorized.calls == ()


def test_body_costs_more_until_it_goes_to_s3(model: Model) -> None:
    sample, larger, inline, in_s3 = (
        model.bill(observe_events(body(size))).total(MILLION) for size in (0, 2048, INLINE_LIMIT, INLINE_LIMIT + 1)
    )
    assert sample < larger < inline > in_s3 > sample


@pytest.fixture(scope="module")
def compared() -> dict[str, Any]:
    return cost_by_size.measure()


def test_stronger_guarantee_costs_more(compared: dict[str, Any]) -> None:
    for body_size in map(str, SIZES):
        costs = [compared["ways"][way][body_size]["dollars"] for way in (MINIMAL, USUAL, OURS, RECORDED)]
        assert costs == sorted(costs)


def test_baseline_is_two_units_in_three_calls(compared: dict[str, Any]) -> None:
    ours, usual = (compared["ways"][way][str(GOAL_SIZE)] for way in (OURS, USUAL))
    assert (ours["write_units"], len(ours["calls"])) == (3 + 2 + 2, 5)
    assert (usual["write_units"], usual["calls"]) == (2, ["PutItem", "SendMessage", "UpdateItem"])


def test_each_option_saves_something(compared: dict[str, Any]) -> None:
    ours = compared["ways"][OURS][str(GOAL_SIZE)]["dollars"]
    assert all(-ours < dollars < 0 for dollars in compared["options"].values()), compared["options"]


def test_hosted_plan_includes_events() -> None:
    plan = Plan("", monthly=39, included=10_000, each=0.0001, source="")
    assert [plan.dollars(events) for events in (0, 10_000, 20_000)] == pytest.approx([39, 39, 40])
