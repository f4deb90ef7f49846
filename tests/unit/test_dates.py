from datetime import datetime, timedelta, timezone

import pytest
from hypothesis import given
from hypothesis import strategies as st

from webhooks.dates import normalised, timestamp

ZONES = st.integers(-23 * 60, 23 * 60).map(lambda minutes: timezone(timedelta(minutes=minutes)))
# Away from the ends of the calendar, where an offset leads out of it.
MOMENTS = st.datetimes(datetime(2, 1, 1), datetime(9998, 12, 31), timezones=ZONES)  # noqa: DTZ001 - timezones adds it


@pytest.mark.parametrize(
    ("fraction", "expected"),
    [
        ("", "0000000"),
        (".4", "4000000"),
        (".49", "4900000"),
        (".497", "4970000"),
        (".5577", "5577000"),
        (".55776", "5577600"),
        (".557768", "5577680"),
        (".8794398", "8794398"),
        (".87943981", "8794398"),
        (".879439899", "8794398"),
    ],
)
def test_any_number_of_fraction_digits_becomes_seven(fraction: str, expected: str) -> None:
    assert normalised(f"2021-10-12T18:07:26{fraction}Z") == f"2021-10-12T18:07:26.{expected}Z"


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("2021-10-12T18:07:26.5", "2021-10-12T18:07:26.5000000Z"),
        ("2021-10-12 18:07:26.5Z", "2021-10-12T18:07:26.5000000Z"),
        ("2021-10-12t18:07:26.5z", "2021-10-12T18:07:26.5000000Z"),
        ("2021-10-12T18:07:26.5+00:00", "2021-10-12T18:07:26.5000000Z"),
        ("2021-10-12T18:07:26.1234567+05:30", "2021-10-12T12:37:26.1234567Z"),
        ("2021-10-12T18:07:26.1234567-0530", "2021-10-12T23:37:26.1234567Z"),
        ("2021-12-31T23:30:00-01:00", "2022-01-01T00:30:00.0000000Z"),
        ("0001-01-01T00:00:00Z", "0001-01-01T00:00:00.0000000Z"),
    ],
)
def test_any_zone_becomes_utc_and_none_is_utc(text: str, expected: str) -> None:
    assert normalised(text) == expected


@pytest.mark.parametrize(
    "value",
    [
        None,
        1634062046,
        "",
        "yesterday",
        "2021-10-12",
        "2021-13-12T18:07:26Z",
        "2021-02-30T18:07:26Z",
        "2021-10-12T25:07:26Z",
        "2021-10-12T18:07:26.Z",
        "2021-10-12T18:07:26.1234567890Z",
        "2021-10-12T18:07:26Z\n",
        "2021-10-12T18:07:26+24:00",
        "2021-10-12T18:07:26+5",
        "٢٠٢١-10-12T18:07:26Z",
        "0001-01-01T00:00:00+01:00",
        "9999-12-31T23:59:59-01:00",
    ],
)
def test_what_is_no_date_is_none(value: object) -> None:
    assert normalised(value) is None


@given(st.text() | st.integers() | st.none() | st.binary())
def test_nothing_makes_it_raise(value: object) -> None:
    normalised(value)


@given(MOMENTS, MOMENTS)
def test_the_texts_sort_as_the_moments_do(one: datetime, other: datetime) -> None:
    texts = [normalised(moment.isoformat()) for moment in (one, other)]
    assert sorted(texts, key=str) == [normalised(moment.isoformat()) for moment in sorted((one, other))]
    assert (texts[0] == texts[1]) == (one == other)


@given(st.integers(0, 9_999_999), st.integers(0, 9_999_999))
def test_the_texts_sort_to_the_seventh_digit_even_where_zeros_were_trimmed(one: int, other: int) -> None:
    texts = [normalised(f"2021-10-12T18:07:26.{ticks:07}".rstrip("0").rstrip(".") + "Z") for ticks in (one, other)]
    assert (str(texts[0]) < str(texts[1])) == (one < other)


@given(MOMENTS)
def test_our_own_clock_has_the_same_form(moment: datetime) -> None:
    assert timestamp(moment) == normalised(moment.isoformat())
