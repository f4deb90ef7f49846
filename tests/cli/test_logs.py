"""`webhooks logs`: the functions' log lines in order of time."""

import ast
import json
import logging
import re
import sys
from datetime import UTC, datetime
from typing import Any, TextIO, cast

import pytest

from tests.cli.cli_env import CliEnv, order
from tests.unit.examples import ROOT
from webhooks.aws.log import logger
from webhooks.errors import Refused
from webhooks_cli.operations.log_line import MESSAGES
from webhooks_cli.operations.logs import field_pattern

KEY = {"message_id": "m-1", "event_type": "CreateOrderEvent", "client_id": "acme"}
IDS = KEY | {"correlation_id": "m-1 acme CreateOrderEvent"}
ACCEPTED = {"message": "accepted", "service": "ingest", "location": "_report:56", **IDS, "published": True}
TRACEBACK = 'Traceback (most recent call last):\n  File "/var/task/app.py", line 3, in handle\n    x[name]\n    ~^^^^^^'
HANDLED = {"message": "handled", "service": "CreateOrderEvent", "sqs_message_id": "m-9", **IDS}


def _begins(cli_env: CliEnv) -> list[str]:
    return [datetime.fromtimestamp(query["startTime"], UTC).isoformat()[:16] for query in cli_env.logs.queries]


def test_the_lines_of_one_event_are_shown(cli_env: CliEnv) -> None:
    """In order of time, and of one moment that of ingest first."""
    logs = cli_env.logs
    logs.write("CreateOrderEvent", "2026-11-24 11:59:00.000", HANDLED)
    logs.write("ingest", "2026-11-24 11:59:00.000", ACCEPTED)
    logs.write("ingest", "2026-11-24 11:59:01.000", ACCEPTED | {"message_id": "m-10"})
    logs.write("ingest", "2026-11-24 11:59:01.000", {"message": "accepted", "sqs_message_id": "m-1"})
    assert cli_env.webhooks("logs", "--id", "m-1").stdout.splitlines() == [
        "2026-11-24T11:59:00.000Z  ingest  accepted  m-1 acme CreateOrderEvent  published=true",
        "2026-11-24T11:59:00.000Z  CreateOrderEvent  handled  m-1 acme CreateOrderEvent",
    ]


def test_the_time_of_a_line_is_its_own(cli_env: CliEnv) -> None:
    """Not when Insights took it in."""
    cli_env.logs.write("CreateOrderEvent", "2026-11-24 11:59:00.000", HANDLED)
    cli_env.logs.write("ingest", "2026-11-24 11:59:01.000", ACCEPTED | {"timestamp": "2026-11-24 11:58:59,123+0000"})
    printed = cli_env.webhooks("logs").stdout.splitlines()
    assert [line[:24] for line in printed] == ["2026-11-24T11:58:59.123Z", "2026-11-24T11:59:00.000Z"]


def test_scripts_get_every_field(cli_env: CliEnv) -> None:
    cli_env.logs.write("CreateOrderEvent", "2026-11-24 11:59:00.000", HANDLED | {"stack": ["a", "b"]})
    (line,) = cli_env.webhooks("logs", "--json").stdout.splitlines()
    shown = json.loads(line)
    assert shown.pop("stack") == ["a", "b"]
    assert shown.items() >= {"at": "2026-11-24T11:59:00.000Z", "function": "CreateOrderEvent", **HANDLED}.items()


def _shown(cli_env: CliEnv, line: str | dict[str, Any], *arguments: str) -> str:
    """What is printed of a line of a handler, after time and function."""
    cli_env.logs.write("CreateOrderEvent", "2026-11-24 11:59:00.000", line)
    printed = cli_env.webhooks("logs", *arguments).stdout.removesuffix("\n")
    return printed.removeprefix("2026-11-24T11:59:00.000Z  CreateOrderEvent  ")


