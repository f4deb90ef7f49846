"""Dates and amounts: what a model makes of them, and what is recorded."""

from datetime import UTC, datetime
from decimal import Decimal

import pytest
from hypothesis import given
from hypothesis import strategies as st
from pydantic import ValidationError

from tests.unit.examples import message
from webhooks.events.base import Event
from webhooks.events.orders import CreateOrderPaymentEvent, FinalizeOrderEvent


def _order(date: str) -> FinalizeOrderEvent:
    return FinalizeOrderEvent.from_accepted(message(f'{{"OrderNumber":1,"OrderDateUtc":{date}}}'))


def _payment(amount: str) -> CreateOrderPaymentEvent:
    return CreateOrderPaymentEvent.from_accepted(message(f'{{"OrderNumber":1,"OrderPaymentId":1,"Amount":{amount}}}'))


@pytest.mark.parametrize(
    ("date", "moment", "recorded"),
    [
        ("2021-10-12T18:21:31Z", (18, 21, 31, 0), "2021-10-12T18:21:31.0000000Z"),
        ("2021-10-12T18:07:26.497Z", (18, 7, 26, 497000), "2021-10-12T18:07:26.4970000Z"),
        ("2021-10-12T18:07:26.8794398Z", (18, 7, 26, 879439), "2021-10-12T18:07:26.8794398Z"),
        ("2021-10-12T18:07:26.8794398", (18, 7, 26, 879439), "2021-10-12T18:07:26.8794398Z"),
        ("2021-10-12T20:07:26.8794398+02:00", (18, 7, 26, 879439), "2021-10-12T18:07:26.8794398Z"),
        ("2021-10-12T18:07Z", (18, 7, 0, 0), "2021-10-12T18:07:00.0000000Z"),
        ("2021-10-12", (0, 0, 0, 0), "2021-10-12T00:00:00.0000000Z"),
    ],
)
def test_a_date_is_an_aware_moment_in_utc_and_is_recorded_to_the_seventh_digit(
    date: str, moment: tuple[int, int, int, int], recorded: str
) -> None:
    read = _order(f'"{date}"')
    assert read.order_date_utc == datetime(2021, 10, 12, *moment, tzinfo=UTC)
    assert read.order_date_utc.tzinfo is UTC
    assert read.fields()["OrderDateUtc"] == recorded


@pytest.mark.parametrize("date", ["0001-01-01T00:00:00", "0001-01-01T00:00:00Z", "0001-01-01"])
def test_the_earliest_date_of_net_is_read(date: str) -> None:
    assert _order(f'"{date}"').fields()["OrderDateUtc"] == "0001-01-01T00:00:00.0000000Z"


@pytest.mark.parametrize(
    "date",
    ['"soon"', '""', "{}", '"2021-02-30T00:00:00Z"', '"0001-01-01T00:00:00+05:00"', '"9999-12-31T23:00:00-05:00"'],
)
def test_what_is_no_date_does_not_fit(date: str) -> None:
    with pytest.raises(ValidationError, match="OrderDateUtc"):
        _order(date)


@pytest.mark.parametrize(
    "amount", ["20.0", "20", "0.1", "-5.00", "1e3", "0.30000000000000004", "12345678901234567890123456789012345.678"]
)
def test_an_amount_is_the_decimal_that_was_written(amount: str) -> None:
    for sent in (amount, f'"{amount}"'):
        read = _payment(sent)
        assert read.amount is not None
        assert read.amount.as_tuple() == Decimal(amount).as_tuple()
        assert read.fields()["Amount"] == read.amount


@pytest.mark.parametrize("amount", ["1" * 39, "1e38", '"NaN"', '"Infinity"', '"20 USD"', "{}", "1e-39", "1" * 5000])
def test_what_dynamodb_could_not_keep_to_the_digit_is_no_amount(amount: str) -> None:
    with pytest.raises(ValidationError, match="Amount"):
        _payment(amount)


@given(st.decimals(allow_nan=False, allow_infinity=False, places=2, min_value=-(10**12), max_value=10**12))
def test_every_amount_of_money_is_read_to_the_digit(amount: Decimal) -> None:
    assert str(_payment(str(amount)).amount) == str(amount)


def test_what_was_not_sent_is_not_recorded() -> None:
    assert _order("null").fields() == {"OrderNumber": 1, "OrderDateUtc": None}


def test_unknown_numbers_are_recorded_as_int_and_decimal_and_unknown_dates_as_they_came() -> None:
    body = '{"OrderNumber":1,"Points":1.50,"Level":3,"SeenAt":"2021-10-12T18:07:26.5Z"}'
    fields = FinalizeOrderEvent.from_accepted(message(body)).fields()
    assert fields == {"OrderNumber": 1, "Points": Decimal("1.50"), "Level": 3, "SeenAt": "2021-10-12T18:07:26.5Z"}
    assert not isinstance(fields["Points"], float)


@pytest.mark.parametrize("digits", [999, 1000, 5000])
def test_an_integer_of_any_length_is_read(digits: int) -> None:
    read = Event.from_accepted(message(f'{{"Huge":{"9" * digits}}}'))
    assert str((read.model_extra or {})["Huge"]) == "9" * digits


@pytest.mark.parametrize("number", ["1E1000", "1E99999999", "-1E-99999999", "0E99999999", "1E99999999999999999999"])
def test_a_number_that_would_take_for_ever_to_compute_with_stays_text(number: str) -> None:
    read = Event.from_accepted(message(f'{{"Odd":{number},"EventCategory":{number}}}'))
    assert read.model_extra == {"Odd": number}
    assert read.event_category == number


@pytest.mark.timeout(10)
@pytest.mark.parametrize("number", ["1E99999999", "1E-99999999", "1E5000", "9" * 5000])
@pytest.mark.parametrize("field", ["OrderNumber", "CustomerId", "OrderDateUtc"])
def test_such_a_number_does_not_fit_where_a_number_or_a_date_is_meant(field: str, number: str) -> None:
    body = f'{{"OrderNumber":1,"{field}":{number}}}'
    with pytest.raises(ValidationError, match=field):
        FinalizeOrderEvent.from_accepted(message(body))
