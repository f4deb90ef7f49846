"""`webhooks tokens`: tokens are added and retired, never overwritten and never shown.

The end-to-end tests show that ingest accepts the new ones: moto serves a secret's first version to whoever names no
stage.
"""

import json
from typing import Any

import pytest

from tests.cli.cli_env import TOKEN, CliEnv
from webhooks.tokens import TokenVerifier
from webhooks_cli.operations.errors import OperationFailed
from webhooks_cli.operations.tokens import TokenSecret, added, checked_token, fingerprint, new_token, retired

BOTH = {"first": TOKEN, "second": "another-token"}


@pytest.fixture
def tokens(cli_env: CliEnv) -> CliEnv:
    """`first` was used a minute ago, `second` never."""
    TokenSecret.of(cli_env.stack).change(added("second", "another-token"))
    cli_env.logs.write("ingest", "2026-11-24 11:58:30.000", {"message": "accepted", "token_label": "first"})
    return cli_env


def stored(cli_env: CliEnv) -> dict[str, Any]:
    """The content of the secret."""
    secret = TokenSecret.of(cli_env.stack)
    read = secret.client.get_secret_value(SecretId=secret.secret_id, VersionStage="AWSCURRENT")
    return dict(json.loads(read["SecretString"]))


def overwrite(cli_env: CliEnv, text: str) -> None:
    """Put any text into the secret."""
    secret = TokenSecret.of(cli_env.stack)
    secret.client.put_secret_value(SecretId=secret.secret_id, SecretString=text)


def test_the_list_shows_fingerprints_and_last_use(tokens: CliEnv) -> None:
    assert tokens.webhooks.json("tokens", "list") == [
        {"label": "first", "fingerprint": fingerprint(TOKEN), "last_used": "2026-11-24T11:58:30.000Z"},
        {"label": "second", "fingerprint": fingerprint("another-token"), "last_used": None},
    ]
    table = tokens.webhooks("tokens", "list").output
    assert "1m ago" in table
    assert "not in the last 30 days" in table
    assert TOKEN not in table


def test_a_new_token_is_printed_alone(tokens: CliEnv) -> None:
    done = tokens.webhooks("tokens", "add", "third")
    assert (done.exit_code, done.stdout) == (0, stored(tokens)["third"] + "\n")
    assert stored(tokens)["third"] not in done.stderr
    assert len({new_token() for _ in range(20)} | {stored(tokens)["third"]}) == 21


@pytest.mark.parametrize("end", ["\n", "\r\n"])
def test_an_existing_secret_is_read_from_stdin(tokens: CliEnv, end: str) -> None:
    done = tokens.webhooks("tokens", "add", "theirs", "--from-stdin", typed=f"a!%$^@b-0123456789-0123456789{end}")
    assert stored(tokens)["theirs"] == "a!%$^@b-0123456789-0123456789"
    assert "a!%$^@b" not in done.output
    assert "only 5 characters" in tokens.webhooks("tokens", "add", "short", "--from-stdin", typed="short\n").stderr


@pytest.mark.parametrize(
    ("arguments", "typed"),
    [
        (["first"], ""),
        (["a b"], ""),
        ([""], ""),
        (["x" * 65], ""),
        (["third", "--from-stdin"], ""),
        (["third", "--from-stdin"], "a b\n"),
        (["third", "--from-stdin"], "é\n"),
        (["third", "--from-stdin"], f"{TOKEN}\n"),
    ],
)
def test_what_cannot_be_added_changes_nothing(tokens: CliEnv, arguments: list[str], typed: str) -> None:
    failure = tokens.webhooks.failure("tokens", "add", *arguments, typed=typed)
    assert TOKEN not in failure
    assert stored(tokens) == BOTH


def test_a_used_token_is_retired_after_a_warning(tokens: CliEnv) -> None:
    refused = tokens.webhooks("tokens", "retire", "first", typed="n\n")
    assert (refused.exit_code, "used 1m ago!" in refused.stderr, stored(tokens)) == (1, True, BOTH)
    done = tokens.webhooks("tokens", "retire", "first", typed="y\n")
    assert (done.exit_code, stored(tokens)) == (0, {"second": "another-token"})
    assert "the only token" in tokens.webhooks.failure("tokens", "retire", "second", "--yes")
    assert "there is no token third" in tokens.webhooks.failure("tokens", "retire", "third", "--yes")


