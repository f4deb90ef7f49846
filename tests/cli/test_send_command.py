"""`webhooks send`: where to, with which token, and what is told at the end."""

import json
from collections.abc import Iterator
from functools import partial
from pathlib import Path
from typing import Any

import pytest
from typer.testing import Result

from tests.cli.command import Command
from tests.cli.entrance import TOKEN, entrance
from tests.cli.receiver import Receiver, receiver
from tests.contract.account import account
from webhooks.strict_json import strict_object
from webhooks_cli.errors import ToolFailed
from webhooks_cli.report import percentile
from webhooks_cli.send import STORY
from webhooks_cli.sender import Sender
from webhooks_cli.tokens import TokenSecret, added, retired


@pytest.fixture
def server() -> Iterator[Receiver]:
    with receiver() as listening:
        yield listening


@pytest.fixture
def webhooks(server: Receiver) -> Iterator[Command]:
    """The stack's endpoint is the server."""
    with account():
        yield Command(entrance(server.url))


def sent_fields(server: Receiver) -> list[dict[str, Any]]:
    return [json.loads(strict_object(request.body)[0]) for request in server.requests]


class _NoStack:
    def __getattr__(self, name: str) -> Any:
        raise AssertionError(name)


def anywhere(url: str, *arguments: str) -> Result:
    """Send where a URL says, with no stack."""
    return Command(_NoStack())("send", "DailyEvent", "--url", url, *arguments)  # type: ignore[arg-type]


def test_the_story_goes_to_the_stacks_endpoint_with_its_own_token(webhooks: Command, server: Receiver) -> None:
    told = webhooks.json("send")
    assert {request.path for request in server.requests} == {f"/hooks/{event_type}" for event_type in STORY}
    assert {request.headers["Authorization"] for request in server.requests} == {f"Bearer {TOKEN}"}
    assert [event["event_type"] for event in told["events"]] == list(STORY)
    ids = {request.headers["X-Directscale-Message-Id"] for request in server.requests}
    assert {event["message_id"] for event in told["events"]} == ids
    assert told["answers"] == [{"status": 200, "outcome": "accepted", "count": 6}]
    assert told["milliseconds"].keys() == {"p50", "p95", "p99"}


def test_the_token_is_one_that_is_accepted_today(webhooks: Command, server: Receiver) -> None:
    secret = TokenSecret.of(webhooks.stack)
    secret.change(added("second", "another"))
    secret.change(retired("first"))
    done = webhooks("send", "DailyEvent")
    assert server.requests[0].headers["Authorization"] == "Bearer another"
    assert "another" not in done.output


def test_without_an_accepted_token_the_next_step_is_told(webhooks: Command, server: Receiver) -> None:
    client = webhooks.stack.client("secretsmanager")
    client.put_secret_value(SecretId=webhooks.stack.outputs["TokensSecret"], SecretString="{}")
    assert "webhooks tokens add" in str(webhooks("send").exception)
    assert server.requests == []


def test_another_token_is_taken_from_the_option_or_the_environment(
    webhooks: Command, server: Receiver, monkeypatch: pytest.MonkeyPatch
) -> None:
    webhooks("send", "DailyEvent", "--token", "a!%$^@b")
    monkeypatch.setenv("WEBHOOKS_TOKEN", "from-outside")
    done = webhooks("send", "DailyEvent")
    sent = [request.headers["Authorization"] for request in server.requests]
    assert sent == ["Bearer a!%$^@b", "Bearer from-outside"]
    assert "from-outside" not in done.output


def test_a_url_needs_no_stack_but_a_token(server: Receiver) -> None:
    assert anywhere(f"{server.url}?a=1").exit_code == 2
    assert server.requests == []
    assert anywhere(f"{server.url}?a=1", "--token", "t").exit_code == 0
    assert [request.path for request in server.requests] == ["/hooks?a=1"]


def test_events_are_sent_in_order_and_duplicates_at_the_end(webhooks: Command) -> None:
    assert sent_ids(webhooks, "--count", "8") == [f"m-{number}" for number in range(1, 9)]
    ids = sent_ids(webhooks, "--count", "8", "--duplicates", "25")
    assert (len(ids), len(set(ids)), len(set(ids[:8])), len(set(ids[8:]))) == (10, 8, 8, 2)


def test_shuffled_they_are_sent_in_another_order(webhooks: Command, server: Receiver) -> None:
    arguments = ("--count", "40", "--duplicates", "25", "--shuffle", "--seed", "1")
    ids = sent_ids(webhooks, *arguments)
    assert (len(ids), len(set(ids))) == (50, 40)
    assert ids[:40] != [f"m-{number}" for number in range(1, 41)]
    assert len(set(ids[:40])) < 40, "duplicates come in between"
    bodies = {(request.headers["X-Directscale-Message-Id"], request.body) for request in server.requests}
    assert len(bodies) == 40, "a duplicate is the same to the byte"
    assert sent_ids(webhooks, *arguments) == ids


def sent_ids(webhooks: Command, *arguments: str) -> list[str]:
    """The message ids in the order of sending."""
    told = webhooks.json("send", "CreateOrderEvent", "--message-id", "m", *arguments)
    return [event["message_id"] for event in told["events"]]


