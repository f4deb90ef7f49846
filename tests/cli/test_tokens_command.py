"""`webhooks tokens`: what is asked, printed and changed."""

from collections.abc import Iterator

import pytest
import time_machine

from tests.cli.command import Command
from tests.cli.entrance import TOKEN, entrance
from tests.contract.account import account
from webhooks_cli.commands import tokens
from webhooks_cli.errors import ToolFailed
from webhooks_cli.tokens import TokenSecret, added, fingerprint

BOTH = {"first": TOKEN, "second": "another-token"}


@pytest.fixture
def webhooks(monkeypatch: pytest.MonkeyPatch) -> Iterator[Command]:
    """The stack accepts `first`, used a minute ago, and `second`, never used."""
    used = {"first": "2026-11-24T11:59:00.0000000Z"}
    monkeypatch.setattr(tokens, "last_use", lambda _stack, label, _since: used.get(label))
    with account(), time_machine.travel("2026-11-24T12:00:00Z", tick=False):
        stack = entrance()
        TokenSecret.of(stack).change(added("second", "another-token"))
        yield Command(stack)


def kept(webhooks: Command) -> dict[str, str]:
    return TokenSecret.of(webhooks.stack).read()


def test_the_list_tells_fingerprints_and_last_use_and_no_token(webhooks: Command) -> None:
    assert webhooks.json("tokens", "list") == [
        {"label": "first", "fingerprint": fingerprint(TOKEN), "last_used": "2026-11-24T11:59:00.0000000Z"},
        {"label": "second", "fingerprint": fingerprint("another-token"), "last_used": None},
    ]
    table = webhooks("tokens", "list").output
    assert fingerprint(TOKEN) in table
    assert "1m ago" in table
    assert "not in the last 30 days" in table
    assert TOKEN not in table


def test_a_new_token_is_printed_once_alone_on_stdout(webhooks: Command) -> None:
    done = webhooks("tokens", "add", "third")
    assert done.exit_code == 0
    assert done.stdout == kept(webhooks)["third"] + "\n"
    assert kept(webhooks)["third"] not in done.stderr
    assert "within 30 seconds" in done.stderr


@pytest.mark.parametrize("typed", ["a!%$^@b-0123456789-0123456789\n", "a!%$^@b-0123456789-0123456789\r\n"])
def test_an_extension_secret_that_is_there_already_is_taken_from_stdin_and_not_repeated(
    webhooks: Command, typed: str
) -> None:
    done = webhooks("tokens", "add", "theirs", "--from-stdin", typed=typed)
    assert kept(webhooks)["theirs"] == typed.strip()
    assert done.stdout == ""
    assert typed.strip() not in done.stderr
    assert "characters only" not in done.stderr


def test_a_short_one_is_taken_with_a_warning(webhooks: Command) -> None:
    done = webhooks("tokens", "add", "theirs", "--from-stdin", typed="short\n")
    assert kept(webhooks)["theirs"] == "short"
    assert "It has 5 characters only" in done.stderr


@pytest.mark.parametrize(
    ("arguments", "typed"),
    [
        (["first"], ""),
        (["a b"], ""),
        ([""], ""),
        (["third", "--from-stdin"], ""),
        (["third", "--from-stdin"], "a b\n"),
        (["third", "--from-stdin"], f"{TOKEN}\n"),
    ],
)
def test_what_cannot_be_added_changes_nothing(webhooks: Command, arguments: list[str], typed: str) -> None:
    done = webhooks("tokens", "add", *arguments, typed=typed)
    assert isinstance(done.exception, ToolFailed)
    assert done.stdout == ""
    assert kept(webhooks) == BOTH


def test_a_token_in_use_is_retired_only_after_a_warning_and_a_yes(webhooks: Command) -> None:
    refused = webhooks("tokens", "retire", "first", typed="n\n")
    assert refused.exit_code == 1
    assert "used 1m ago!" in refused.stderr
    assert kept(webhooks) == BOTH
    done = webhooks("tokens", "retire", "first", typed="y\n")
    assert done.exit_code == 0
    assert "within 5 minutes" in done.stderr
    assert kept(webhooks) == {"second": "another-token"}


def test_nobody_there_to_ask_is_a_no(webhooks: Command) -> None:
    assert webhooks("tokens", "retire", "second").exit_code == 1
    assert kept(webhooks) == BOTH


def test_yes_asks_nothing_and_needs_no_logs(webhooks: Command, monkeypatch: pytest.MonkeyPatch) -> None:
    """A leaked token has to go, even where the operator may not read logs."""
    monkeypatch.delattr(tokens, "last_use")
    assert webhooks("tokens", "retire", "second", "--yes").exit_code == 0
    assert kept(webhooks) == {"first": TOKEN}


def test_a_dry_run_tells_and_changes_nothing(webhooks: Command) -> None:
    done = webhooks("tokens", "retire", "second", "--dry-run", "--yes")
    assert done.exit_code == 0
    assert "not used in the last day. Accepted from then on: first." in done.stderr
    assert kept(webhooks) == BOTH


@pytest.mark.parametrize("label", ["third", ""])
def test_what_is_not_there_cannot_be_retired(webhooks: Command, label: str) -> None:
    assert isinstance(webhooks("tokens", "retire", label, "--yes").exception, ToolFailed)
    assert kept(webhooks) == BOTH


def test_the_last_one_is_never_retired(webhooks: Command) -> None:
    webhooks("tokens", "retire", "second", "--yes")
    assert isinstance(webhooks("tokens", "retire", "first", "--yes").exception, ToolFailed)
    assert kept(webhooks) == {"first": TOKEN}
