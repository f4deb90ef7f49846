"""Bearer tokens: which are accepted, and when the list of them is read."""

from collections.abc import Mapping

import pytest
from hypothesis import given
from hypothesis import strategies as st

from tests.fakes import FakeTokenSource
from webhooks.errors import BadToken, Unavailable
from webhooks.policy import RETRY_AFTER, TOKENS_FRESH_FOR, TOKENS_REFRESH_PAUSE
from webhooks.tokens import TokenVerifier, is_label, is_token

OLD, NEW = "old-token-of-some-length", "new-token-of-some-length"
GUESS = "a-guess-by-an-unknown-client"


class Clocks:
    """The wall clock and the monotonic clock, moved together or separately."""

    def __init__(self) -> None:
        self.wall, self.monotonic = 1_000_000.0, 1_000.0

    def __call__(self) -> tuple[float, float]:
        return self.wall, self.monotonic

    def advance(self, seconds: float) -> None:
        self.wall += seconds
        self.monotonic += seconds


@pytest.fixture
def clocks() -> Clocks:
    return Clocks()


@pytest.fixture
def source() -> FakeTokenSource:
    return FakeTokenSource({"first": OLD})


@pytest.fixture
def verifier(source: FakeTokenSource, clocks: Clocks) -> TokenVerifier:
    """It has read the list once."""
    verifier = TokenVerifier(source, clocks)
    verifier.authorize(f"Bearer {OLD}")
    return verifier


def _label(accepted: Mapping[str, object], header: str) -> str:
    return TokenVerifier(FakeTokenSource(accepted), Clocks()).authorize(header)


@pytest.mark.parametrize("token", ["mcwod!j9xn2fylqo%2692kd09$jdi1l", "100%25" * 4, "a+b=/c" * 4, "~" * 512])
@pytest.mark.parametrize("scheme", ["Bearer ", "bearer ", "BEARER ", "Bearer   "])
def test_a_token_is_compared_as_sent(scheme: str, token: str) -> None:
    assert _label({"first": token}, scheme + token) == "first"


@pytest.mark.parametrize(
    "sent", [f"{OLD}-a&b", f"{OLD}-a%26b ", f"{OLD}-A%26B", f"{OLD}-a%26", f"{OLD}-a%26b, Bearer {OLD}-a%26b"]
)
def test_a_similar_token_is_refused(sent: str) -> None:
    with pytest.raises(BadToken):
        _label({"first": f"{OLD}-a%26b"}, f"Bearer {sent}")


@pytest.mark.parametrize(
    "header", ["", OLD, "Bearer", "Bearer ", "Bearer   ", f"Basic {OLD}", f"Bearer: {OLD}", f"Bearer\t{OLD}"]
)
def test_a_malformed_header_does_not_cause_a_read(source: FakeTokenSource, clocks: Clocks, header: str) -> None:
    with pytest.raises(BadToken):
        TokenVerifier(source, clocks).authorize(header)
    assert source.reads == 0


@pytest.mark.parametrize(
    ("label", "value"),
    [
        ("rotated", "2026-11-28"),
        ("rotated_at", "2026-11-28T16:22:39.1234567Z"),
        ("expires", "9999-12-31T23:59:59.9999999Z"),
        ("used", "0001-01-01T00:00:00.0000000Z"),
        ("by", "Jane Doe of Operations"),
        ("by", "jane"),
        ("contact", "jane.doe.operations@example.com"),
        ("a label", NEW),
        ("", NEW),
        ("-x", NEW),
        ("umlaut", "ü" * 30),
        ("half", "\ud800" * 30),
        ("short", "x" * 19),
        ("long", "x" * 513),
        ("number", 12345678901234567890123),
        ("nested", {"token": NEW}),
        ("nothing", None),
    ],
)
def test_notes_beside_tokens_authorize_nobody(label: str, value: object) -> None:
    with pytest.raises(BadToken):
        _label({"first": OLD, label: value}, f"Bearer {value}")
    assert _label({"first": OLD, label: value}, f"Bearer {OLD}") == "first"


LABELS = st.from_regex(r"[a-z][a-z0-9._-]{0,9}", fullmatch=True) | st.text()
TOKENS = st.text(st.characters(min_codepoint=0x21, max_codepoint=0x7E), min_size=15, max_size=30) | st.text()


@given(st.dictionaries(LABELS, TOKENS), TOKENS, st.data())
def test_exactly_the_accepted_tokens_are_accepted(accepted: dict[str, str], guess: str, data: st.DataObject) -> None:
    token = data.draw(st.sampled_from([*accepted.values(), guess]))
    if any(value == token and is_label(label) and is_token(value) for label, value in accepted.items()):
        assert accepted[_label(accepted, f"Bearer {token}")] == token
    else:
        with pytest.raises(BadToken):
            _label(accepted, f"Bearer {token}")