def test_the_seed_is_told_and_repeats_a_run(webhooks: Command, server: Receiver) -> None:
    told = webhooks("send", "CreateOrderEvent").stderr
    webhooks("send", "CreateOrderEvent", "--seed", told.split("seed ")[1].split()[0])
    first, second = sent_fields(server)
    assert first["OrderNumber"] == second["OrderNumber"]


def test_a_body_is_read_from_a_file_or_stdin(webhooks: Command, server: Receiver, tmp_path: Path) -> None:
    file = tmp_path / "body.txt"
    file.write_bytes(b'{"EventType":"DailyEvent",}')
    webhooks("send", "--body", str(file))
    webhooks("send", "--body", "-", typed='{"b":2}')
    webhooks("send", "--body", str(file), "--set", "a=1", "--strict")
    assert [request.body for request in server.requests[:2]] == [b'{"EventType":"DailyEvent",}', b'{"b":2}']
    assert server.requests[0].path == "/hooks/DailyEvent"
    assert json.loads(server.requests[2].body) == {"EventType": "DailyEvent", "a": 1}


def test_what_may_not_be_meant_is_said_and_sent(webhooks: Command, server: Receiver) -> None:
    done = webhooks("send", "CreateOrderEvent", "RankAdvanced", "--set", "OrderNumer=1", "--set", "OrderNumber=abc")
    assert "RankAdvanced has no queue of its own in webhooks: it goes to CustomEvent" in done.stderr
    assert "did you mean OrderNumber?" in done.stderr
    assert "CreateOrderEvent: OrderNumber: Input should be a valid integer" in done.stderr
    assert [(fields["OrderNumer"], fields["OrderNumber"]) for fields in sent_fields(server)] == [(1, "abc")] * 2
    assert "no queue" not in webhooks("send", "CreateOrderEvent").stderr


@pytest.mark.parametrize(
    "arguments",
    [
        ["--set", "x"],
        ["--token", "a\nb"],
        ["--token", "é"],
        ["--message-id", " m"],
        ["--client", "a\tb"],
        ["--url", "example.com", "--token", "t"],
        ["--url", "ftp://example.com", "--token", "t"],
        ["--url", "http:///x", "--token", "t"],
        ["--body", "/nowhere/at/all"],
        ["--body", "-", "--set", "a=1"],
        ["--duplicates", "101"],
        ["--count", "-1"],
    ],
)
def test_wrong_use_sends_nothing(webhooks: Command, server: Receiver, arguments: list[str]) -> None:
    assert webhooks("send", "DailyEvent", *arguments, typed="hello").exit_code == 2
    assert server.requests == []


def test_what_is_not_answered_200_in_the_end_is_counted_and_fails() -> None:
    def answers(number: int) -> tuple[int, bytes]:
        return (401, b'{"status":"unauthorized","reason":"a [valid] token"}') if number % 2 else (200, b"{}")

    with receiver(answers) as server:
        done = anywhere(server.url, "--token", "t", "--count", "4")
    assert isinstance(done.exception, ToolFailed)
    assert str(done.exception) == "2 of 4 not answered 200: a [valid] token"
    assert "401 unauthorized" in done.stdout
    assert len(server.requests) == 4


def test_no_answer_says_why(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("webhooks_cli.commands.send.Sender", partial(Sender, pause=0.0))
    with receiver() as server:
        pass
    done = anywhere(server.url, "--token", "t")
    assert "refused" in str(done.exception)
    assert "no answer" in done.stdout
    assert "none came" in done.stdout
    assert "times" in done.stdout, "each try is counted"


def test_few_events_are_listed_for_a_person_and_many_only_counted(webhooks: Command, server: Receiver) -> None:
    few = webhooks("send", "DailyEvent", "--message-id", "mine", "--count", "20").stdout
    many = webhooks("send", "DailyEvent", "--message-id", "mine", "--count", "21").stdout
    assert ("mine-20" in few, "times" in few) == (True, False)
    assert ("mine" in many, "times" in many) == (False, True)
    assert len(server.requests) == 41


def test_ctrl_c_tells_how_far_it_came(monkeypatch: pytest.MonkeyPatch) -> None:
    with receiver() as server:
        monkeypatch.setattr("webhooks_cli.commands.send.AT_ONCE", 1)
        monkeypatch.setattr("rich.progress.Progress.advance", _interrupts_at(3))
        done = anywhere(server.url, "--token", "t", "--count", "10")
    assert done.exit_code == 130
    assert "interrupted: 3 of 10 were sent; --count 7 sends as many more" in done.stderr
    assert len(server.requests) == 3


def _interrupts_at(number: int) -> Any:
    calls = iter(range(1, number + 1))

    def advance(*_: object) -> None:
        if next(calls) == number:
            raise KeyboardInterrupt

    return advance


@pytest.mark.parametrize(("percent", "value"), [(50, 2), (75, 3), (76, 4), (99, 4), (1, 1)])
def test_a_percentile_is_the_smallest_value_that_so_many_do_not_exceed(percent: int, value: float) -> None:
    assert percentile([4, 2, 1, 3], percent) == value
    assert percentile([7], percent) == 7
