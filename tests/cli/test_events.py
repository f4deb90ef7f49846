"""`webhooks events`: the list, and the story of one event, as handlers that really ran leave it."""

import json
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest

from tests.cli.cli_env import ORDERS, CliEnv, cells, order
from tests.contract.account import ACCOUNT
from tests.unit.examples import event
from tests.unit.handler_env import saves
from webhooks.aws import clients
from webhooks.aws.handler import handler
from webhooks.aws.store import S3Store
from webhooks.event import EventKey
from webhooks.events.vendor import CreateOrderEvent
from webhooks.large_body import offload_large_body
from webhooks.policy import SCHEDULE
from webhooks.retries import DeadLetter, RetryLater
from webhooks.routing import Routing
from webhooks_cli.operations import event_types
from webhooks_cli.operations.checkout import Checkout

BODY = '{"OrderNumber": 1, "Note": "for Zoe"}'
BROKEN_MODEL = """
from webhooks.handlers import Event

class BonusEvent(Event):
    name: "NoSuchType"
    number: 5 = 1
"""


def test_events_are_listed_newest_first(cli_env: CliEnv) -> None:
    cli_env.accept(order("m-1"), order("m-2", minute=1))
    listed = cli_env.webhooks.json("events", "list")
    assert [each["message_id"] for each in listed] == ["m-2", "m-1"]
    assert listed[0] == {
        "received_at": "2026-11-24T11:01:00.0000000Z",
        "event_type": ORDERS,
        "client_id": "acme",
        "message_id": "m-2",
        "queue": ORDERS,
        "state": "unpublished",
        "failures": 0,
    }
    assert cells(cli_env.webhooks("events", "list").stdout)[1][2:] == ["acme", "unpublished", "0", "m-1"]


def test_by_default_a_day_is_listed(cli_env: CliEnv) -> None:
    cli_env.accept(order("m-1", received_at="2026-11-23T11:59:59.0000000Z"))
    assert "no such event since 2026-11-23T12:00:00Z" in cli_env.webhooks("events", "list").stderr
    assert len(cli_env.webhooks.json("events", "list", "--since", "2d")) == 1
    assert cli_env.webhooks.json("events", "list", "--since", "2d", "--until", "25h") == []


def test_the_hint_leads_to_the_next_page(cli_env: CliEnv) -> None:
    """Events of one moment are never divided."""
    minutes = (0, 1, 1, 1, 2, 3)
    cli_env.accept(*(order(f"m-{number}", minute) for number, minute in enumerate(minutes)))
    pages, arguments = [], ["events", "list", "--limit", "2"]
    for _ in range(3):
        result = cli_env.webhooks(*arguments, "--json")
        pages.append(sorted(each["message_id"] for each in json.loads(result.stdout)))
        hint = result.stderr.split()
        arguments = ["events", "list", "--limit", "2", *hint[-2:]]
    assert (pages, hint) == ([["m-4", "m-5"], ["m-1", "m-2", "m-3"], ["m-0"]], [])


def test_events_are_listed_by_state_type_and_client(cli_env: CliEnv) -> None:
    cli_env.publish(order("m-1"))
    cli_env.fail(ValueError())
    cli_env.accept(order("m-2"), event(key=EventKey("m-3", "other", "BonusEvent"), queue="CustomEvent"))
    listed = ["events", "list", "--since", "2021-01-01"]

    def ids(*arguments: str) -> set[str]:
        return {each["message_id"] for each in cli_env.webhooks.json(*listed, *arguments)}

    assert ids("--state", "failing") == {"m-1"}
    assert ids("--state", "failing", "--state", "unpublished") == {"m-1", "m-2", "m-3"}
    assert ids("--type", "BonusEvent") == {"m-3"}
    assert ids("--client", "acme") == {"m-1", "m-2"}
    assert "BonusEvent has no queue of its own" in cli_env.webhooks(*listed, "--type", "BonusEvent").stderr


@pytest.mark.parametrize("wrong", [["--since", "yesterday"], ["--until", "x"], ["--state", "done"], ["--limit", "0"]])
def test_wrong_usage_exits_with_2(wrong: list[str], cli_env: CliEnv) -> None:
    assert cli_env.webhooks("events", "list", *wrong).exit_code == 2