@pytest.mark.parametrize(
    "text",
    [
        "2026-11-24T11:59:00.000Z 6f5e2b0c Task timed out after 30.03 seconds",
        "RequestId: 6f5e2b0c Error: Runtime exited with error: signal: killed",
        "[ERROR] Runtime.ImportModuleError: Unable to import module 'app': No module named 'requests'",
        TRACEBACK,
    ],
)
def test_lambdas_own_words_are_shown(text: str, cli_env: CliEnv) -> None:
    assert _shown(cli_env, text) == text


@pytest.mark.parametrize(
    "text",
    ["START RequestId: 1", "REPORT RequestId: 1\tDuration: 1 ms", "INIT_START Runtime Version: 1", '{"_aws":{},"a":1}'],
)
def test_what_every_run_logs_is_left_out(text: str, cli_env: CliEnv) -> None:
    assert _shown(cli_env, text) == ""


@pytest.mark.parametrize(
    ("line", "masked"),
    [
        ("zoe@example.com\x1b[2J", "***"),
        ('{"customer": "zoe@example.com"}', "***"),
        ("[WARNING]\t2026-11-24T11:59:00.000Z\t6f5e2b0c\tzoe", "[WARNING]\t2026-11-24T11:59:00.000Z\t6f5e2b0c\t***"),
        (
            f"[ERROR] KeyError: 'zoe'\n{TRACEBACK}\nKeyError: 'zoe'\nzoe\nzoe",
            f"[ERROR] KeyError: ***\n{TRACEBACK}\nKeyError: ***\n***",
        ),
        (HANDLED | {"message": "saved zoe", "cause": "zoe"}, "***  m-1 acme CreateOrderEvent  cause=***"),
        (HANDLED | {"customer": {"name": "zoe"}}, "handled  m-1 acme CreateOrderEvent  customer=***"),
    ],
)
def test_words_of_handlers_need_reveal(line: str | dict[str, Any], masked: str, cli_env: CliEnv) -> None:
    assert _shown(cli_env, line) == masked.replace("\t", "  ")
    assert "zoe" not in cli_env.webhooks("logs", "--json").stdout
    result = cli_env.webhooks("logs", "--reveal")
    assert ("zoe" in result.stdout, "\x1b" in result.stdout, result.stderr) == (True, False, "")


def test_the_products_own_lines_are_shown() -> None:
    """Each message that its sources log, as far as it is written there."""
    calls = (
        node
        for source in [*ROOT.glob("layers/core/**/*.py"), *ROOT.glob("functions/*/app.py")]
        for node in ast.walk(ast.parse(source.read_text()))
        if isinstance(node, ast.Call) and ast.unparse(node.func).startswith("logger.") and node.args
    )
    words = (part.value for call in calls for part in ast.walk(call.args[0]) if isinstance(part, ast.Constant))
    logged = {*words, *(refused.outcome for refused in Refused.__subclasses__())}
    assert logged <= MESSAGES


def test_a_type_is_searched_where_it_is_handled(cli_env: CliEnv) -> None:
    """With what its handler prints, which names no type."""
    cli_env.logs.write("CreateOrderEvent", "2026-11-24 11:59:00.000", HANDLED)
    cli_env.logs.write("CreateOrderEvent", "2026-11-24 11:59:00.000", "printed")
    cli_env.logs.write("CustomEvent", "2026-11-24 11:59:01.000", HANDLED | {"event_type": "BonusEvent"})
    cli_env.logs.write("CustomEvent", "2026-11-24 11:59:01.000", "of another type, perhaps")
    for event_type, number in (("CreateOrderEvent", 2), ("BonusEvent", 1), ("CustomEvent", 2)):
        assert len(cli_env.webhooks("logs", "--type", event_type).stdout.splitlines()) == number


@pytest.mark.parametrize("event_type", ["ÄrendeEvent", "注文", "Bonus\u202e", 'a"é', "🎁"])
def test_a_type_outside_ascii_is_found(event_type: str, cli_env: CliEnv) -> None:
    """As Powertools writes it into the log, which is not escaped."""
    cli_env.logs.write("CustomEvent", "2026-11-24 11:59:00.000", HANDLED | {"event_type": event_type})
    (line,) = cli_env.webhooks("logs", "--type", event_type, "--json").stdout.splitlines()
    assert json.loads(line)["event_type"] == event_type


