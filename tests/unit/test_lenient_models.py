"""What .NET and JavaScript send for "nothing" and for open enumerations; ids are strict and lists bounded."""

import json
from types import NoneType
from typing import Any, get_args

import pytest
from pydantic import ValidationError

from tests.unit.examples import CONTEXT, batch, event
from tests.unit.handler_env import HandlerEnv
from tests.unit.output import Output
from webhooks import handlers
from webhooks.event import EventKey
from webhooks.events.base import Event
from webhooks.handlers import CreateAssociateEvent, CreateOrderEvent, CreateOrderPaymentEvent, OrderEvent

IDS = dict.fromkeys(("OrderNumber", "OrderPaymentId", "PackageId", "AssociateId", "SubscriptionId", "ItemId"), 1) | {
    "OrderId": "1",
    "DistributorId": "1",
}
MODELS = [
    model
    for model in vars(handlers).values()
    if isinstance(model, type) and issubclass(model, Event) and model not in (Event, handlers.CustomEvent)
]
OPTIONAL = [
    (model, field.alias)
    for model in MODELS
    for field in model.model_fields.values()
    if NoneType in get_args(field.annotation)
]


def _read[E: Event](model: type[E], **fields: Any) -> E:
    return model.from_accepted(event(json.dumps(IDS | fields), EventKey("m-1", "acme", model.__name__)))


def _value(read: Event, alias: str) -> Any:
    return read.model_dump(by_alias=True)[alias]


@pytest.mark.parametrize(("model", "alias"), OPTIONAL, ids=lambda part: getattr(part, "__name__", part))
@pytest.mark.parametrize("nothing", [None, ""])
def test_nothing_reads_as_none_or_empty_text(model: type[Event], alias: str, nothing: object) -> None:
    assert _value(_read(model, **{alias: nothing}), alias) in (None, "")


@pytest.mark.parametrize(("model", "alias"), OPTIONAL, ids=lambda part: getattr(part, "__name__", part))
def test_every_field_is_read_in_camel_case(model: type[Event], alias: str) -> None:
    ids = {name: value for name, value in IDS.items() if name != alias}
    read = [
        model.from_accepted(event(json.dumps(ids | {name: None}))) for name in (alias, alias[0].lower() + alias[1:])
    ]
    plain, camel = read
    assert plain.model_dump() == camel.model_dump()
    assert not camel.model_extra or alias[0].lower() + alias[1:] not in camel.model_extra


def test_a_camel_case_body_is_read() -> None:
    body = '{"orderNumber":7,"orderStatus":"Paid","eventDateUtc":"2021-10-12T18:07:26Z","Own":1,"own":2}'
    read = CreateOrderEvent.from_accepted(event(body))
    assert (read.order_number, read.order_status, read.fields()["OrderNumber"]) == (7, "Paid", 7)
    assert read.model_extra == {"Own": 1, "own": 2}


@pytest.mark.parametrize(("sent", "status"), [(1, 1), ("1", 1), ("Active", "Active"), ("", None), (None, None)])
def test_an_open_enumeration_takes_number_or_name(sent: object, status: object) -> None:
    read = _read(CreateAssociateEvent, AssociateStatus=sent, AssociateType=sent)
    assert (read.associate_status, read.associate_type) == (status, status)


@pytest.mark.parametrize(("sent", "status"), [(1, "1"), ("Paid", "Paid"), (True, "true"), (1.5, "1.5")])
def test_a_text_enumeration_takes_numbers_and_truth_values(sent: object, status: str) -> None:
    assert _read(CreateOrderEvent, OrderType=sent).order_type == status


def test_a_truth_value_stays_where_it_fits() -> None:
    class Flagged(Event):
        flag: bool | str | None = None

    assert _read(Flagged, Flag=True).flag is True


@pytest.mark.parametrize("amount", ["1,234.50", "1.234,50", "$20", True, [], {}, "twenty", "NaN", "Infinity", "1_000"])
def test_a_wrong_amount_names_its_field(amount: object) -> None:
    with pytest.raises(ValidationError, match="Amount"):
        _read(CreateOrderPaymentEvent, Amount=amount)


@pytest.mark.parametrize(
    "wrong", [True, False, "1_2", "", " ", None, "1.5", 1.5, [], {}, "0x1", "one", "\u0661", 10**19, "+1", "1 2"]
)
def test_an_id_is_strict(wrong: object) -> None:
    with pytest.raises(ValidationError, match="OrderNumber"):
        _read(CreateOrderEvent, OrderNumber=wrong)


@pytest.mark.parametrize(("sent", "number"), [(1, 1), ("1", 1), (1.0, 1), ("007", 7), (2**63 - 1, 2**63 - 1)])
def test_an_id_may_be_any_whole_number(sent: object, number: int) -> None:
    assert _read(CreateOrderEvent, OrderNumber=sent).order_number == number


@pytest.mark.parametrize("wrong", [True, "", " ", None, [], "x" * 129, "a\nb"])
def test_a_text_id_is_strict_too(wrong: object) -> None:
    with pytest.raises(ValidationError, match="OrderId"):
        _read(OrderEvent, OrderId=wrong)


@pytest.mark.parametrize("aliases", [[[]] * 370_000, ["x"] * 20_000, [{}] * 5000])
def test_validation_of_a_list_stops_early(aliases: list[object]) -> None:
    with pytest.raises(ValidationError) as caught:
        _read(CreateAssociateEvent, WebAliases=aliases)
    assert caught.value.error_count() <= 10


def test_ten_problems_and_their_number_are_stated(handler_env: HandlerEnv, output: Output) -> None:
    class Wide(Event):
        numbers: list[int]

    handle = handlers.handler(Wide)(lambda _: None)
    handle(batch(event(json.dumps({"Numbers": ["x"] * 500}))), CONTEXT)
    (line,) = [line for line in output.lines() if line.get("message") == "dead letter"]
    assert len(line["problems"]) == 11
    assert "490 more" in line["problems"][-1]
    ((_, attributes),) = handler_env.dead_letters()
    assert attributes["Reason"].endswith("; and 490 more")
