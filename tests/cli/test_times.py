"""Times as operators write and read them."""

import pytest
import time_machine

from webhooks_cli.operations.errors import InvalidInput
from webhooks_cli.operations.times import age, parse_moment


@pytest.mark.parametrize(
    ("text", "moment"),
    [
        ("30s", "2026-11-24T11:59:30.0000000Z"),
        ("15m", "2026-11-24T11:45:00.0000000Z"),
        ("7d", "2026-11-17T12:00:00.0000000Z"),
        ("1w", "2026-11-17T12:00:00.0000000Z"),
        ("2026-11-24", "2026-11-24T00:00:00.0000000Z"),
        ("2026-11-24T12:00:00.1234567Z", "2026-11-24T12:00:00.1234567Z"),
        ("2026-11-24T12:00:00+02:00", "2026-11-24T10:00:00.0000000Z"),
    ],
)
@time_machine.travel("2026-11-24T12:00:00Z", tick=False)
def test_a_moment_is_a_duration_or_a_date(text: str, moment: str) -> None:
    assert parse_moment(text) == moment


@pytest.mark.parametrize("text", ["", "2", "h", "2 h", "yesterday", "-2h", "99999999d"])
def test_anything_else_is_invalid(text: str) -> None:
    with pytest.raises(InvalidInput, match="neither a duration like 2h nor a date"):
        parse_moment(text)


@time_machine.travel("2026-11-24T12:00:00Z", tick=False)
def test_an_age_has_the_largest_unit() -> None:
    moments = ("2026-11-24T12:00:05Z", "2026-11-24T11:59:01Z", "2026-11-24T11:59:00Z", "2026-11-22T11:00:00Z")
    assert [age(moment) for moment in moments] == ["0s", "59s", "1m", "2d"]