def test_retiring_changes_nothing_without_a_yes(tokens: CliEnv) -> None:
    assert tokens.webhooks("tokens", "retire", "second").exit_code == 1
    done = tokens.webhooks("tokens", "retire", "second", "--dry-run", "--yes")
    assert "not used in the last day. Accepted from then on: first." in done.stderr
    assert stored(tokens) == BOTH


def test_yes_needs_no_logs(tokens: CliEnv) -> None:
    """A leaked token must go, even if the operator may not read logs."""
    del tokens.stack._clients["logs"]  # noqa: SLF001 - moto refuses the query
    assert tokens.webhooks("tokens", "retire", "second", "--yes").exit_code == 0


class _Racing:
    """A client that lets somebody else change the secret, `times` times, after it was read."""

    def __init__(self, cli_env: CliEnv, times: int, drop: str = "") -> None:
        self._client = TokenSecret.of(cli_env.stack).client
        self._left = times
        self._drop = drop

    def get_secret_value(self, **request: str) -> Any:
        """Read it, and change it afterwards."""
        read = self._client.get_secret_value(**request)
        if self._left:
            self._left -= 1
            theirs = json.loads(read["SecretString"]) | ({} if self._drop else {f"theirs-{self._left}": "t"})
            theirs.pop(self._drop, None)
            self._client.put_secret_value(SecretId=request["SecretId"], SecretString=json.dumps(theirs))
        return read

    def __getattr__(self, name: str) -> Any:
        return getattr(self._client, name)


def test_two_changes_at_once_are_both_made(cli_env: CliEnv) -> None:
    secret_id = TokenSecret.of(cli_env.stack).secret_id
    with pytest.raises(OperationFailed, match="others are changing the tokens"):
        TokenSecret(_Racing(cli_env, 9), secret_id).change(added("more", "m"))
    overwrite(cli_env, json.dumps(BOTH))
    TokenSecret(_Racing(cli_env, 2), secret_id).change(added("ours", "o"))
    assert stored(cli_env).keys() == {*BOTH, "theirs-1", "theirs-0", "ours"}


def test_two_at_once_never_retire_the_last(cli_env: CliEnv) -> None:
    overwrite(cli_env, json.dumps(BOTH))
    secret = TokenSecret(_Racing(cli_env, 1, drop="second"), TokenSecret.of(cli_env.stack).secret_id)
    with pytest.raises(OperationFailed, match="the only token"):
        secret.change(retired("first"))
    assert stored(cli_env) == {"first": TOKEN}


def test_an_unusable_token_is_not_another_one(cli_env: CliEnv) -> None:
    overwrite(cli_env, '{"first":"a","empty":"","null":null,"number":3}')
    assert "the only token" in cli_env.webhooks.failure("tokens", "retire", "first", "--yes")
    TokenSecret.of(cli_env.stack).change(retired("null"))
    assert stored(cli_env) == {"first": "a", "empty": "", "number": 3}


@pytest.mark.parametrize("text", ["hunter2", '"hunter2"', '[["a","hunter2"]]', "hunter2: {"])
def test_a_broken_secret_is_left_alone(cli_env: CliEnv, text: str) -> None:
    overwrite(cli_env, text)
    failure = cli_env.webhooks.failure("tokens", "add", "third")
    assert "not a JSON object" in failure
    assert "hunter2" not in failure


@pytest.mark.parametrize("token", ["mcwod!j9xn2fylqo%2692kd09$jdi1l", "!%$^@&\"'\\", new_token()])
def test_an_added_token_is_accepted(token: str) -> None:
    class _Source:
        def read(self) -> dict[str, str]:
            return {"2026-12": checked_token(token)}

    assert TokenVerifier(_Source(), lambda: (0.0, 0.0)).authorize(f"Bearer {token}") == "2026-12"
