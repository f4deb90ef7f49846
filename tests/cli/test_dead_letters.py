"""`webhooks dead-letters`: looking, redriving and discarding never lose a dead letter, whatever happens."""

import json
import signal
from typing import Any, Never

import pytest

from tests.cli.cli_env import ORDERS, RETENTION, TYPES, CliEnv, order
from tests.cli.test_scale import put_trouble
from tests.unit.examples import event
from webhooks.aws import clients
from webhooks.aws.inbox_table import new_item
from webhooks.aws.once_table import DEAD, GIVE_UP
from webhooks.event import EventKey
from webhooks.policy import SCHEDULE
from webhooks.retries import DeadLetter
from webhooks_cli.operations import dead_letter_queue
from webhooks_cli.operations.dead_letter_queue import Sweep
from webhooks_cli.operations.dead_letters import MOVED_BY_SQS, NOT_RECORDED

ALL = [f"m-{number}" for number in range(12)]


def test_they_are_counted_by_type_and_reason(cli_env: CliEnv) -> None:
    cli_env.give_up("m-1", "m-2")
    cli_env.give_up("m-3", reason="no such [customer]")
    cli_env.put_dead_letter("CustomEvent", Reason="no such order")
    recorded = [(ORDERS, "no such order", 2), (ORDERS, "no such [customer]", 1)]
    for option, expected in (([], recorded), (["--queue"], [*recorded, ("CustomEvent", "no such order", 1)])):
        counted = cli_env.webhooks.json("dead-letters", "list", "--reveal", *option)
        assert [(group["event_type"], group["reason"], group["number"]) for group in counted] == expected
        assert "no such [customer]" in cli_env.webhooks("dead-letters", "list", "--reveal", *option).stdout
        masked = cli_env.webhooks.json("dead-letters", "list", *option)
        assert [(group["reason"], group["number"]) for group in masked] == [("***", 3), ("***", 1)][: len(expected) - 1]


@pytest.mark.parametrize("option", [[], ["--queue"]])
def test_a_types_dead_letters_are_listed_singly(option: list[str], cli_env: CliEnv) -> None:
    cli_env.give_up("m-1")
    (row,) = cli_env.webhooks.json("dead-letters", "list", ORDERS, "--reveal", *option)
    assert row.items() >= {"message_id": "m-1", "client_id": "acme", "failures": 1, "reason": "no such order"}.items()
    assert "m-1" in cli_env.webhooks("dead-letters", "list", ORDERS, *option).stdout


def test_a_type_without_queue_uses_custom_events(cli_env: CliEnv) -> None:
    ids = {"ClientId": "acme", "ReceivedAt": "2026-11-24T12:00:00.0000000Z"}
    cli_env.put_dead_letter("CustomEvent", MessageId="m-1", EventType="Foo", **ids)
    cli_env.put_dead_letter("CustomEvent", MessageId="m-2", EventType="Bar", **ids)
    foo = EventKey("m-3", "acme", "Foo")
    put_trouble(clients.dynamodb(), event(key=foo, queue="CustomEvent"), "CustomEvent", GIVE_UP, DEAD)
    cli_env.store(event(key=foo, queue="CustomEvent"))
    for option, found in (([], ["m-3"]), (["--queue"], ["m-1"])):
        listed = cli_env.webhooks.json("dead-letters", "list", "Foo", *option)
        assert [row["message_id"] for row in listed] == found
    assert len(cli_env.webhooks.json("dead-letters", "list", "CustomEvent", "--queue")) == 2


@pytest.mark.parametrize("queue", [[], ["--queue"]])
def test_they_are_chosen_by_id_and_reason(queue: list[str], cli_env: CliEnv) -> None:
    cli_env.give_up("m-1", "m-2")
    cli_env.give_up("m-3", reason="no such customer")
    for options, found in {
        "--id m-2 --id m-3": {"m-2", "m-3"},
        "--error CUSTOMER": {"m-3"},
        "--error such --id m-1": {"m-1"},
        "--error unlike": set(),
    }.items():
        rows = cli_env.webhooks.json("dead-letters", "list", ORDERS, *options.split(), *queue)
        assert {row["message_id"] for row in rows} == found
    assert len(cli_env.webhooks.json("dead-letters", "list", ORDERS, "--limit", "2", *queue)) == 2
    why = cli_env.webhooks.failure("dead-letters", "show", "--id", "m-9", *queue)
    assert ("the id m-9" in why, "--queue" in why) == (True, not queue)


