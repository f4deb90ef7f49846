"""The vendor's dates as text that sorts.

.NET trims trailing zeros, so 0 to 7 fraction digits occur and the plain texts do not sort.
"""

import re
from datetime import UTC, datetime, timedelta, timezone

_ISO = re.compile(
    r"(\d{4}-\d\d-\d\d)[T ](\d\d:\d\d:\d\d)(?:\.(\d{1,9}))?(?:Z|([+-])(\d\d):?(\d\d))?",
    re.ASCII | re.IGNORECASE,
)


def normalised(value: object) -> str | None:
    """The date in UTC with 7 fraction digits, such as `2021-10-12T18:07:26.8794398Z`; None if it is not a date.

    A date without a zone is UTC, as the vendor's all are. Digits after the seventh are cut.
    """
    match = _ISO.fullmatch(value) if isinstance(value, str) else None
    if match is None:
        return None
    day, time, fraction, sign, hours, minutes = match.groups()
    try:
        moment = datetime.fromisoformat(f"{day}T{time}")
        if sign:
            offset = timedelta(hours=int(hours), minutes=int(minutes))
            zone = timezone(offset if sign == "+" else -offset)
            moment = moment.replace(tzinfo=zone).astimezone(UTC)
    except (ValueError, OverflowError):
        return None
    return f"{moment:%Y-%m-%dT%H:%M:%S}.{(fraction or '')[:7]:0<7}Z".rjust(28, "0")


def timestamp(moment: datetime) -> str:
    """Our own clock in the form of `normalised`, so that the two compare."""
    return f"{moment.astimezone(UTC):%Y-%m-%dT%H:%M:%S.%f}0Z".rjust(28, "0")
