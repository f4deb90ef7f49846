"""Bearer tokens: which are accepted, and when the list of them is read."""

from dataclasses import dataclass, field

import pytest
from hypothesis import given
from hypothesis import strategies as st

from tests.fakes import FakeTokenSource
from webhooks.errors import BadToken, Unavailable
from webhooks.policy import RETRY_AFTER, TOKENS_FRESH_FOR, TOKENS_REFRESH_PAUSE
from webhooks.tokens import TokenVerifier


@dataclass
class _Setup:
    """A clock that stands still until it is moved, and a source that accepts "old" at first."""

    now: float = 1000.0
    source: FakeTokenSource = field(default_factory=lambda: FakeTokenSource({"first": "old"}))
    tokens: TokenVerifier = field(init=False)

    def __post_init__(self) -> None:
        self.tokens = TokenVerifier(self.source, lambda: self.now)
        self.tokens.authorize("Bearer old")


@pytest.fixture
def setup() -> _Setup:
    return _Setup()


def _verifier(**accepted: str) -> TokenVerifier:
    return TokenVerifier(FakeTokenSource(accepted), lambda: 0.0)


@pytest.mark.parametrize(
    "token", ["mcwod!j9xn2fylqo%2692kd09$jdi1l", "100%25", "a+b c", " spaces around ", "Bearer", "naïve-☕", "\ud800"]
)
@pytest.mark.parametrize("scheme", ["Bearer", "bearer", "BEARER"])
def test_a_token_is_compared_as_sent(scheme: str, token: str) -> None:
    assert _verifier(first=token).authorize(f"{scheme} {token}") == "first"


@pytest.mark.parametrize(
    ("accepted", "sent"),
    [
        ("a%26b", "a&b"),
        ("a&b", "a%26b"),
        ("a b", "a+b"),
        ("token", "token "),
        ("token", " token"),
        ("token", "TOKEN"),
        ("token", "toke"),
        ("token", "token, Bearer token"),
        ("\u00e9", "e\u0301"),
    ],
)
def test_a_similar_token_is_refused(accepted: str, sent: str) -> None:
    with pytest.raises(BadToken):
        _verifier(first=accepted).authorize(f"Bearer {sent}")


@pytest.mark.parametrize("header", ["", "t", "Bearer", "Bearer ", "Basic t", "Bearer: t", "Bearer\tt", " Bearer t"])
def test_a_malformed_header_does_not_cause_a_read(header: str) -> None:
    source = FakeTokenSource({"first": "t", "second": ""})
    with pytest.raises(BadToken):
        TokenVerifier(source, lambda: 0.0).authorize(header)
    assert source.reads == 0


@given(st.dictionaries(st.text(), st.text()), st.text())
def test_exactly_the_accepted_tokens_are_accepted(accepted: dict[str, str], token: str) -> None:
    verifier = _verifier(**accepted)
    if token and token in accepted.values():
        assert accepted[verifier.authorize(f"Bearer {token}")] == token
    else:
        with pytest.raises(BadToken):
            verifier.authorize(f"Bearer {token}")


@pytest.mark.parametrize("label", ["old", "new"])
def test_both_tokens_of_a_rotation_are_accepted(label: str) -> None:
    assert _verifier(old="old-token", new="new-token").authorize(f"Bearer {label}-token") == label


def test_the_list_is_read_again_when_it_is_stale(setup: _Setup) -> None:
    setup.source.tokens = {"second": "new"}
    setup.now += TOKENS_FRESH_FOR - 0.1
    assert setup.tokens.authorize("Bearer old") == "first"
    assert setup.source.reads == 1
    setup.now += 0.1
    with pytest.raises(BadToken):
        setup.tokens.authorize("Bearer old")
    assert setup.source.reads == 2


def test_a_new_token_works_at_once(setup: _Setup) -> None:
    setup.source.tokens = {"first": "old", "second": "new"}
    setup.now += 0.1
    assert setup.tokens.authorize("Bearer new") == "second"


def test_unknown_tokens_cause_one_read_per_pause(setup: _Setup) -> None:
    for step in range(1, 1001):
        setup.now = 1000 + step * TOKENS_REFRESH_PAUSE / 300
        with pytest.raises(BadToken):
            setup.tokens.authorize(f"Bearer guess-{step}")
    assert setup.source.reads == 1 + 4


def test_an_unknown_token_at_first_causes_one_read() -> None:
    source = FakeTokenSource({"first": "t"})
    with pytest.raises(BadToken):
        TokenVerifier(source, lambda: 0.0).authorize("Bearer guess")
    assert source.reads == 1


@pytest.mark.parametrize("token", ["old", "guess"])
def test_a_failed_source_is_left_alone_for_a_while(setup: _Setup, token: str) -> None:
    setup.now += TOKENS_FRESH_FOR
    setup.source.tokens = None
    for _ in range(10):
        with pytest.raises(Unavailable):
            setup.tokens.authorize(f"Bearer {token}")
        setup.now += RETRY_AFTER / 10 - 0.001
    assert setup.source.reads == 1 + 1
    setup.source.tokens = {"first": token}
    setup.now += 0.01
    assert setup.tokens.authorize(f"Bearer {token}") == "first"


def test_with_a_failed_source_only_known_tokens_are_decided(setup: _Setup) -> None:
    """An unknown token may be a new one: it is neither accepted nor refused."""
    setup.source.tokens = None
    setup.now += 1
    for _ in range(3):
        assert setup.tokens.authorize("Bearer old") == "first"
        with pytest.raises(Unavailable):
            setup.tokens.authorize("Bearer new")
    assert setup.source.reads == 1 + 1
    setup.source.tokens = {"first": "old", "second": "new"}
    setup.now += RETRY_AFTER
    assert setup.tokens.authorize("Bearer new") == "second"
