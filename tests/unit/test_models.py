"""The typed form of an event: what a model requires, reads, refuses and passes on."""

import json
from datetime import UTC, datetime
from decimal import Decimal
from typing import Any

import pytest
from hypothesis import example, given
from hypothesis import strategies as st
from pydantic import ValidationError

from tests.unit.examples import ROOT, event, sample
from tests.unit.models import FULL, MODELS, required
from tests.unit.test_strict_json import JSON
from webhooks.handlers import (
    CreateOrderEvent,
    CreateOrderPaymentEvent,
    CustomEvent,
    EnrollmentEvent,
    Event,
    FinalizeOrderEvent,
    UpdateAssociateEvent,
)
from webhooks.strict_json import strict_object

MARK = "zoe@example.com"
HUGE = "9" * 5000


def _read[E: Event](model: type[E], body: dict[str, Any] | str) -> E:
    return model.from_accepted(event(body if isinstance(body, str) else json.dumps(body)))


@pytest.mark.parametrize("name", sorted(path.stem for path in (ROOT / "events" / "samples").iterdir()))
def test_the_vendors_samples_are_read_whole(name: str) -> None:
    text, _ = strict_object(sample(name).encode())
    read = _read(MODELS[name], text)
    assert (read.event_type, read.model_extra) == (name, {})
    assert read.model_dump(by_alias=True, exclude_unset=True).keys() == json.loads(text).keys()


@pytest.mark.parametrize("name", MODELS)
def test_only_ids_are_required(name: str) -> None:
    model, ids = MODELS[name], required(MODELS[name])
    assert all(alias.endswith(("Id", "Number")) for alias in ids)
    nulls = dict.fromkeys(FULL[name].keys() - ids) | {"Unknown": {"a": [1, None]}}
    read = _read(model, FULL[name] | nulls).model_dump(by_alias=True, exclude_unset=True)
    assert read == {alias: FULL[name][alias] for alias in ids} | nulls
    for missing in ids:
        for body in ({**FULL[name], missing: None}, {key: FULL[name][key] for key in FULL[name] if key != missing}):
            with pytest.raises(ValidationError, match=missing):
                _read(model, body)


@pytest.mark.parametrize("name", sorted(MODELS.keys() - {"CustomEvent"}))
@pytest.mark.parametrize("wrong", [{"x": MARK}, [MARK], f"not a number: {MARK}"])
def test_an_error_does_not_quote_what_was_sent(name: str, wrong: object) -> None:
    with pytest.raises(ValidationError) as error:
        _read(MODELS[name], dict.fromkeys(FULL[name], wrong))
    assert MARK not in f"{error.value} {error.value!r}"


def test_numbers_and_texts_stand_for_each_other() -> None:
    assert _read(EnrollmentEvent, {"DistributorId": 5}).distributor_id == "5"
    assert _read(CreateOrderEvent, {"OrderNumber": "12", "OrderType": 2}).fields() == {
        "OrderNumber": 12,
        "OrderType": "2",
    }
    assert _read(UpdateAssociateEvent, {"AssociateId": 5, "WebAliases": ["zoe", None]}).web_aliases == ["zoe", None]


def test_an_event_cannot_be_changed() -> None:
    with pytest.raises(ValidationError, match="frozen"):
        _read(CreateOrderEvent, {"OrderNumber": 1}).order_number = 2  # type: ignore[misc]


@pytest.mark.parametrize(
    ("date", "microseconds", "recorded"),
    [
        ("2021-10-12T18:07:26Z", 0, "2021-10-12T18:07:26.0000000Z"),
        ("2021-10-12T18:07:26.8794398", 879439, "2021-10-12T18:07:26.8794398Z"),
        ("2021-10-12T20:07:26.8794398+02:00", 879439, "2021-10-12T18:07:26.8794398Z"),
    ],
)
def test_a_recorded_date_has_utc_and_seven_digits(date: str, microseconds: int, recorded: str) -> None:
    read = _read(FinalizeOrderEvent, {"OrderNumber": 1, "OrderDateUtc": date})
    assert read.order_date_utc == datetime(2021, 10, 12, 18, 7, 26, microseconds, UTC)
    assert read.order_date_utc.tzinfo is UTC
    assert read.fields()["OrderDateUtc"] == recorded


@pytest.mark.parametrize(
    ("date", "recorded"),
    [
        ("2021-10-12T18:07Z", "2021-10-12T18:07:00.0000000Z"),
        ("2021-10-12", "2021-10-12T00:00:00.0000000Z"),
        ("/Date(1634062046879)/", "2021-10-12T18:07:26.8790000Z"),
        (1634062046879, "2021-10-12T18:07:26.8790000Z"),
    ],
)
def test_other_forms_of_dates_are_recorded_alike(date: object, recorded: str) -> None:
    assert _read(FinalizeOrderEvent, {"OrderNumber": 1, "OrderDateUtc": date}).fields()["OrderDateUtc"] == recorded