def test_the_story_of_a_handled_event(cli_env: CliEnv) -> None:
    """With the time and the records that its handler's run has stored."""
    cli_env.publish(order("m-1", body=BODY, user="zoe@example.com"))
    cli_env.fail(ValueError("no such customer: Zoe"))
    cli_env.clock.move_to("2026-11-24T12:00:13Z")
    cli_env.handlers.work(saves(CreateOrderEvent))
    rows = cells(cli_env.webhooks("events", "show", "m-1", "--reveal").stdout)
    assert [row[1:] for row in rows] == [
        ["received", "client acme, token first, user zoe@example.com"],
        ["published", "to the queue of CreateOrderEvent"],
        ["failed", "ValueError: no such customer: Zoe"],
        ["handled", ""],
        ["record", "ORDER#1 ORDER holds this event"],
        ["now", "done, and off its queue"],
        ["expires", ""],
    ]
    story = cli_env.story("m-1", "--reveal")
    assert (story["state"], story["handled_at"]) == ("handled", "2026-11-24T12:00:13.0000000Z")
    assert story["records"] == [{"pk": "ORDER#1", "sk": "ORDER", "status": "holds this event"}]
    assert (story["body"], story["failures"]) == ({"OrderNumber": 1, "Note": "for Zoe"}, 1)


def test_a_newer_event_of_the_record_is_named(cli_env: CliEnv) -> None:
    for number in (1, 2):
        cli_env.publish(order(f"m-{number}", event_date=f"2026-11-24T10:0{number}:00.0000000Z"))
    cli_env.handlers.work(saves(CreateOrderEvent))
    assert cli_env.story("m-1")["records"][0]["status"] == "holds a newer event: m-2"
    clients.dynamodb().delete_item(TableName="RecordsTable", Key={"pk": {"S": "ORDER#1"}, "sk": {"S": "ORDER"}})
    assert cli_env.story("m-1")["records"][0]["status"] == "does not exist any more"


def test_personal_data_is_masked_by_default(cli_env: CliEnv) -> None:
    cli_env.publish(order("m-1", body=BODY, user="zoe@example.com"))
    cli_env.fail(ValueError("no such customer: Zoe"))
    for more in ([], ["--json"]):
        printed = cli_env.webhooks("events", "show", "m-1", *more).stdout
        assert "zoe" not in printed.lower()
        assert "ValueError: ***" in printed
        assert '"***1": "***"' in printed
        assert "Note" not in printed


def test_one_of_several_events_can_be_chosen(cli_env: CliEnv) -> None:
    cli_env.accept(order("m-1"), event(key=EventKey("m-1", "other", ORDERS)))
    assert len(cli_env.webhooks.json("events", "show", "m-1")) == 2
    assert cli_env.story("m-1", "--client", "other")["client_id"] == "other"
    for wrong in (["m-2"], ["m-1", "--type", "DailyEvent"]):
        assert "the inbox has no such event" in cli_env.webhooks.failure("events", "show", *wrong)


def test_a_large_body_is_loaded(cli_env: CliEnv) -> None:
    large = event(json.dumps({"OrderNumber": 1, "Note": "x" * 300_000}))
    cli_env.publish(offload_large_body(large, S3Store(clients.s3, cli_env.handlers.bucket, ACCOUNT)))
    assert cli_env.story("m-1", "--reveal")["body"]["Note"] == "x" * 300_000


def test_an_expired_body_is_said_to_be(cli_env: CliEnv) -> None:
    large = event(body="", body_reference="bodies/expired")
    cli_env.publish(large)
    result = cli_env.webhooks("events", "show", "m-1")
    assert (result.exit_code, "S3 has deleted it" in result.stdout) == (0, True)
    story = cli_env.story("m-1")
    assert (story["body"], story["body_reference"]) == (None, "bodies/expired")


def test_senders_cannot_command_the_terminal(cli_env: CliEnv) -> None:
    body = r'{"OrderNumber": 1, "A": "\u001b[2J \u009b2J \ud800 [red]"}'
    cli_env.publish(event(body, EventKey("[/x]", "[b]", ORDERS)))
    cli_env.fail(ValueError("[/red]"))
    printed = cli_env.webhooks("events", "show", "[/x]", "--reveal").stdout
    assert r'"\u001b[2J \u009b2J \ud800 [red]"' in printed
    assert "client [b]" in printed
    assert "ValueError: [/red]" in printed


