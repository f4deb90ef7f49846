import pytest
from hypothesis import given
from hypothesis import strategies as st

from tests.fakes import FakeBodies
from tests.unit.examples import event
from webhooks.bodies import INLINE_LIMIT, checked_in
from webhooks.errors import Unavailable


def test_the_limit_is_32_kb() -> None:
    assert INLINE_LIMIT == 32_768


@pytest.mark.parametrize("sign", ["x", "é", "☕", "\U0001f600"])
@pytest.mark.parametrize("more", [-1, 0, 1])
def test_the_limit_holds_to_the_byte_whatever_the_signs_take(sign: str, more: int) -> None:
    size = INLINE_LIMIT + more
    body = sign * (size // len(sign.encode()))
    body += "x" * (size - len(body.encode()))
    bodies = FakeBodies()
    checked = checked_in(event(body), bodies)
    if more <= 0:
        assert (checked, bodies.kept) == (event(body), {})
    else:
        assert checked == event("", body_reference=checked.body_reference)
        assert bodies.fetch(checked.body_reference) == body


@given(st.text())
def test_a_small_body_is_never_stored_aside(body: str) -> None:
    assert checked_in(event(body), FakeBodies(writable=False)) == event(body)


def test_a_body_that_cannot_be_kept_is_not_let_through() -> None:
    with pytest.raises(Unavailable):
        checked_in(event("x" * (INLINE_LIMIT + 1)), FakeBodies(writable=False))