def test_a_message_without_an_event_has_sqs_id(cli_env: CliEnv) -> None:
    cli_env.put_dead_letter(ORDERS)
    (row,) = cli_env.webhooks.json("dead-letters", "list", ORDERS, "--queue")
    (shown,) = cli_env.webhooks.json("dead-letters", "show", "--queue", "--id", row["sqs_id"])
    assert (row["message_id"], shown["body"]) == (None, {})
    assert cli_env.webhooks.json("dead-letters", "show", "--queue", "--reveal")[0]["body"] == {}


@pytest.mark.parametrize("command", [["list"], ["list", ORDERS], ["list", "--id", "m-1"], ["show"]])
def test_looking_hides_none_from_others(command: list[str], cli_env: CliEnv) -> None:
    cli_env.give_up(*ALL)
    received: list[str] = []
    cli_env.on("before-call.sqs.ReceiveMessage", lambda: received.append("a message"))
    assert cli_env.webhooks.json("dead-letters", *command)
    assert received == []


@pytest.mark.parametrize("again", [[], ["--again"]])
def test_one_handled_since_is_none(again: list[str], cli_env: CliEnv) -> None:
    """By a replay, which leaves its dead letter in the queue. Lists of events agree."""
    cli_env.give_up("m-1", "m-2")
    cli_env.clock.shift(60)
    assert cli_env.webhooks("replay", "m-1", *again, "--yes").exit_code == 0
    cli_env.handle()
    result = cli_env.webhooks("dead-letters", "list", ORDERS, "--json")
    assert [row["message_id"] for row in json.loads(result.stdout)] == ["m-2"]
    assert "about 1 more only in the queue of CreateOrderEvent" in result.stderr
    assert [row["message_id"] for row in cli_env.webhooks.json("events", "list", "--state", "dead-letter")] == ["m-2"]


def test_more_in_the_queue_are_mentioned(cli_env: CliEnv) -> None:
    """Those that SQS moved, and those that are no events."""
    cli_env.give_up("m-1", "m-2")
    assert "more" not in cli_env.webhooks("dead-letters", "list").stderr
    cli_env.let_sqs_give_up("m-3")
    cli_env.put_dead_letter("CustomEvent")
    for choice, said in {
        (): "about 2 more only in the queue of CreateOrderEvent, CustomEvent",
        (ORDERS,): "about 1 more only in the queue of CreateOrderEvent: ",
        ("--error", "customer"): "about 2 more",
        ("UpdateAssociateEvent",): "no dead letters",
        ("--id", "m-1"): "",
        ("--limit", "1"): "",
    }.items():
        stderr = cli_env.webhooks("dead-letters", "list", *choice).stderr
        assert said in stderr
        assert bool(said) == bool(stderr)


def test_fewer_in_the_queue_are_mentioned(cli_env: CliEnv) -> None:
    cli_env.give_up("m-1")
    clients.sqs().purge_queue(QueueUrl=cli_env.stack.dead_letters_url(ORDERS))
    stderr = cli_env.webhooks("dead-letters", "list").stderr
    assert stderr.startswith("about 1 not in the queue of CreateOrderEvent: sent back or deleted without `webhooks`")


def test_expired_ones_are_mentioned(cli_env: CliEnv) -> None:
    cli_env.give_up("m-1")
    cli_env.clock.shift(15 * 24 * 3600)
    clients.sqs().purge_queue(QueueUrl=cli_env.stack.dead_letters_url(ORDERS))
    result = cli_env.webhooks("dead-letters", "list", ORDERS, "--json")
    assert [row["message_id"] for row in json.loads(result.stdout)] == ["m-1"]
    assert "1 have expired in their queue: `webhooks replay` sends them again" in result.stderr


def test_a_reason_may_be_missing(cli_env: CliEnv) -> None:
    """If the handler could not record its failure, but that it gave up."""
    cli_env.store(order("m-1"))
    put_trouble(clients.dynamodb(), order("m-1"), ORDERS, GIVE_UP, DEAD)
    (row,) = cli_env.webhooks.json("dead-letters", "list", ORDERS)
    assert row["reason"] == NOT_RECORDED


def test_a_1_0_stack_is_asked_by_queue(cli_env: CliEnv) -> None:
    """Before it is upgraded it has no index of events in trouble."""
    vars(cli_env.stack)["sharded_until"] = "9999"
    cli_env.put_dead_letter(ORDERS, Reason="no such order")
    (row,) = cli_env.webhooks.json("dead-letters", "list", ORDERS, "--reveal")
    assert row["reason"] == "no such order"


