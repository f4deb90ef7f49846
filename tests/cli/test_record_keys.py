"""Where a handler keeps an event, read from its source: the same as where it does keep it."""

import ast
import json

import pytest

from tests.cli.deployed import Deployed
from tests.unit.examples import CONTEXT, batch, event
from tests.unit.functions import load
from tests.unit.models import FULL
from webhooks.event import AcceptedEvent, EventKey
from webhooks.events.orders import CreateOrderEvent
from webhooks_cli.record_keys import fitted, keys_in, record_keys


def _event(event_type: str) -> AcceptedEvent:
    return event(json.dumps(FULL[event_type]), EventKey("m-1", "acme", event_type))


def _keys(source: str) -> list[tuple[str, str]]:
    model = fitted("CreateOrderEvent", event('{"OrderNumber":1}'))
    assert isinstance(model, CreateOrderEvent)
    return list(keys_in(ast.parse(source), model))


@pytest.mark.parametrize("event_type", FULL)
def test_every_shipped_handler_keeps_its_event_where_its_source_says(event_type: str, deployed: Deployed) -> None:
    load(f"handlers/{event_type}").handle(batch(_event(event_type)), CONTEXT)
    (kept,) = deployed.workplace.items("RecordsTable")
    model = fitted(event_type, _event(event_type))
    assert model is not None
    assert record_keys(event_type, model) == [(kept["pk"]["S"], kept["sk"]["S"])]
    assert kept["version"]["S"] == model.version


def test_every_keep_of_a_handler_is_read() -> None:
    source = """
@handler(CreateOrderEvent)
def handle(order: CreateOrderEvent) -> None:
    keep(order, f"ORDER#{order.order_number}", "ORDER", seen=True)
    keep(order, "LATEST", order.occurred_at[:10])
"""
    assert _keys(source) == [("ORDER#1", "ORDER"), ("LATEST", "2021-10-12")]


@pytest.mark.parametrize(
    "source",
    [
        'keep(event, f"ORDER#{looked_up(event)}", "ORDER")',
        'keep(event, f"ORDER#{event.no_such_field}", "ORDER")',
        "keep(event, *keys)",
        'keep(event, pk="ORDER#1", sk="ORDER")',
        'elsewhere.keep(event, "ORDER#1", "ORDER")',
        'keep(event, __import__("os").getcwd(), "ORDER")',
    ],
)
def test_what_the_event_alone_does_not_tell_is_left_out_and_nothing_of_the_handler_is_run(source: str) -> None:
    assert _keys(source) == []


def test_a_body_that_does_not_fit_and_a_type_without_a_model_have_no_keys() -> None:
    assert fitted("CreateOrderEvent", event('{"OrderNumber":"x"}')) is None
    assert fitted("NeverHeardOf", event()) is None


def test_a_type_without_a_folder_has_no_keys() -> None:
    model = fitted("CreateOrderEvent", event())
    assert model is not None
    assert record_keys("NeverHeardOf", model) == []