def test_an_event_goes_through_its_states(cli_env: CliEnv) -> None:
    def state() -> tuple[str, str]:
        story = cli_env.story()
        return story["state"], story["location"]

    cli_env.accept(order("m-1"))
    assert state() == ("unpublished", "on no queue yet: the relay publishes it within about a minute")
    cli_env.publish(order("m-1"))
    assert state()[0] == "waiting"
    cli_env.fail(ValueError())
    assert state() == ("failing", f"on the queue of CreateOrderEvent, to be retried at about {_noon_and(SCHEDULE[0])}")
    cli_env.clock.shift(SCHEDULE[0] + 1)
    cli_env.fail(RetryLater(600))
    assert state()[1].endswith("to be retried when its handler asked for it")
    cli_env.clock.move_to("2026-11-24T13:00:00Z")
    cli_env.fail(DeadLetter("no such customer"))
    assert state() == ("dead-letter", "among the dead letters of CreateOrderEvent until 2026-12-08T13:00:00Z")
    cli_env.clock.move_to("2026-12-08T13:00:01Z")
    assert state()[1].startswith("in the inbox only: its dead letter has expired")
    cli_env.handlers.publish(order("m-1"))
    cli_env.handle()
    assert state()[0] == "handled"
    cli_env.clock.shift(60)
    cli_env.handlers.publish(order("m-1"), replay="r-1 again")
    cli_env.fail(DeadLetter("no such customer"))
    assert state()[0] == "dead-letter", "a later failure counts more than an earlier run"


@pytest.mark.parametrize(
    "line",
    [
        "[ERROR] Runtime.ImportModuleError: Unable to import module 'app': No module named 'requests'",
        "[ERROR] Runtime.UserCodeSyntaxError: Syntax error in module 'app': invalid syntax (app.py, line 3)",
        "[ERROR] Runtime.HandlerNotFound: Handler 'handle' missing on module 'app'",
        '[ERROR] KeyError: 5\nTraceback (most recent call last):\n  File "/var/lang/x.py", line 88, in import_module\n',
        "[ERROR] Worker init failed: Traceback (most recent call last):",
    ],
)
def test_a_handler_that_cannot_start_is_shown(line: str, cli_env: CliEnv) -> None:
    cli_env.publish(order("m-1"))
    cli_env.logs.write(ORDERS, "2026-11-24 11:59:00.000", line)
    for more in ([], ["--json"]):
        printed = cli_env.webhooks("events", "show", "m-1", *more).stdout
        assert "could not start at 2026-11-24T11:59:00Z: see `webhooks logs --type CreateOrderEvent`" in printed
    assert [query["logGroupNames"] for query in cli_env.logs.queries] == [[f"/aws/lambda/webhooks-{ORDERS}"]] * 2


@pytest.mark.parametrize(
    ("at", "line"),
    [
        ("2026-11-24 10:59:59.000", "[ERROR] Runtime.ImportModuleError: before it was received"),
        ("2026-11-24 11:59:00.000", "[ERROR] no error of Lambda's"),
        ("2026-11-24 11:59:00.000", "what a handler prints of Runtime.ImportModuleError"),
    ],
)
def test_other_lines_are_no_failed_starts(at: str, line: str, cli_env: CliEnv) -> None:
    cli_env.publish(order("m-1"))
    cli_env.logs.write(ORDERS, at, line)
    assert "could not start" not in cli_env.story()["location"]


def test_a_failed_start_before_a_redrive_is_past(cli_env: CliEnv) -> None:
    cli_env.give_up("m-1")
    assert cli_env.webhooks("dead-letters", "redrive", "--yes").exit_code == 0
    cli_env.logs.write(ORDERS, "2026-11-24 11:59:00.000", "[ERROR] Runtime.ImportModuleError: x")
    assert cli_env.story()["location"].startswith("on the queue of CreateOrderEvent, or handled")


def test_logs_are_searched_for_waiting_events_alone(cli_env: CliEnv) -> None:
    cli_env.publish(order("m-1"))
    cli_env.handle()
    assert (cli_env.story()["state"], cli_env.logs.queries) == ("handled", [])


def test_logs_that_cannot_be_read_fail_no_story(cli_env: CliEnv) -> None:
    cli_env.publish(order("m-1"))
    cli_env.logs.ends_as = "Timeout"
    assert cli_env.story()["state"] == "waiting"
    cli_env.logs.allowed = False
    assert cli_env.story()["state"] == "waiting"


