"""Moments and ages as operators read and write them."""

from collections.abc import Iterator

import pytest
import time_machine
import typer

from webhooks_cli.times import age, moment


@pytest.fixture(autouse=True)
def _noon() -> Iterator[None]:
    with time_machine.travel("2026-11-24T12:00:00Z", tick=False):
        yield


@pytest.mark.parametrize(
    ("text", "meant"),
    [
        ("30s", "2026-11-24T11:59:30.0000000Z"),
        ("15m", "2026-11-24T11:45:00.0000000Z"),
        ("2h", "2026-11-24T10:00:00.0000000Z"),
        ("7d", "2026-11-17T12:00:00.0000000Z"),
        ("1w", "2026-11-17T12:00:00.0000000Z"),
        ("2026-11-24", "2026-11-24T00:00:00.0000000Z"),
        ("2026-11-24T12:00:00Z", "2026-11-24T12:00:00.0000000Z"),
        ("2026-11-24T12:00:00.1234567Z", "2026-11-24T12:00:00.1234567Z"),
        ("2026-11-24T12:00:00+02:00", "2026-11-24T10:00:00.0000000Z"),
    ],
)
def test_a_moment_is_a_duration_before_now_or_a_date(text: str, meant: str) -> None:
    assert moment(text) == meant


@pytest.mark.parametrize("text", ["", "2", "h", "2 h", "yesterday", "-2h", "99999999d"])
def test_anything_else_is_wrong_use_and_says_what_would_be_right(text: str) -> None:
    with pytest.raises(typer.BadParameter, match="neither a duration like 2h nor a date"):
        moment(text)


@pytest.mark.parametrize(
    ("received_at", "told"),
    [
        ("2026-11-24T12:00:00.0000000Z", "0s"),
        ("2026-11-24T12:00:05.0000000Z", "0s"),
        ("2026-11-24T11:59:01.0000000Z", "59s"),
        ("2026-11-24T11:59:00.0000000Z", "1m"),
        ("2026-11-24T10:59:00.0000000Z", "1h"),
        ("2026-11-22T11:00:00.0000000Z", "2d"),
    ],
)
def test_an_age_is_told_in_the_largest_unit_that_fits(received_at: str, told: str) -> None:
    assert age(received_at) == told
