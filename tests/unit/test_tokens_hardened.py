"""Tokens: two clocks, and only what `webhooks tokens add` would take."""

import pytest

from tests.fakes import FakeTokenSource
from webhooks.errors import BadToken
from webhooks.policy import TOKENS_FRESH_FOR, TOKENS_REFRESH_PAUSE
from webhooks.tokens import TokenVerifier

OLD, NEW = "old-token-of-some-length", "new-token-of-some-length"


class Clocks:
    """The wall clock and the monotonic clock, moved separately."""

    def __init__(self) -> None:
        self.wall, self.monotonic = 1_000_000.0, 1_000.0

    def __call__(self) -> tuple[float, float]:
        return self.wall, self.monotonic


@pytest.fixture
def clocks() -> Clocks:
    return Clocks()


@pytest.fixture
def source() -> FakeTokenSource:
    return FakeTokenSource({"first": OLD})


@pytest.fixture
def verifier(source: FakeTokenSource, clocks: Clocks) -> TokenVerifier:
    verifier = TokenVerifier(source, clocks)
    verifier.authorize(f"Bearer {OLD}")
    return verifier


def test_a_frozen_process_forgets_a_retired_token(
    verifier: TokenVerifier, source: FakeTokenSource, clocks: Clocks
) -> None:
    source.tokens = {"second": NEW}
    clocks.wall += 2 * TOKENS_FRESH_FOR  # the monotonic clock stood still
    with pytest.raises(BadToken):
        verifier.authorize(f"Bearer {OLD}")


def test_a_frozen_process_learns_a_new_token(verifier: TokenVerifier, source: FakeTokenSource, clocks: Clocks) -> None:
    clocks.monotonic += 1
    clocks.wall += 1
    with pytest.raises(BadToken):
        verifier.authorize("Bearer a-guess-by-an-unknown-client")
    source.tokens = {"first": OLD, "second": NEW}
    clocks.wall += TOKENS_REFRESH_PAUSE + 1
    assert verifier.authorize(f"Bearer {NEW}") == "second"


@pytest.mark.parametrize(("wall", "monotonic"), [(-1, 1), (1, -1), (-86_400, 0)])
def test_a_clock_that_steps_back_makes_tokens_stale(
    verifier: TokenVerifier, source: FakeTokenSource, clocks: Clocks, wall: float, monotonic: float
) -> None:
    source.tokens = {"second": NEW}
    clocks.wall += wall
    clocks.monotonic += monotonic
    with pytest.raises(BadToken):
        verifier.authorize(f"Bearer {OLD}")


@pytest.mark.parametrize(
    ("label", "value"),
    [
        ("rotated", "2026-11-28"),
        ("rotated_at", "2026-11-28T16:22:39.1234567Z"),
        ("by", "Jane Doe of Operations"),
        ("by", "jane"),
        ("contact", "jane.doe.operations@example.com"),
        ("a label", NEW),
        ("", NEW),
        ("-x", NEW),
        ("umlaut", "ü" * 30),
        ("long", "x" * 513),
        ("number", 12345678901234567890123),
        ("nested", {"token": NEW}),
        ("nothing", None),
    ],
)
def test_what_stands_beside_tokens_lets_nobody_in(label: str, value: object) -> None:
    source = FakeTokenSource({"first": OLD, label: value})  # type: ignore[dict-item]
    with pytest.raises(BadToken):
        TokenVerifier(source, Clocks()).authorize(f"Bearer {value}")
    assert TokenVerifier(source, Clocks()).authorize(f"Bearer {OLD}") == "first"


@pytest.mark.parametrize("scheme", ["Bearer ", "bearer   ", "BEARER  "])
def test_several_spaces_after_the_scheme_are_accepted(verifier: TokenVerifier, scheme: str) -> None:
    assert verifier.authorize(scheme + OLD) == "first"
