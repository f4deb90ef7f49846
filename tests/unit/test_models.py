import json
from typing import Any

import pytest
from pydantic import ValidationError

from tests.unit.examples import ROOT, message, sample
from tests.unit.models import FULL, MODELS
from webhooks.events.associates import CreateAssociateEvent, EnrollmentEvent
from webhooks.events.base import Event
from webhooks.events.orders import CreateOrderEvent, FinalizeOrderEvent, OrderEvent, SubmitOrderPackageEvent
from webhooks.strict_json import strict_object

TYPES = sorted(MODELS)
SAMPLES = sorted(path.stem for path in (ROOT / "events" / "samples").iterdir())
MARK = "zoe@example.com"
"""What must not be repeated."""


def _read[E: Event](model: type[E], body: dict[str, Any]) -> E:
    return model.from_accepted(message(json.dumps(body)))


def _aliases(model: type[Event], *, required: bool) -> set[str]:
    return {str(field.alias) for field in model.model_fields.values() if field.is_required() is required}


@pytest.mark.parametrize("name", SAMPLES)
def test_the_vendors_sample_is_read_whole(name: str) -> None:
    text, _ = strict_object(sample(name).encode())
    read = MODELS[name].from_accepted(message(text))
    assert (read.event_type, read.event_category, read.model_extra) == (name, "OrderEvents", {})
    assert read.model_dump(by_alias=True, exclude_unset=True).keys() == json.loads(text).keys()


@pytest.mark.parametrize("name", TYPES)
def test_every_documented_field_has_its_place(name: str) -> None:
    read = _read(MODELS[name], FULL[name])
    assert read.model_fields_set == MODELS[name].model_fields.keys()
    assert None not in read.model_dump().values()


@pytest.mark.parametrize("name", TYPES)
def test_of_any_event_only_its_ids_are_required(name: str) -> None:
    ids = _aliases(MODELS[name], required=True)
    assert all(alias.endswith(("Id", "Number")) for alias in ids)
    read = _read(MODELS[name], dict.fromkeys(ids, "1"))
    assert read.model_dump(by_alias=True, exclude_unset=True).keys() == ids


@pytest.mark.parametrize("name", TYPES)
def test_all_but_the_ids_may_be_null(name: str) -> None:
    nulls = dict.fromkeys(_aliases(MODELS[name], required=False))
    read = _read(MODELS[name], FULL[name] | nulls).model_dump(by_alias=True)
    assert {alias: read[alias] for alias in nulls} == nulls


@pytest.mark.parametrize(
    ("name", "missing"), [(name, alias) for name in TYPES for alias in sorted(_aliases(MODELS[name], required=True))]
)
def test_an_event_without_one_of_its_ids_does_not_fit(name: str, missing: str) -> None:
    without = {alias: value for alias, value in FULL[name].items() if alias != missing}
    for body in (without, without | {missing: None}):
        with pytest.raises(ValidationError, match=missing):
            _read(MODELS[name], body)


@pytest.mark.parametrize("name", TYPES)
def test_unknown_fields_are_kept(name: str) -> None:
    unknown = {"NewField": "x", "Nested": {"a": [1, None]}, "order_number": 9}
    assert _read(MODELS[name], FULL[name] | unknown).model_extra == unknown


@pytest.mark.parametrize("status", ["Pending processing", "PENDING PROCESSING", "Something new", ""])
@pytest.mark.parametrize("order_type", ["Standard", "Layaway", "2", ""])
def test_enumerations_are_open(status: str, order_type: str) -> None:
    read = _read(FinalizeOrderEvent, {"OrderNumber": 1, "OrderStatus": status, "OrderType": order_type})
    assert (read.order_status, read.order_type) == (status, order_type)


def test_a_number_where_text_is_documented_is_read_as_text() -> None:
    assert _read(EnrollmentEvent, {"DistributorId": 5}).distributor_id == "5"
    assert _read(OrderEvent, {"OrderId": 1, "OrderType": 2}).order_type == "2"
    assert _read(CreateAssociateEvent, {"AssociateId": 5, "BackOfficeId": 12, "EventType": 2}).back_office_id == "12"


def test_text_where_a_number_is_documented_is_read_as_a_number() -> None:
    assert _read(CreateOrderEvent, {"OrderNumber": "12"}).order_number == 12


def test_a_null_among_web_aliases_is_kept() -> None:
    assert _read(CreateAssociateEvent, {"AssociateId": 5, "WebAliases": ["zoe", None]}).web_aliases == ["zoe", None]


def test_an_empty_carrier_and_a_null_tracking_number_are_told_apart() -> None:
    body = {"OrderNumber": 1, "PackageId": 1, "Carrier": "", "TrackingNumber": None}
    read = _read(SubmitOrderPackageEvent, body)
    assert (read.carrier, read.tracking_number) == ("", None)


@pytest.mark.parametrize("name", sorted(set(TYPES) - {"CustomEvent"}))
@pytest.mark.parametrize("wrong", [{"x": MARK}, [MARK], f"not a number: {MARK}"])
def test_an_error_does_not_repeat_what_was_sent(name: str, wrong: object) -> None:
    with pytest.raises(ValidationError) as error:
        _read(MODELS[name], dict.fromkeys(FULL[name], wrong))
    assert MARK not in f"{error.value} {error.value!r}"


def test_an_event_cannot_be_changed() -> None:
    read = _read(CreateOrderEvent, {"OrderNumber": 1})
    with pytest.raises(ValidationError, match="frozen"):
        read.order_number = 2  # type: ignore[misc]


def test_an_event_knows_its_message_and_a_key_that_is_the_same_at_every_run() -> None:
    told = message(user="u-7")
    read = CreateOrderEvent.from_accepted(told)
    assert read.accepted == told
    assert read.idempotency_key == "m-1 acme CreateOrderEvent"
