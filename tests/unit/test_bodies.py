import pytest
from hypothesis import given
from hypothesis import strategies as st

from tests.fakes import FakeStore
from tests.unit.examples import event
from webhooks.errors import Unavailable
from webhooks.large_body import offload_large_body
from webhooks.policy import INLINE_LIMIT


@pytest.mark.parametrize("sign", ["x", "é", "☕", "\U0001f600"])
@pytest.mark.parametrize("more", [-1, 0, 1])
def test_the_limit_holds_to_the_byte_whatever_the_signs_take(sign: str, more: int) -> None:
    size = INLINE_LIMIT + more
    body = sign * (size // len(sign.encode()))
    body += "x" * (size - len(body.encode()))
    bodies = FakeStore()
    checked = offload_large_body(event(body), bodies)
    if more <= 0:
        assert (checked, bodies.bodies) == (event(body), {})
    else:
        assert checked == event("", body_reference=checked.body_reference)
        assert bodies.load_body(checked.body_reference) == body


@given(st.text())
def test_a_small_body_is_never_stored_aside(body: str) -> None:
    assert offload_large_body(event(body), FakeStore(writable=False)) == event(body)


def test_a_body_that_cannot_be_kept_is_not_let_through() -> None:
    with pytest.raises(Unavailable):
        offload_large_body(event("x" * (INLINE_LIMIT + 1)), FakeStore(writable=False))