def test_many_take_few_calls(cli_env: CliEnv) -> None:
    events = [order(f"m-{number}") for number in range(300)]
    client = cli_env.stack.client("dynamodb")
    for each in events:
        item = new_item(each, "a-request", "first", RETENTION)
        client.put_item(TableName="InboxTable", Item=item)
        put_trouble(client, each, ORDERS, GIVE_UP, DEAD)
    calls: list[object] = []
    for service in ("dynamodb", "sqs"):
        cli_env.stack.client(service).meta.events.register("before-call", lambda **_: calls.append(1))
    (group,) = cli_env.webhooks.json("dead-letters", "list")
    assert group["number"] == len(events)
    assert len(calls) <= 10 + len(TYPES) + 4 * len(events) // 100


@pytest.mark.parametrize("queue", [[], ["--queue"]])
def test_looking_leaves_everything_visible(queue: list[str], cli_env: CliEnv) -> None:
    assert "no dead letters" in cli_env.webhooks("dead-letters", "list", *queue).stderr
    cli_env.give_up(*ALL)
    before = cli_env.everything()
    cli_env.webhooks.json("dead-letters", "list", ORDERS, *queue)
    cli_env.webhooks.json("dead-letters", "list", "--limit", "5", *queue)
    assert cli_env.everything() == before
    assert all(letter.visible for letter in cli_env.dead_letters())


def test_ctrl_c_leaves_everything_visible(cli_env: CliEnv, monkeypatch: pytest.MonkeyPatch) -> None:
    cli_env.give_up(*ALL)

    def interrupted(*_: Any) -> Never:
        assert sum(letter.visible for letter in cli_env.dead_letters()) == 2
        raise KeyboardInterrupt

    monkeypatch.setattr("webhooks_cli.operations.dead_letters.Groups.add", interrupted)
    result = cli_env.webhooks("dead-letters", "list", "--queue")
    assert (result.exit_code, result.stdout) == (130, "")
    assert "nothing was changed" in result.stderr
    assert all(letter.visible for letter in cli_env.dead_letters())


def test_hidden_ones_are_mentioned(cli_env: CliEnv) -> None:
    cli_env.give_up("m-1", "m-2")
    clients.sqs().receive_message(QueueUrl=cli_env.stack.dead_letters_url(ORDERS), MaxNumberOfMessages=1)
    result = cli_env.webhooks("dead-letters", "list", ORDERS, "--id", "m-9", "--queue")
    assert result.exit_code == 1
    assert "SQS counts about 2 dead letters there, but returned 1" in result.stderr


def test_in_a_long_pass_each_comes_once(cli_env: CliEnv, monkeypatch: pytest.MonkeyPatch) -> None:
    """Hidden again in time; otherwise the first would come again before the last has come."""
    monkeypatch.setattr(dead_letter_queue, "_SECONDS_BETWEEN_CHECKS", 0)
    monkeypatch.setattr(dead_letter_queue, "_SECONDS_LEFT", dead_letter_queue.HIDDEN_SECONDS + 1)
    cli_env.give_up(*(f"m-{number}" for number in range(25)))
    seen: list[str] = []
    with Sweep(clients.sqs(), ORDERS, cli_env.stack.dead_letters_url(ORDERS)) as sweep:
        for letters in sweep:
            seen += [letter.id for letter in letters]
            cli_env.clock.shift(dead_letter_queue.HIDDEN_SECONDS * 0.6)
    assert (len(seen), len(set(seen))) == (25, 25)


@pytest.mark.parametrize("queue", [[], ["--queue"]])
def test_personal_data_is_masked_by_default(queue: list[str], cli_env: CliEnv) -> None:
    cli_env.publish(event(body='{"OrderNumber":1,"Note":"Zoe"}', user="zoe@example.com"))
    for pause in (*SCHEDULE, 0):
        cli_env.fail(KeyError("Zoe"))
        cli_env.clock.shift(pause + 1)
    shown = cli_env.webhooks("dead-letters", "show", *queue).stdout
    assert "KeyError: ***" in shown
    assert '"OrderNumber": 1' in shown
    assert "oe" not in shown
    (revealed,) = cli_env.webhooks.json("dead-letters", "show", "--reveal", *queue)
    assert (revealed["user"], revealed["reason"]) == ("zoe@example.com", "KeyError: 'Zoe'")


