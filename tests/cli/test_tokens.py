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

OTHER = "another-token-of-the-account"
BOTH = {"first": TOKEN, "second": OTHER}
NOTES = {"rotated": "2026-11-24T12:00:00Z", "by": "zoe@example-company.com", "short": "hunter2", "a b": TOKEN, "n": 3}
"""What the endpoint ignores in the secret."""


@pytest.fixture
def tokens(cli_env: CliEnv) -> CliEnv:
    """`first` was used a minute ago, `second` never."""
    TokenSecret.of(cli_env.stack).change(added("second", OTHER))
    cli_env.use_token("first", "2026-11-24T11:58:30Z")
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
        {
            "label": "first",
            "fingerprint": fingerprint(TOKEN),
            "last_used": "2026-11-24T11:55:00.0000000Z",
            "ignored": None,
        },
        {"label": "second", "fingerprint": fingerprint(OTHER), "last_used": None, "ignored": None},
    ]
    table = tokens.webhooks("tokens", "list").output
    assert "5m ago" in table
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


@pytest.mark.parametrize(
    "value", ["hunter2", "x" * 19, "x" * 513, "2026-11-24T12:00:00.0000000Z", "someone.else@example-company.com", "-"]
)
def test_only_what_the_endpoint_accepts_is_added(tokens: CliEnv, value: str) -> None:
    failure = tokens.webhooks.failure("tokens", "add", "third", "--from-stdin", typed=f"{value}\n")
    assert "20 to 512 visible ASCII characters" in failure
    assert value not in failure.replace("e-mail", "") or value == "-"
    assert stored(tokens) == BOTH


def test_ignored_entries_are_listed_without_values(cli_env: CliEnv) -> None:
    overwrite(cli_env, json.dumps(BOTH | NOTES))
    rows = {row["label"]: row for row in cli_env.webhooks.json("tokens", "list")}
    assert {label: bool(row["ignored"]) for label, row in rows.items()} == {
        label: label in NOTES for label in BOTH | NOTES
    }
    assert "label" in rows["a b"]["ignored"]
    assert "not a text" in rows["n"]["ignored"]
    printed = cli_env.webhooks("tokens", "list").stdout
    assert printed.count("ignored: ") == len(NOTES)
    for secret in ("2026-11-24T12", "zoe", "hunter2", fingerprint("hunter2")):
        assert secret not in printed + json.dumps(rows)


@pytest.mark.parametrize("label", NOTES)
def test_an_ignored_entry_is_retired(cli_env: CliEnv, label: str) -> None:
    overwrite(cli_env, json.dumps({"first": TOKEN} | NOTES))
    done = cli_env.webhooks("tokens", "retire", label, typed="y\n")
    assert (done.exit_code, "the endpoint ignores it" in done.stderr) == (0, True)
    assert stored(cli_env).keys() == {"first", *NOTES} - {label}


def test_a_used_token_is_retired_after_a_warning(tokens: CliEnv) -> None:
    refused = tokens.webhooks("tokens", "retire", "first", typed="n\n")
    assert (refused.exit_code, "used 5m ago!" in refused.stderr, stored(tokens)) == (1, True, BOTH)
    done = tokens.webhooks("tokens", "retire", "first", typed="y\n")
    assert (done.exit_code, stored(tokens)) == (0, {"second": OTHER})
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
    overwrite(cli_env, json.dumps({"first": TOKEN, "empty": "", "null": None, "number": 3}))
    assert "the only token" in cli_env.webhooks.failure("tokens", "retire", "first", "--yes")
    TokenSecret.of(cli_env.stack).change(retired("null"))
    assert stored(cli_env) == {"first": TOKEN, "empty": "", "number": 3}


@pytest.mark.parametrize("text", ["hunter2", '"hunter2"', '[["a","hunter2"]]', "hunter2: {"])
def test_a_broken_secret_is_left_alone(cli_env: CliEnv, text: str) -> None:
    overwrite(cli_env, text)
    failure = cli_env.webhooks.failure("tokens", "add", "third")
    assert "not a JSON object" in failure
    assert "hunter2" not in failure


@pytest.mark.parametrize("token", ["mcwod!j9xn2fylqo%2692kd09$jdi1l", "!%$^@&\"'\\0123456789abcdef", new_token()])
def test_an_added_token_is_accepted(token: str) -> None:
    class _Source:
        def read(self) -> dict[str, object]:
            return {"2026-12": checked_token(token)}

    assert TokenVerifier(_Source(), lambda: (0.0, 0.0)).authorize(f"Bearer {token}") == "2026-12"
