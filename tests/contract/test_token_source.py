"""The accepted tokens, in the fake and in Secrets Manager."""

import json
from collections.abc import Callable
from typing import Any

import boto3
import pytest

from tests.contract.account import aws, create_secret
from tests.fakes import FakeTokenSource
from webhooks.aws.tokens import SecretTokens
from webhooks.errors import Unavailable
from webhooks.tokens import TokenSource

type _Make = Callable[[dict[str, object] | None], TokenSource]


def _secret(tokens: dict[str, object] | None) -> SecretTokens:
    if tokens is not None:
        create_secret(json.dumps(tokens))
    return SecretTokens(aws("secretsmanager"), "webhooks/tokens")


@pytest.fixture(params=[FakeTokenSource, _secret])
def source_of(request: pytest.FixtureRequest) -> _Make:
    make: _Make = request.param
    return make


@pytest.mark.parametrize(
    "entries",
    [{}, {"old": "mcwod!j9xn2fylqo%2692kd09$jdi1l", "note": "a^b@c&d é"}, {"rotated": None, "days": 3, "by": ["b"]}],
)
def test_every_entry_is_read_unchanged(source_of: _Make, entries: dict[str, object]) -> None:
    assert source_of(entries).read() == entries


def test_an_unreadable_source_is_unavailable(source_of: _Make) -> None:
    with pytest.raises(Unavailable, match="the list of accepted tokens"):
        source_of(None).read()


def test_a_secret_is_read_at_every_call() -> None:
    source = _secret({"first": "a"})
    aws("secretsmanager").put_secret_value(SecretId="webhooks/tokens", SecretString='{"second":"b"}')
    assert source.read() == {"second": "b"}


@pytest.mark.parametrize("text", ["hunter2", '["hunter2"]', "hunter2: {", ""])
def test_a_malformed_secret_is_unavailable_and_not_quoted(text: str) -> None:
    aws("secretsmanager").create_secret(
        Name="webhooks/tokens", **({"SecretString": text} if text else {"SecretBinary": b"hunter2"})
    )
    with pytest.raises(Unavailable) as refused:
        SecretTokens(aws("secretsmanager"), "webhooks/tokens").read()
    assert "hunter2" not in str(refused.value)
    assert refused.value.__cause__ is None


def test_a_failure_is_unavailable(broken: dict[str, Any]) -> None:
    with pytest.raises(Unavailable):
        SecretTokens(boto3.client("secretsmanager", **broken), "webhooks/tokens").read()