def test_a_killed_run_is_not_a_finished_one(cli_env: CliEnv, monkeypatch: pytest.MonkeyPatch) -> None:
    @handler(CreateOrderEvent)
    def handle(_: CreateOrderEvent) -> None:
        raise KeyboardInterrupt

    monkeypatch.setattr(
        "webhooks.aws.once._Attempt", lambda call: call
    )  # as a process that dies: nothing is cleaned up
    cli_env.publish(order("m-1"))
    with pytest.raises(KeyboardInterrupt):
        cli_env.handlers.work(handle)
    assert cli_env.story()["state"] == "waiting"


def test_a_run_without_data_is_a_finished_one(cli_env: CliEnv) -> None:
    """As handlers stored it before version 1.0."""
    cli_env.publish(order("m-1"))
    cli_env.fail(ValueError())
    cli_env.clock.shift(SCHEDULE[0] + 1)
    cli_env.handle()
    (run,) = cli_env.handlers.runs()
    clients.dynamodb().put_item(TableName="OnceTable", Item=run | {"data": {"S": "null"}})
    assert (cli_env.story()["state"], cli_env.story()["handled_at"]) == ("handled", "")


def test_a_removed_queues_event_may_be_handled(cli_env: CliEnv) -> None:
    cli_env.publish(order("m-1"))
    cli_env.handle()
    vars(cli_env.stack)["event_types"] = ("CustomEvent",)
    vars(cli_env.stack)["routing"] = Routing.parse("CustomEvent")
    assert cli_env.story()["state"] == "handled"


@pytest.mark.parametrize("again", [[], ["--again"]])
def test_an_event_replayed_while_failing_is_handled(cli_env: CliEnv, again: list[str]) -> None:
    """Its first message is still on the queue: until its retry is due, that is said, and afterwards no retry is."""
    cli_env.publish(order("m-1"))
    cli_env.fail(ValueError())
    cli_env.clock.shift(SCHEDULE[0] + 1)
    cli_env.fail(ValueError())
    cli_env.empty_queues()
    name = cli_env.webhooks.json("replay", "m-1", *again, "--yes")["name"]
    story = cli_env.story()
    assert [each["name"] for each in story["replays"]] == [name]
    cli_env.clock.shift(1)
    cli_env.handle()
    story = cli_env.story()
    assert (story["state"], story["handled_at"][:19]) == ("handled", _noon_and(SCHEDULE[0] + 2)[:19])
    assert _noon_and(SCHEDULE[0] + 1 + SCHEDULE[1]) in story["location"]
    steps = [row[1:] for row in cells(cli_env.webhooks("events", "show", "m-1").stdout)]
    assert ["replayed", name] in steps
    assert [row[0] for row in steps].count("handled") == 1
    (listed,) = cli_env.webhooks.json("events", "list", "--state", "handled")
    assert listed["message_id"] == "m-1"
    cli_env.clock.move_to("2026-11-24T14:00:00Z")
    assert cli_env.story()["location"] == "done, and off its queue"


def test_second_runs_are_shown(cli_env: CliEnv) -> None:
    cli_env.publish(order("m-1"))
    cli_env.handle()
    cli_env.clock.shift(60)
    name = cli_env.webhooks.json("replay", "m-1", "--again", "--yes")["name"]
    cli_env.clock.shift(60)
    cli_env.handle()
    steps = [row[1:] for row in cells(cli_env.webhooks("events", "show", "m-1").stdout)]
    assert steps[2:5] == [["handled", ""], ["replayed", name], ["handled", f"by {name}"]]
    assert [each["handled_at"][:16] for each in cli_env.story()["replays"]] == ["2026-11-24T12:02"]


def test_a_retry_that_is_overdue_is_not_announced(cli_env: CliEnv) -> None:
    cli_env.publish(order("m-1"))
    cli_env.fail(ValueError())
    cli_env.clock.move_to("2026-11-24T13:00:00Z")
    location = cli_env.story()["location"]
    assert "to be retried" not in location
    assert f"was due at about {_noon_and(SCHEDULE[0])}" in location


def test_deaths_of_the_handler_are_shown(cli_env: CliEnv) -> None:
    cli_env.publish(order("m-1"))
    clients.dynamodb().update_item(
        TableName="InboxTable",
        Key={"message_id": {"S": "m-1"}, "client_and_type": {"S": f"acme {ORDERS}"}},
        UpdateExpression="SET deaths = :two",
        ExpressionAttributeValues={":two": {"N": "2"}},
    )
    assert cli_env.story()["deaths"] == 2
    assert "2 times" in cli_env.webhooks("events", "show", "m-1").stdout


