from dataclasses import dataclass, field

import pytest

from tests.fakes import FakeTokenSource
from webhooks.errors import BadToken, Unavailable
from webhooks.policy import TOKENS_FRESH_FOR, TOKENS_REFRESH_PAUSE
from webhooks.tokens import TokenVerifier


@dataclass
class _World:
    """A clock that stands still until told, and a source that accepts "old" at first."""

    now: float = 1000.0
    source: FakeTokenSource = field(default_factory=lambda: FakeTokenSource({"first": "old"}))
    tokens: TokenVerifier = field(init=False)

    def __post_init__(self) -> None:
        self.tokens = TokenVerifier(self.source, lambda: self.now)
        self.tokens.authorize("Bearer old")


@pytest.fixture
def world() -> _World:
    return _World()


def test_the_limits_are_five_minutes_and_thirty_seconds() -> None:
    assert (TOKENS_FRESH_FOR, TOKENS_REFRESH_PAUSE) == (300, 30)


def test_known_tokens_are_remembered_for_five_minutes(world: _World) -> None:
    for seconds in (1, 30, 299.9):
        world.now = 1000 + seconds
        world.tokens.authorize("Bearer old")
    assert world.source.reads == 1


def test_after_five_minutes_they_are_read_again_so_that_a_withdrawn_one_stops_working(world: _World) -> None:
    world.source.tokens = {"second": "new"}
    world.now += 299.9
    assert world.tokens.authorize("Bearer old") == "first"
    world.now += 0.1
    with pytest.raises(BadToken):
        world.tokens.authorize("Bearer old")
    assert world.source.reads == 2


def test_a_new_token_works_as_soon_as_it_is_sent(world: _World) -> None:
    world.source.tokens = {"first": "old", "second": "new"}
    world.now += 0.1
    assert world.tokens.authorize("Bearer new") == "second"


def test_unknown_tokens_cause_one_read_in_thirty_seconds(world: _World) -> None:
    for step in range(1, 1001):
        world.now = 1000 + step * 0.1
        with pytest.raises(BadToken):
            world.tokens.authorize(f"Bearer guess-{step}")
    assert world.source.reads == 1 + 4


def test_a_first_delivery_with_an_unknown_token_causes_one_read(world: _World) -> None:
    with pytest.raises(BadToken):
        TokenVerifier(world.source, lambda: 0.0).authorize("Bearer guess")
    assert world.source.reads == 1 + 1


@pytest.mark.parametrize("token", ["old", "guess"])
def test_a_source_that_fails_is_asked_again_after_five_seconds(world: _World, token: str) -> None:
    world.now += 300
    world.source.tokens = None
    for _ in range(10):
        with pytest.raises(Unavailable):
            world.tokens.authorize(f"Bearer {token}")
        world.now += 0.49
    assert world.source.reads == 1 + 1
    world.source.tokens = {"first": token}
    world.now += 0.1
    assert world.tokens.authorize(f"Bearer {token}") == "first"


def test_while_the_source_fails_known_tokens_work_and_unknown_ones_are_neither_accepted_nor_refused(
    world: _World,
) -> None:
    """An unknown token may be a new one."""
    world.source.tokens = None
    world.now += 1
    for _ in range(3):
        assert world.tokens.authorize("Bearer old") == "first"
        with pytest.raises(Unavailable):
            world.tokens.authorize("Bearer new")
    assert world.source.reads == 1 + 1
    world.source.tokens = {"first": "old", "second": "new"}
    world.now += 5
    assert world.tokens.authorize("Bearer new") == "second"
