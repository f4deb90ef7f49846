"""A page ends where the next one begins."""

from dataclasses import dataclass

import pytest

from webhooks_cli.pages import page


@dataclass(frozen=True)
class _At:
    received_at: str


@pytest.mark.parametrize(
    ("moments", "limit", "taken", "more"),
    [
        ("", 2, "", False),
        ("c", 2, "c", False),
        ("cb", 2, "cb", False),
        ("cba", 2, "cb", True),
        ("cbbba", 2, "cbbb", True),
        ("cbbb", 2, "cbbb", False),
    ],
)
def test_a_page_is_as_long_as_asked_for_and_never_cut_within_a_moment(
    moments: str, limit: int, taken: str, more: bool
) -> None:
    assert page(map(_At, moments), limit) == ([_At(moment) for moment in taken], more)


def test_no_more_is_read_than_one_beyond_the_page() -> None:
    listed = map(_At, "edcba")
    page(listed, 2)
    assert "".join(each.received_at for each in listed) == "ba"
