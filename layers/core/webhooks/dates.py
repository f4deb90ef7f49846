"""The one reader of a sender's dates: as text that sorts, whatever form they have.

The vendor sends ISO 8601 in UTC with 0 to 7 fraction digits, since .NET trims zeros; as plain text these do not sort.
Client code sends other forms too: without seconds or time, epoch numbers, .NET's `/Date(...)/`.
"""

import re
from datetime import UTC, datetime, timedelta, timezone
from decimal import Decimal

_ISO = re.compile(
    r"(\d{4}-\d\d-\d\d)(?:[T ](\d\d:\d\d)(?::(\d\d)(?:[.,](\d+))?)?(?:Z|([+-])(\d\d)(?::?(\d\d))?)?)?",
    re.ASCII | re.IGNORECASE,
)
_EPOCH = re.compile(r"-?\d{1,15}(?:\.\d+)?", re.ASCII)
_DOTNET = re.compile(r"\\?/Date\((-?\d{1,17})(?:[+-]\d{4})?\)\\?/", re.ASCII)
_NOTHING = frozenset(("", "null", "undefined", "none", "nan", "invalid date", "0"))
_UNSET = ("0000-00-00", "0001-01-01", "9999-12-31")
"""At any time: MySQL's zero date, and the smallest and the largest date of .NET."""

_UNSET_DAYS = frozenset(("1601-01-01", "1753-01-01", "1899-12-30", "1900-01-01", "1970-01-01"))
"""With the time 00:00: the smallest dates of Windows, SQL Server, OLE and Unix."""

_MILLISECONDS_FROM = 20_000_000_000
_SHORTEST_EPOCH = 100_000_000
"""Seconds, March 1973: a smaller number is no date."""

_START = datetime(1970, 1, 1, tzinfo=UTC)
_LAST_DAY = datetime(9999, 12, 31, tzinfo=UTC)
_FAR_AHEAD = timedelta(days=1)


def parse_date(value: object) -> str | None:
    """The date in UTC with 7 fraction digits, such as `2021-10-12T18:07:26.8794398Z`; None for a date that is not set.

    A date without a zone is UTC, as all of the vendor's are. Digits after the seventh are cut.
    Raises `ValueError` for anything else.
    """
    if isinstance(value, bool) or not isinstance(value, str | int | float | Decimal | None):
        raise ValueError("not a date")  # noqa: TRY004 - pydantic reports a ValueError
    text = str(value if value is not None else "").strip()
    if text.lower() in _NOTHING:
        return None
    if iso := _ISO.fullmatch(text):
        return _from_iso(iso)
    if dotnet := _DOTNET.fullmatch(text):
        return _from_epoch(Decimal(dotnet[1]) / 1000)
    if _EPOCH.fullmatch(text):
        return _from_number(Decimal(text))
    raise ValueError("not a date")


def normalised(value: object) -> str | None:
    """The same, and None for what is no date at all."""
    try:
        return parse_date(value)
    except ValueError:
        return None


def not_after_receipt(date: str, received_at: str) -> str:
    """The date, or empty if it is more than a day after the receipt: a wrong clock must not freeze a record."""
    try:
        latest = timestamp(datetime.fromisoformat(received_at) + _FAR_AHEAD)
    except ValueError:
        return date
    return date if date <= latest else ""


def timestamp(moment: datetime) -> str:
    """Our own clock in the form of `parse_date`, so that the two compare."""
    return f"{moment.astimezone(UTC):%Y-%m-%dT%H:%M:%S.%f}0Z".rjust(28, "0")


def _from_iso(iso: re.Match[str]) -> str | None:
    day, time, seconds, fraction, sign, hours, minutes = iso.groups()
    if day in _UNSET or (day in _UNSET_DAYS and (time or "00:00") == "00:00"):
        return None
    try:
        moment = datetime.fromisoformat(f"{day}T{time or '00:00'}:{seconds or '00'}")
        if sign:
            offset = timedelta(hours=int(hours), minutes=int(minutes or 0))
            moment = moment.replace(tzinfo=timezone(offset if sign == "+" else -offset)).astimezone(UTC)
    except OverflowError as error:
        raise ValueError("not a date") from error
    return _text(moment, fraction or "")


def _from_number(number: Decimal) -> str | None:
    seconds = number / 1000 if abs(number) >= _MILLISECONDS_FROM else number
    if abs(seconds) < _SHORTEST_EPOCH:
        raise ValueError("not a date")
    return _from_epoch(seconds)


def _from_epoch(seconds: Decimal) -> str | None:
    try:
        moment = _START + timedelta(seconds=int(seconds // 1))
    except OverflowError as error:
        raise ValueError("not a date") from error
    if moment == _START or moment.year == 1 or moment >= _LAST_DAY:
        return None
    return _text(moment, f"{seconds % 1:f}".partition(".")[2] if seconds >= 0 else "")


def _text(moment: datetime, fraction: str) -> str:
    return f"{moment:%Y-%m-%dT%H:%M:%S}.{fraction[:7]:0<7}Z".rjust(28, "0")