@pytest.mark.parametrize(("label", "token"), [("old", OLD), ("new", NEW)])
def test_both_tokens_of_a_rotation_are_accepted(label: str, token: str) -> None:
    assert _label({"old": OLD, "new": NEW}, f"Bearer {token}") == label


def test_a_stale_list_is_read_again(verifier: TokenVerifier, source: FakeTokenSource, clocks: Clocks) -> None:
    source.tokens = {"second": NEW}
    clocks.advance(TOKENS_FRESH_FOR - 0.1)
    assert verifier.authorize(f"Bearer {OLD}") == "first"
    assert source.reads == 1
    clocks.advance(0.2)
    with pytest.raises(BadToken):
        verifier.authorize(f"Bearer {OLD}")
    assert source.reads == 2


def test_a_frozen_process_forgets_a_retired_token(
    verifier: TokenVerifier, source: FakeTokenSource, clocks: Clocks
) -> None:
    source.tokens = {"second": NEW}
    clocks.wall += 2 * TOKENS_FRESH_FOR  # the monotonic clock stood still
    with pytest.raises(BadToken):
        verifier.authorize(f"Bearer {OLD}")


@pytest.mark.parametrize(("wall", "monotonic"), [(-1, 1), (1, -1), (-86_400, 0)])
def test_a_clock_that_steps_back_makes_tokens_stale(
    verifier: TokenVerifier, source: FakeTokenSource, clocks: Clocks, wall: float, monotonic: float
) -> None:
    source.tokens = {"second": NEW}
    clocks.wall += wall
    clocks.monotonic += monotonic
    with pytest.raises(BadToken):
        verifier.authorize(f"Bearer {OLD}")


def test_a_new_token_works_at_once(verifier: TokenVerifier, source: FakeTokenSource, clocks: Clocks) -> None:
    source.tokens = {"first": OLD, "second": NEW}
    clocks.advance(0.1)
    assert verifier.authorize(f"Bearer {NEW}") == "second"


def test_a_frozen_process_learns_a_new_token(verifier: TokenVerifier, source: FakeTokenSource, clocks: Clocks) -> None:
    clocks.advance(1)
    with pytest.raises(BadToken):
        verifier.authorize(f"Bearer {GUESS}")
    source.tokens = {"first": OLD, "second": NEW}
    clocks.wall += TOKENS_REFRESH_PAUSE + 1
    assert verifier.authorize(f"Bearer {NEW}") == "second"


def test_unknown_tokens_cause_one_read_per_pause(
    verifier: TokenVerifier, source: FakeTokenSource, clocks: Clocks
) -> None:
    for step in range(1, 1001):
        clocks.monotonic = 1000 + step * TOKENS_REFRESH_PAUSE / 300
        with pytest.raises(BadToken):
            verifier.authorize(f"Bearer {GUESS}-{step}")
    assert source.reads == 1 + 4


def test_an_unknown_token_at_first_causes_one_read(source: FakeTokenSource, clocks: Clocks) -> None:
    with pytest.raises(BadToken):
        TokenVerifier(source, clocks).authorize(f"Bearer {GUESS}")
    assert source.reads == 1


@pytest.mark.parametrize("token", [OLD, GUESS])
def test_a_failed_source_is_spared_for_a_while(
    verifier: TokenVerifier, source: FakeTokenSource, clocks: Clocks, token: str
) -> None:
    clocks.advance(TOKENS_FRESH_FOR)
    source.tokens = None
    for _ in range(10):
        with pytest.raises(Unavailable):
            verifier.authorize(f"Bearer {token}")
        clocks.advance(RETRY_AFTER / 10 - 0.001)
    assert source.reads == 1 + 1
    source.tokens = {"first": token}
    clocks.advance(0.02)
    assert verifier.authorize(f"Bearer {token}") == "first"


def test_a_failed_source_leaves_known_tokens(verifier: TokenVerifier, source: FakeTokenSource, clocks: Clocks) -> None:
    """An unknown token may be a new one: it is neither accepted nor refused."""
    source.tokens = None
    clocks.advance(1)
    for _ in range(3):
        assert verifier.authorize(f"Bearer {OLD}") == "first"
        with pytest.raises(Unavailable):
            verifier.authorize(f"Bearer {NEW}")
    assert source.reads == 1 + 1
    source.tokens = {"first": OLD, "second": NEW}
    clocks.advance(RETRY_AFTER + 0.1)
    assert verifier.authorize(f"Bearer {NEW}") == "second"