@pytest.mark.parametrize("date", ["soon", True, {}, "2021-02-30T00:00:00Z", "2021-10-12T18:07:26+25:00"])
def test_what_is_not_a_date_does_not_fit(date: object) -> None:
    with pytest.raises(ValidationError, match="OrderDateUtc"):
        _read(FinalizeOrderEvent, {"OrderNumber": 1, "OrderDateUtc": date})


def _payment(amount: str) -> CreateOrderPaymentEvent:
    return _read(CreateOrderPaymentEvent, f'{{"OrderNumber":1,"OrderPaymentId":1,"Amount":{amount}}}')


@given(st.decimals(allow_nan=False, allow_infinity=False, places=2, min_value=-(10**12), max_value=10**12))
@example(Decimal(20))
@example(Decimal("1e3"))
@example(Decimal("0.30000000000000004"))
@example(Decimal("12345678901234567890123456789012345.678"))
def test_an_amount_is_exact(amount: Decimal) -> None:
    for sent in (str(amount), f'"{amount}"'):
        read = _payment(sent)
        assert str(read.amount) == str(read.fields()["Amount"]) == str(amount)


@pytest.mark.parametrize("amount", ["1" * 39, "1e38", '"NaN"', '"Infinity"', '"20 USD"', "{}", "1e-39", HUGE])
def test_what_dynamodb_cannot_store_is_not_an_amount(amount: str) -> None:
    with pytest.raises(ValidationError, match="Amount"):
        _payment(amount)


def test_unknown_fields_are_recorded_as_sent() -> None:
    read = _read(Event, f'{{"Points":1.50,"Level":3,"SeenAt":"2021-10-12T18:07:26.5Z","Huge":{"9" * 999}}}')
    unknown = {"Points": Decimal("1.50"), "Level": 3, "SeenAt": "2021-10-12T18:07:26.5Z", "Huge": int("9" * 999)}
    assert read.fields() == unknown == read.model_extra
    assert str(read.fields()["Points"]) == "1.50"


@pytest.mark.parametrize(
    "number",
    [
        "1E1000",
        "1E99999999",
        "-1E-99999999",
        "0E99999999",
        "1E99999999999999999999",
        "9" * 1000,
        "0." + "9" * 998,
        HUGE,
    ],
)
def test_too_long_a_number_is_text(number: str) -> None:
    read = _read(Event, f'{{"Odd":{number},"EventCategory":{number}}}')
    assert (read.model_extra, read.event_category) == ({"Odd": number}, number)


@pytest.mark.timeout(10)
@pytest.mark.parametrize("number", ["1E99999999", "1E-99999999", "1E5000", HUGE])
@pytest.mark.parametrize("field", ["OrderNumber", "CustomerId", "OrderDateUtc"])
def test_too_long_a_number_fits_no_typed_field(field: str, number: str) -> None:
    with pytest.raises(ValidationError, match=field):
        _read(FinalizeOrderEvent, f'{{"OrderNumber":1,"{field}":{number}}}')


NAMES = st.sampled_from(["EventType", "EventDateUtc", "EventCategory", "event_type", "Body", "model_extra"]) | st.text()
DATES = st.datetimes().map(lambda moment: f"{moment.isoformat()}{['Z', '+05:00', '-05:00', ''][moment.day % 4]}")


@given(st.dictionaries(NAMES, JSON | DATES))
@example({"EventDateUtc": "0001-01-01T00:00:00+05:00"})
@example({"EventDateUtc": 10**400, "EventType": 10**400})
def test_any_object_is_a_custom_event(value: dict[str, Any]) -> None:
    body, _ = strict_object(json.dumps(value).encode())
    assert _read(CustomEvent, body).fields() == {"Body": body}


def test_a_custom_event_reads_fitting_base_fields() -> None:
    read = _read(CustomEvent, {"EventType": "Paid", "EventDateUtc": "2021-10-12T18:07:26Z", "EventCategory": []})
    assert (read.event_type, str(read.event_date_utc)) == ("Paid", "2021-10-12 18:07:26+00:00")
    assert read.event_category is None


def test_a_model_is_built_when_first_used() -> None:
    """To build them all takes longer than the rest of a handler's start."""

    class Unused(Event):
        number: int

    assert not Unused.__pydantic_complete__
