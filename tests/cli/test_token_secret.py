"""The tokens as they are changed: one after the other or two at once, nothing is overwritten, nothing is shown.

That ingest takes the new ones, the end-to-end tests show: moto's secret stays at its first version for whoever names
no stage.
"""

import json
from collections.abc import Iterator
from typing import Any

import pytest

from tests.contract.account import account, aws, create_secret
from tests.fakes import FakeTokenSource
from webhooks.tokens import TokenVerifier
from webhooks_cli.errors import ToolFailed
from webhooks_cli.tokens import TokenSecret, added, checked_label, checked_token, fingerprint, new_token, retired

HIDDEN = "hunter2-hunter2"


@pytest.fixture(autouse=True)
def _account() -> Iterator[None]:
    with account():
        yield


def a_secret(text: str = f'{{"first":"{HIDDEN}"}}') -> TokenSecret:
    return TokenSecret(aws("secretsmanager"), create_secret(text))


def kept(secret: TokenSecret) -> Any:
    read = secret.client.get_secret_value(SecretId=secret.secret_id, VersionStage="AWSCURRENT")
    return json.loads(read["SecretString"])


def test_a_token_is_added_and_another_retired() -> None:
    secret = a_secret()
    secret.change(added("second", "a!%$^@b"))
    assert kept(secret) == {"first": HIDDEN, "second": "a!%$^@b"}
    secret.change(retired("first"))
    assert kept(secret) == {"second": "a!%$^@b"}


class _Racing:
    """A client to whom somebody else is quicker, `times` times, between reading and writing."""

    def __init__(self, client: Any, times: int) -> None:
        self._client = client
        self._left = times

    def get_secret_value(self, **asked: str) -> Any:
        read = self._client.get_secret_value(**asked)
        if self._left:
            self._left -= 1
            theirs = json.loads(read["SecretString"]) | {f"theirs-{self._left}": "t"}
            self._client.put_secret_value(SecretId=asked["SecretId"], SecretString=json.dumps(theirs))
        return read

    def __getattr__(self, name: str) -> Any:
        return getattr(self._client, name)


def test_a_change_made_meanwhile_is_kept() -> None:
    secret = a_secret()
    TokenSecret(_Racing(secret.client, 2), secret.secret_id).change(added("ours", "o"))
    assert kept(secret).keys() == {"first", "theirs-1", "theirs-0", "ours"}


def test_what_was_allowed_is_looked_at_again_after_a_change_made_meanwhile() -> None:
    """Two retire a token each, of two: the second must not take the last one."""
    secret = a_secret('{"a":"1","b":"2"}')

    class _RetiresTheOther(_Racing):
        def get_secret_value(self, **asked: str) -> Any:
            read = self._client.get_secret_value(**asked)
            if self._left:
                self._left -= 1
                TokenSecret(self._client, asked["SecretId"]).change(retired("b"))
            return read

    with pytest.raises(ToolFailed, match="the only token"):
        TokenSecret(_RetiresTheOther(secret.client, 1), secret.secret_id).change(retired("a"))
    assert kept(secret) == {"a": "1"}


def test_it_gives_up_where_others_change_it_all_the_time() -> None:
    secret = a_secret()
    with pytest.raises(ToolFailed, match="try again"):
        TokenSecret(_Racing(secret.client, 100), secret.secret_id).change(added("ours", "o"))
    assert "ours" not in kept(secret)


@pytest.mark.parametrize(
    ("edit", "why"),
    [
        (added("first", "new"), "already"),
        (added("second", HIDDEN), "already, as first"),
        (retired("second"), "there are: first"),
        (retired("first"), "the only token"),
    ],
)
def test_what_is_not_allowed_changes_nothing_and_shows_nothing(edit: Any, why: str) -> None:
    secret = a_secret()
    with pytest.raises(ToolFailed, match=why) as refused:
        secret.change(edit)
    assert HIDDEN not in str(refused.value)
    assert kept(secret) == {"first": HIDDEN}


def test_a_token_that_is_none_does_not_count_as_the_other_one() -> None:
    secret = a_secret('{"first":"a","empty":"","null":null,"number":3}')
    assert secret.read() == {"first": "a"}
    with pytest.raises(ToolFailed, match="the only token"):
        secret.change(retired("first"))
    secret.change(retired("null"))
    assert kept(secret) == {"first": "a", "empty": "", "number": 3}


@pytest.mark.parametrize("text", [HIDDEN, f'"{HIDDEN}"', f'[["a","{HIDDEN}"]]', f"{HIDDEN}: {{"])
def test_a_secret_that_is_no_object_is_left_alone_and_not_shown(text: str) -> None:
    secret = a_secret(text)
    with pytest.raises(ToolFailed, match="no JSON object") as refused:
        secret.change(added("second", "new"))
    assert HIDDEN not in str(refused.value)
    assert secret.client.get_secret_value(SecretId=secret.secret_id)["SecretString"] == text


def test_a_secret_that_cannot_be_read_says_why() -> None:
    with pytest.raises(ToolFailed, match="cannot be read: ResourceNotFoundException"):
        TokenSecret(aws("secretsmanager"), "nothing").read()


def test_another_failure_to_write_is_told_as_it_is() -> None:
    class _Refusing(_Racing):
        def update_secret_version_stage(self, **asked: str) -> Any:
            return self._client.update_secret_version_stage(**asked | {"SecretId": "nothing"})

    secret = a_secret()
    with pytest.raises(secret.client.exceptions.ResourceNotFoundException):
        TokenSecret(_Refusing(secret.client, 0), secret.secret_id).change(added("second", "new"))
    assert kept(secret) == {"first": HIDDEN}


@pytest.mark.parametrize("label", ["", " ", "a b", "-a", "é", "a\n", "a/b", '"', "x" * 65])
def test_a_bad_label_is_refused(label: str) -> None:
    with pytest.raises(ToolFailed, match="is no label"):
        checked_label(label)


@pytest.mark.parametrize("token", ["", " ", "a b", "a\n", "é", "x" * 513])
def test_a_bad_token_is_refused(token: str) -> None:
    with pytest.raises(ToolFailed, match="is no token"):
        checked_token(token)


@pytest.mark.parametrize(
    "token", ["mcwod!j9xn2fylqo%2692kd09$jdi1l", "!%$^@&\"'\\", pytest.param(new_token(), id="new")]
)
def test_a_token_that_is_taken_can_be_delivered_with(token: str) -> None:
    secret = a_secret()
    secret.change(added("2026-12", checked_token(token)))
    tokens = TokenVerifier(FakeTokenSource(secret.read()), lambda: 0.0)
    assert tokens.authorize(f"Bearer {token}") == "2026-12"


def test_tokens_are_new_each_time_and_long() -> None:
    made = {new_token() for _ in range(20)}
    assert len(made) == 20
    assert {len(token) for token in made} == {48}


def test_a_fingerprint_is_the_beginning_of_the_digest() -> None:
    assert fingerprint("abc") == "ba7816bf"