@pytest.mark.parametrize(
    "app",
    ["raise SystemExit(3)", "import none_such", "print('on stdout')\nraise BaseException", "(", "\0", BROKEN_MODEL],
)
def test_no_local_file_fails_a_story(
    cli_env: CliEnv, app: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    folder = tmp_path / "functions" / "handlers" / "BonusEvent"
    folder.mkdir(parents=True)
    (folder / "app.py").write_text(app)
    (folder / "sample.json").write_text("[")
    (folder.parent / "types.yaml").write_text("\0: [")
    (tmp_path / "template.yaml").write_text("[")
    (tmp_path / "samconfig.toml").write_text("[")
    (tmp_path / ".local").write_text("not a folder")
    monkeypatch.setattr(Checkout, "find", lambda: Checkout(tmp_path))
    event_types._own_model.cache_clear()  # noqa: SLF001 - each test has other folders
    cli_env.accept(event('{"Name": "zoe"}', EventKey("m-1", "acme", "BonusEvent"), queue="CustomEvent"))
    for more in ([], ["--json"], ["--reveal"]):
        result = cli_env.webhooks("events", "show", "m-1", *more)
        assert (result.exit_code, "zoe" in result.stdout) == (0, more == ["--reveal"])
        assert "on stdout" not in result.stdout


def test_amounts_are_shown_to_the_digit(cli_env: CliEnv) -> None:
    amounts = (
        '"OrderNumber": 1, "OrderTotal": 12345678901234567.89, "Rate": 20.10, "Huge": 1e400, "Long": ' + "9" * 5000
    )
    cli_env.publish(order("m-1", body=f"{{{amounts}}}"))
    for more in ([], ["--json"]):
        printed = cli_env.webhooks("events", "show", "m-1", "--reveal", *more).stdout
        for each in amounts.split(", "):
            assert each in printed
    payment = EventKey("m-2", "acme", "CreateOrderPaymentEvent")
    cli_env.accept(event('{"Amount": 20.10, "Rate": 1.0}', payment, queue="CustomEvent"))
    assert '"Amount": 20.10' in cli_env.webhooks("events", "show", "m-2").stdout


def test_message_ids_can_be_copied_at_80_columns(cli_env: CliEnv, monkeypatch: pytest.MonkeyPatch) -> None:
    """An id that would be wrapped is the end of a plain line."""
    long = "collision:" + "a1" * 32
    monkeypatch.setattr("webhooks_cli.output.out.width", 80)
    cli_env.accept(order(long), order("m-1", minute=1))
    lines = cli_env.webhooks("events", "list").stdout.splitlines()
    assert [line.split()[-1] for line in lines] == ["m-1", long]
    cli_env.give_up("g" * 100)
    printed = cli_env.webhooks("dead-letters", "list", "--type", ORDERS).stdout
    assert [line.split()[-1] for line in printed.splitlines()] == ["g" * 100]


@pytest.mark.parametrize(
    "arguments",
    [
        "events list --type CreateOrderEvnt",
        "events list --type createorderevent",
        "replay --type CreateOrderEvnt --yes",
        "dead-letters list --type CreateOrderEvnt",
        "dead-letters redrive CreateOrderEvnt --yes",
        "logs --type CreateOrderEvnt",
        "send CreateOrderEvnt",
        "send --count 0",
        "pause CreateOrderEvnt",
        "resume CreateOrderEvnt",
        "sample CreateOrderEvnt",
        "schema CreateOrderEvnt",
        "retire CreateOrderEvnt --yes",
    ],
)
def test_what_was_mistyped_is_wrong_usage(cli_env: CliEnv, arguments: str) -> None:
    result = cli_env.webhooks(*arguments.split())
    assert result.exit_code == 2, (result.output, result.exception)
    assert "--count" in arguments or "CreateOrderEvent?" in result.output.replace("\n", "")


def test_a_type_that_only_looks_mistyped_is_found(cli_env: CliEnv) -> None:
    cli_env.accept(event(key=EventKey("m-1", "acme", "CreateOrderEvents"), queue="CustomEvent"))
    listed = cli_env.webhooks.json("events", "list", "--since", "2021-01-01", "--type", "CreateOrderEvents")
    assert [each["message_id"] for each in listed] == ["m-1"]


def _noon_and(seconds: int) -> str:
    """The moment so long after the noon of these tests, as the story has it."""
    return f"{datetime(2026, 11, 24, 12, tzinfo=UTC) + timedelta(seconds=seconds):%Y-%m-%dT%H:%M:%SZ}"