def test_the_products_own_reasons_are_shown(cli_env: CliEnv) -> None:
    reasons = {"does not fit its model: OrderNumber: Input should be a valid integer", MOVED_BY_SQS}
    for reason in reasons:
        cli_env.put_dead_letter(ORDERS, Reason=reason)
    assert {row["reason"] for row in cli_env.webhooks.json("dead-letters", "show", "--queue")} == reasons


def test_a_redriven_one_is_as_before_it_failed(cli_env: CliEnv) -> None:
    cli_env.publish(order("m-1"))
    (before,) = cli_env.waiting()
    cli_env.fail(DeadLetter("no such order"))
    result = cli_env.webhooks("dead-letters", "redrive", "--yes")
    assert (result.exit_code, result.stdout) == (0, "")
    assert "1 dead letter sent back" in result.stderr
    assert (cli_env.dead_letters(), cli_env.waiting()) == ([], [before])
    assert cli_env.story()["state"] == "waiting"
    assert cli_env.handle() == ["m-1"]
    assert cli_env.story()["state"] == "handled"


def test_other_messages_are_redriven_too(cli_env: CliEnv) -> None:
    """Those that SQS moved, and those that are no events of ours."""
    cli_env.let_sqs_give_up("m-1")
    cli_env.put_dead_letter("CustomEvent", group="them", Reason="not a message of ingest or relay", Colour="blue")
    (row,) = cli_env.webhooks.json("dead-letters", "list", ORDERS, "--queue")
    assert (row["reason"], row["failures"]) == (MOVED_BY_SQS, None)
    assert cli_env.webhooks("dead-letters", "redrive", "--yes").exit_code == 0
    assert [message.id for message in cli_env.waiting()] == ["m-1"]
    (message,) = cli_env.waiting("CustomEvent")
    assert (message.body, message.attributes, message.group) == ("{}", {"Colour": "blue"}, "them")


def test_only_the_chosen_are_redriven(cli_env: CliEnv) -> None:
    cli_env.give_up("m-1", "m-2")
    cli_env.give_up("m-3", reason="no such customer")
    done = cli_env.webhooks.json("dead-letters", "redrive", ORDERS, "--error", "order", "--limit", "1", "--yes")
    assert done == {"chosen": 1, "done": 1, "refused": 0, "undeleted": 0}
    cli_env.webhooks("dead-letters", "redrive", "--id", "m-3", "--yes")
    assert (len(cli_env.waiting()), len(cli_env.dead_letters())) == (2, 1)
    assert {each.id for each in (*cli_env.waiting(), *cli_env.dead_letters())} == {"m-1", "m-2", "m-3"}


def test_one_is_always_in_at_least_one_queue(cli_env: CliEnv) -> None:
    cli_env.give_up(*ALL)
    looks: list[int] = []

    def look() -> None:
        looks.append(len({each.id for each in (*cli_env.dead_letters(), *cli_env.waiting())}))

    cli_env.on("before-call.sqs", look)
    cli_env.webhooks("dead-letters", "redrive", "--yes")
    assert set(looks) == {len(ALL)}
    assert sorted(message.id for message in cli_env.waiting()) == sorted(ALL)


def test_a_killed_redrive_is_repeated_safely(cli_env: CliEnv, monkeypatch: pytest.MonkeyPatch) -> None:
    cli_env.give_up(*ALL)

    def killed(*_: object) -> Never:
        raise SystemExit(137)

    with monkeypatch.context() as patch:
        patch.setattr(Sweep, "delete", killed)
        patch.setattr(Sweep, "__exit__", lambda *_: None)
        assert cli_env.webhooks("dead-letters", "redrive", "--yes").exit_code == 137
    assert (len(cli_env.dead_letters()), len(cli_env.waiting())) == (12, 10)
    cli_env.clock.shift(60)
    cli_env.webhooks("dead-letters", "redrive", "--yes")
    assert (len(cli_env.dead_letters()), len(cli_env.waiting())) == (0, 22)
    assert cli_env.handle() == sorted(ALL)


def test_ctrl_c_waits_for_the_batch(cli_env: CliEnv) -> None:
    cli_env.give_up(*ALL)
    cli_env.on("before-call.sqs.SendMessageBatch", lambda: signal.raise_signal(signal.SIGINT))
    result = cli_env.webhooks("dead-letters", "redrive", "--yes")
    assert result.exit_code == 130
    assert "stopped: 10 dead letters sent back; run it again for the others" in result.stderr
    assert [letter.visible for letter in cli_env.dead_letters()] == [True] * 2