def test_the_log_has_texts_as_they_are(capsys: pytest.CaptureFixture[str]) -> None:
    """Otherwise the patterns would find nothing."""
    handler = cast("logging.StreamHandler[TextIO]", logger.registered_handler)
    before = handler.setStream(sys.stdout)
    logger.warning("accepted", event_type="注文")
    handler.setStream(before or sys.stdout)
    assert re.search(field_pattern("event_type", "注文"), capsys.readouterr().out)


@pytest.mark.parametrize("message_id", ['a"b', "a/b", "a.b", "a|b", "a\\b", "(a"])
def test_an_id_is_no_pattern(message_id: str, cli_env: CliEnv) -> None:
    for each in (message_id, "aXb"):
        cli_env.logs.write("ingest", "2026-11-24 11:59:00.000", ACCEPTED | {"message_id": each})
    (line,) = cli_env.webhooks("logs", "--id", message_id, "--json").stdout.splitlines()
    assert json.loads(line)["message_id"] == message_id


@pytest.mark.parametrize(
    ("arguments", "begin"),
    [
        ([], "2026-11-24T11:00"),
        (["--id", "m-1"], "2026-11-20T08:00"),
        (["--id", "m-1", "--since", "2h"], "2026-11-24T10:00"),
        (["--id", "never-came"], "2026-11-24T11:00"),
    ],
)
def test_a_search_begins_with_the_event(arguments: list[str], begin: str, cli_env: CliEnv) -> None:
    cli_env.accept(order("m-1", received_at="2026-11-20T08:00:00.0000000Z"))
    result = cli_env.webhooks("logs", *arguments)
    assert _begins(cli_env) == [begin]
    assert (result.stdout, "no such line since" in result.stderr) == ("", True)


def test_the_last_lines_are_shown(cli_env: CliEnv) -> None:
    for second in range(5):
        cli_env.logs.write("ingest", f"2026-11-24 11:59:0{second}.000", ACCEPTED)
    result = cli_env.webhooks("logs", "--limit", "2")
    assert [line[17:19] for line in result.stdout.splitlines()] == ["03", "04"]
    assert "these are the last 2" in result.stderr
    assert "these are the last" not in cli_env.webhooks("logs", "--limit", "6").stderr


def test_many_functions_take_several_queries(cli_env: CliEnv) -> None:
    vars(cli_env.stack)["event_types"] = tuple(f"Type{number}Event" for number in range(60))
    cli_env.logs.write("ingest", "2026-11-24 11:59:00.000", ACCEPTED)
    cli_env.logs.write("Type59Event", "2026-11-24 11:59:01.000", HANDLED)
    assert len(cli_env.webhooks("logs").stdout.splitlines()) == 2


def test_followed_lines_come_once(cli_env: CliEnv, monkeypatch: pytest.MonkeyPatch) -> None:
    later = iter(["2026-11-24 11:59:30.000", "2026-11-24 11:59:29.000"])

    def wait(seconds: float) -> None:
        if seconds < 1:
            return  # for Insights
        for at in later:
            cli_env.logs.write("CreateOrderEvent", at, HANDLED)
            return
        raise KeyboardInterrupt

    monkeypatch.setattr("time.sleep", wait)
    cli_env.logs.write("ingest", "2026-11-24 11:59:20.000", ACCEPTED)
    result = cli_env.webhooks("logs", "--follow", "--since", "2h")
    assert [line[17:19] for line in result.stdout.splitlines()] == ["20", "30", "29"]
    assert (result.exit_code, _begins(cli_env)[1:]) == (130, ["2026-11-24T11:59"] * 2)


def test_a_failed_query_says_what_may_help(cli_env: CliEnv) -> None:
    cli_env.logs.ends_as = "Timeout"
    assert "a shorter span of time may help" in cli_env.webhooks.failure("logs")
