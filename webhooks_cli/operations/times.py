"""Times as operators write them: a duration before now, or a date."""

import re
from datetime import UTC, datetime, timedelta

from webhooks.dates import normalised, timestamp
from webhooks_cli.operations.errors import InvalidInput

_UNITS = {"s": "seconds", "m": "minutes", "h": "hours", "d": "days", "w": "weeks"}


def parse_moment(text: str) -> str:
    """`2h` (30s, 15m, 7d, 1w) before now, or an ISO date, as text that compares with `received_at`.

    Raises `InvalidInput`.
    """
    if match := re.fullmatch(r"(\d{1,6})([smhdw])", text.strip()):
        return timestamp(datetime.now(UTC) - timedelta(**{_UNITS[match[2]]: int(match[1])}))
    try:
        date = datetime.fromisoformat(text.strip())
    except ValueError:
        raise InvalidInput(f"{text!r} is neither a duration like 2h nor a date like 2026-11-24T12:00:00Z") from None
    return normalised(text.strip()) or timestamp(date if date.tzinfo else date.replace(tzinfo=UTC))


def now() -> str:
    """The current time in the same form."""
    return timestamp(datetime.now(UTC))


def later(moment: str, span: timedelta) -> str:
    """A moment after another, in the same form."""
    return timestamp(datetime.fromisoformat(moment) + span)


def age(moment: str) -> str:
    """How long ago, in the largest unit that fits, such as `3m`."""
    seconds = max(0, int((datetime.now(UTC) - datetime.fromisoformat(moment)).total_seconds()))
    for unit, length in (("d", 86400), ("h", 3600), ("m", 60)):
        if seconds >= length:
            return f"{seconds // length}{unit}"
    return f"{seconds}s"