@pytest.mark.parametrize(
    ("operation", "waiting", "said"),
    [("SendMessageBatch", 11, "1 dead letter left"), ("DeleteMessageBatch", 12, "1 not deleted here")],
)
def test_what_sqs_refuses_stays_a_dead_letter(cli_env: CliEnv, operation: str, waiting: int, said: str) -> None:
    cli_env.give_up(*ALL)
    cli_env.refuse(operation, {"7"})
    result = cli_env.webhooks("dead-letters", "redrive", "--yes")
    assert result.exit_code == 1
    assert said in result.stderr
    assert [letter.visible for letter in cli_env.dead_letters()] == [True]
    assert len(cli_env.waiting()) == waiting


def test_one_that_fails_again_is_left(cli_env: CliEnv) -> None:
    """Otherwise the command would redrive for ever what always fails."""
    cli_env.give_up("m-1", "m-2")
    cli_env.on("after-call.sqs.SendMessageBatch", lambda: cli_env.fail(DeadLetter("still none")))
    result = cli_env.webhooks("dead-letters", "redrive", "--yes")
    assert (result.exit_code, cli_env.waiting()) == (1, [])
    assert "2 dead letters left: they have failed again" in result.stderr
    assert {letter.attributes["Reason"] for letter in cli_env.dead_letters()} == {"still none"}


@pytest.mark.parametrize("change", ["redrive", "discard"])
def test_a_dry_run_and_a_no_change_nothing(cli_env: CliEnv, change: str) -> None:
    cli_env.give_up(*ALL)
    before = cli_env.everything()
    for options, typed in ((["--dry-run", "--yes"], None), ([], "n\n"), ([], None)):
        result = cli_env.webhooks("dead-letters", change, ORDERS, *options, typed=typed)
        assert (result.exit_code, "12 " in result.stderr) == (0 if options else 1, True)
        assert cli_env.everything() == before
    (group,) = cli_env.webhooks.json("dead-letters", change, ORDERS, "--dry-run")
    assert (group["reason"], group["number"]) == ("***", 12)


def test_a_yes_is_obeyed(cli_env: CliEnv) -> None:
    cli_env.give_up("m-1", "m-2")
    assert "Send 2 dead letters back" in cli_env.webhooks("dead-letters", "redrive", typed="y\n").stderr
    assert (len(cli_env.dead_letters()), len(cli_env.waiting())) == (0, 2)


def test_large_ones_fit_into_batches(cli_env: CliEnv) -> None:
    for number in range(6):
        cli_env.handlers.put(json.dumps("x" * 200_000), MessageId=f"m-{number}", ClientId="acme")
    cli_env.fail(DeadLetter("unused"))
    assert cli_env.webhooks("dead-letters", "redrive", "--yes").exit_code == 0
    assert (len(cli_env.dead_letters()), len(cli_env.waiting())) == (0, 6)


def test_a_discarded_one_stays_in_the_inbox(cli_env: CliEnv) -> None:
    cli_env.give_up("m-1", "m-2")
    result = cli_env.webhooks("dead-letters", "discard", "--id", "m-1", "--yes")
    assert (result.exit_code, result.stdout) == (0, "")
    assert ([letter.id for letter in cli_env.dead_letters()], cli_env.waiting()) == (["m-2"], [])
    assert [cli_env.story(each)["state"] for each in ("m-1", "m-2")] == ["discarded", "dead-letter"]
    assert "its dead letter was discarded" in cli_env.story("m-1")["location"]


def test_an_expired_event_is_discarded_without_a_trace(cli_env: CliEnv) -> None:
    ids = {"MessageId": "m-1", "ClientId": "acme", "EventType": ORDERS, "ReceivedAt": "2026-11-24T12:00:00.0000000Z"}
    cli_env.put_dead_letter(ORDERS, **ids)
    cli_env.put_dead_letter(ORDERS)
    assert cli_env.webhooks.json("dead-letters", "discard", ORDERS, "--yes")["done"] == 2
    assert cli_env.everything() == ([], [], [])


def test_discarding_everything_needs_a_choice(cli_env: CliEnv) -> None:
    cli_env.give_up("m-1")
    assert cli_env.webhooks("dead-letters", "discard", "--yes").exit_code == 2
    assert len(cli_env.dead_letters()) == 1
