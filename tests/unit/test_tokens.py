import pytest
from hypothesis import given
from hypothesis import strategies as st

from tests.fakes import FakeTokenSource
from webhooks.errors import BadToken, Unavailable
from webhooks.tokens import TokenVerifier


class _Clock:
    """Stands still until told."""

    def __init__(self) -> None:
        self.now = 1000.0

    def __call__(self) -> float:
        return self.now


def _tokens(**by_label: str) -> TokenVerifier:
    return TokenVerifier(FakeTokenSource(by_label), _Clock())


@pytest.mark.parametrize(
    "token",
    [
        "mcwod!j9xn2fylqo%2692kd09$jdi1l",
        "a!b%c$d^e@f&g",
        "100%25",
        "a+b c",
        " leading and trailing ",
        "Bearer",
        "naïve-☕",
        "\ud800",
        "x" * 10_000,
    ],
)
def test_a_token_is_compared_as_it_was_sent(token: str) -> None:
    assert _tokens(first=token).authorize(f"Bearer {token}") == "first"


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
def test_what_only_resembles_the_token_is_refused(accepted: str, sent: str) -> None:
    with pytest.raises(BadToken):
        _tokens(first=accepted).authorize(f"Bearer {sent}")


@pytest.mark.parametrize("scheme", ["Bearer", "bearer", "BEARER"])
def test_the_scheme_is_read_in_any_case(scheme: str) -> None:
    assert _tokens(first="t").authorize(f"{scheme} t") == "first"


@pytest.mark.parametrize("header", ["", "t", "Bearer", "Bearer ", "Basic t", "Bearer: t", "Bearer\tt", " Bearer t"])
def test_a_malformed_header_is_refused_without_a_look_at_the_source(header: str) -> None:
    source = FakeTokenSource({"first": "t", "second": ""})
    with pytest.raises(BadToken):
        TokenVerifier(source, _Clock()).authorize(header)
    assert source.reads == 0


@pytest.mark.parametrize("label", ["old", "new", "next"])
def test_during_a_rotation_each_token_is_accepted_and_tells_its_label(label: str) -> None:
    assert _tokens(old="old-token", new="new-token", next="next-token").authorize(f"Bearer {label}-token") == label


@given(st.dictionaries(st.text(), st.text(min_size=1)), st.text())
def test_a_token_is_accepted_if_and_only_if_it_is_among_the_accepted(accepted: dict[str, str], token: str) -> None:
    tokens = _tokens(**accepted)
    if token in accepted.values():
        assert accepted[tokens.authorize(f"Bearer {token}")] == token
    else:
        with pytest.raises(BadToken):
            tokens.authorize(f"Bearer {token}")


@pytest.mark.parametrize("accepted", [{}, {"first": ""}])
def test_where_no_token_is_accepted_none_is(accepted: dict[str, str]) -> None:
    with pytest.raises(BadToken):
        _tokens(**accepted).authorize("Bearer t")


def test_a_source_that_cannot_be_read_is_no_bad_token() -> None:
    with pytest.raises(Unavailable):
        TokenVerifier(FakeTokenSource(None), _Clock()).authorize("Bearer t")
