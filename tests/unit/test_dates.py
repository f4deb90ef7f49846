"""The vendor's dates as text that sorts."""

from datetime import datetime, timedelta, timezone

import pytest
from hypothesis import given
from hypothesis import strategies as st

from webhooks.dates import normalised, parse_date, timestamp

ZONES = st.integers(-23 * 60, 23 * 60).map(lambda minutes: timezone(timedelta(minutes=minutes)))
# Away from the ends of the calendar, where an offset leads out of it.
MOMENTS = st.datetimes(datetime(2, 1, 1), datetime(9998, 12, 31), timezones=ZONES)  # noqa: DTZ001 - timezones adds it
TICKS = st.integers(0, 9_999_999)


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("2021-10-12T18:07:26Z", "2021-10-12T18:07:26.0000000Z"),
        ("2021-10-12T18:07:26.5577", "2021-10-12T18:07:26.5577000Z"),
        ("2021-10-12T18:07:26.879439899Z", "2021-10-12T18:07:26.8794398Z"),
        ("2021-10-12 18:07:26.5Z", "2021-10-12T18:07:26.5000000Z"),
        ("2021-10-12t18:07:26.5z", "2021-10-12T18:07:26.5000000Z"),
        ("2021-10-12T18:07:26.1234567+05:30", "2021-10-12T12:37:26.1234567Z"),
        ("2021-10-12T18:07:26.1234567-0530", "2021-10-12T23:37:26.1234567Z"),
        ("2021-12-31T23:30:00-01:00", "2022-01-01T00:30:00.0000000Z"),
        ("2021-10-12", "2021-10-12T00:00:00.0000000Z"),
        ("2021-10-12T18:07Z", "2021-10-12T18:07:00.0000000Z"),
        (" 2021-10-12T18:07:26,5Z\n", "2021-10-12T18:07:26.5000000Z"),
        ("2021-10-12T20:07:26.1234567890+02", "2021-10-12T18:07:26.1234567Z"),
        (1634062046, "2021-10-12T18:07:26.0000000Z"),
        (1634062046.5, "2021-10-12T18:07:26.5000000Z"),
        (1634062046879, "2021-10-12T18:07:26.8790000Z"),
        ("1634062046879", "2021-10-12T18:07:26.8790000Z"),
        ("/Date(1634062046879)/", "2021-10-12T18:07:26.8790000Z"),
        ("\\/Date(1634062046879+0200)\\/", "2021-10-12T18:07:26.8790000Z"),
        ("/Date(-1000)/", "1969-12-31T23:59:59.0000000Z"),
        (-1634062046, "1918-03-22T05:52:34.0000000Z"),
    ],
)
def test_a_date_becomes_utc_with_seven_digits(text: object, expected: str) -> None:
    assert normalised(text) == expected


@pytest.mark.parametrize(
    "value",
    [
        "yesterday",
        True,
        12,
        "12",
        10**15,
        10**400,
        1e300,
        [],
        "/Date(99999999999999999)/",
        "2021-13-12T18:07:26Z",
        "2021-02-30T18:07:26Z",
        "2021-10-12T25:07:26Z",
        "2021-10-12T18:07:26.Z",
        "2021-10-12T18:07:26+24:00",
        "2021-10-12T18:07:26+5",
        "٢٠٢١-10-12T18:07:26Z",
        "0001-01-02T00:00:00+25:00",
    ],
)
def test_anything_else_is_no_date(value: object) -> None:
    assert normalised(value) is None
    with pytest.raises(ValueError):  # noqa: PT011 - for whatever reason
        parse_date(value)


@pytest.mark.parametrize(
    "unset",
    [
        *("", " ", None, 0, "0", "null", "undefined", "0001-01-01T00:00:00", "0001-01-01T00:00:00Z", "0001-01-01"),
        *("0001-01-01T00:00:00+02:00", "/Date(-62135596800000)/", "1753-01-01T00:00:00", "1900-01-01T00:00:00"),
        *("1970-01-01T00:00:00Z", "9999-12-31T23:59:59.9999999Z", "9999-12-31T23:59:59-01:00", "9999-12-31"),
        *("/Date(253402300799999)/", 253402300799999, "0000-00-00", "0000-00-00 00:00:00", "1601-01-01T00:00:00Z"),
    ],
)
def test_an_unset_date_is_no_error(unset: object) -> None:
    assert parse_date(unset) is None


@given(st.text() | st.integers() | st.floats() | st.decimals() | st.none() | st.binary())
def test_nothing_raises(value: object) -> None:
    normalised(value)


@given(MOMENTS, MOMENTS)
def test_texts_sort_as_their_moments(one: datetime, other: datetime) -> None:
    texts = [str(normalised(moment.isoformat())) for moment in (one, other)]
    assert (texts[0] < texts[1]) == (one < other)
    assert (texts[0] == texts[1]) == (one == other)
    assert timestamp(one) == texts[0]


@given(TICKS, TICKS)
def test_texts_sort_to_the_seventh_digit(one: int, other: int) -> None:
    """.NET trims trailing zeros."""
    texts = [normalised(f"2021-10-12T18:07:26.{ticks:07}".rstrip("0").rstrip(".") + "Z") for ticks in (one, other)]
    assert (str(texts[0]) < str(texts[1])) == (one < other)
