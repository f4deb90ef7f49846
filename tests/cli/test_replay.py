"""`webhooks replay`: which events are sent again, and that a stopped replay goes on where it was."""

import itertools
import re
import signal
import tracemalloc
from collections import Counter
from pathlib import Path
from typing import Any

import pytest

from tests.cli.cli_env import ORDERS, CliEnv, order
from tests.contract.account import ACCOUNT
from tests.unit.examples import event
from webhooks.aws import clients
from webhooks.aws.queues import SqsQueues
from webhooks.aws.store import S3Store
from webhooks.event import EventKey
from webhooks.routing import Routing
from webhooks_cli.operations.inbox import Inbox
from webhooks_cli.operations.large_bodies import LargeBodies
from webhooks_cli.operations.replays import Pace, Replay, resend
from webhooks_cli.operations.stored_event import Runs

TEN = [order(f"m-{number}", minute=number) for number in range(10)]
# Twelve in each minute: a replay is stopped among events of one moment.
MANY = [order(f"m-{number:02}", minute=number // 12) for number in range(24)]
MANY_IDS = [each.key.message_id for each in MANY]


@pytest.fixture(autouse=True)
def replays(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """Where replays are stored."""
    monkeypatch.setattr("webhooks_cli.operations.replays.folder", lambda: tmp_path)
    return tmp_path


class Clock:
    """Time that passes only in sleep."""

    def __init__(self) -> None:
        self.now = 0.0
        self.pauses: list[float] = []

    def sleep(self, seconds: float) -> None:
        self.now += seconds
        self.pauses.append(seconds)

    def monotonic(self) -> float:
        return self.now


@pytest.fixture
def clock(monkeypatch: pytest.MonkeyPatch) -> Clock:
    """The clock of a replay."""
    clock = Clock()
    monkeypatch.setattr("webhooks_cli.operations.replays.time", clock)
    return clock


def sent(cli_env: CliEnv, event_type: str = ORDERS) -> list[str]:
    """The message ids on a queue, in order."""
    return [message.id for message in cli_env.waiting(event_type)]


def test_events_are_sent_in_order_of_arrival(cli_env: CliEnv) -> None:
    cli_env.store(*reversed(TEN))
    done = cli_env.webhooks.json("replay", "--type", ORDERS, "--since", "2026-11-24T11:03", "--yes")
    assert (done["sent"], done["unpublished"], done["number"]) == (7, 0, 7)
    assert sent(cli_env) == [f"m-{number}" for number in range(3, 10)]
    message = cli_env.waiting()[0]
    assert (message.body, message.attributes["Replay"]) == ('{"OrderNumber":1}', done["name"])


def test_they_are_selected_as_they_are_listed(cli_env: CliEnv) -> None:
    foreign = event(key=EventKey("m-x", "other", "Foo"), queue="CustomEvent", received_at=TEN[5].received_at)
    cli_env.store(*TEN, foreign)
    for options, found in {
        "--since 2026-11-24T11:05 --until 2026-11-24T11:07": ["m-5", "m-6", "m-x"],
        "--type Foo": ["m-x"],
        "--client other": ["m-x"],
        "--since 2h --limit 3": ["m-0", "m-1", "m-2"],
        "--state handled": [],
        "m-3 m-2 m-3": ["m-2", "m-3"],
    }.items():
        cli_env.empty_queues()
        assert cli_env.webhooks("replay", "--yes", *options.split()).exit_code == 0
        assert sent(cli_env) + sent(cli_env, "CustomEvent") == found


def test_an_unknown_id_sends_nothing(cli_env: CliEnv) -> None:
    cli_env.store(*TEN)
    assert "the inbox has no event m-x" in cli_env.webhooks.failure("replay", "m-3", "m-x", "--yes")
    assert not sent(cli_env)


def test_events_must_be_chosen_in_one_way(cli_env: CliEnv) -> None:
    cli_env.store(*TEN)
    for options in ("", "m-1 --type CreateOrderEvent", "--resume r-1 m-1", "--resume r-1 --again"):
        assert cli_env.webhooks("replay", *options.split(), "--yes").exit_code == 2
    assert not sent(cli_env)


def test_handled_events_run_again_only_with_again(cli_env: CliEnv) -> None:
    cli_env.store(*TEN[:2])
    cli_env.webhooks("replay", "--type", ORDERS, "--yes")
    assert cli_env.handle() == ["m-0", "m-1"]
    cli_env.webhooks("replay", "--type", ORDERS, "--yes")
    assert cli_env.handle() == []
    name = cli_env.webhooks.json("replay", "--type", ORDERS, "--again", "--yes")["name"]
    assert cli_env.handle() == [f"m-0 {name}", f"m-1 {name}"]


@pytest.mark.parametrize("state", ["dead-letter", "discarded"])
def test_events_that_were_given_up_are_replayed(cli_env: CliEnv, state: str) -> None:
    cli_env.give_up("m-1", "m-2")
    if state == "discarded":
        cli_env.webhooks("dead-letters", "discard", ORDERS, "--yes")
    cli_env.webhooks("replay", "--state", state, "--yes")
    assert cli_env.handle() == ["m-1", "m-2"]


def test_the_question_counts_handled_events(cli_env: CliEnv, monkeypatch: pytest.MonkeyPatch) -> None:
    cli_env.store(*TEN)
    cli_env.webhooks("replay", "m-1", "m-2", "--yes")
    cli_env.handle()
    asked = cli_env.webhooks("replay", "--type", ORDERS, typed="n\n").stderr
    assert "10 events, 2 of them handled before; those that were handled are dropped" in asked
    assert "are handled again" in cli_env.webhooks("replay", "--type", ORDERS, "--again", typed="n\n").stderr
    monkeypatch.setattr("webhooks_cli.operations.replays._FEW", 9)
    counted = cli_env.webhooks.json("replay", "--type", ORDERS, "--dry-run")
    assert counted == {"number": 10, "handled": None, "again": False}, "only the index is counted"


def test_a_dry_run_and_a_no_change_nothing(cli_env: CliEnv, replays: Path) -> None:
    assert "0 events" in cli_env.webhooks("replay", "--type", ORDERS).stderr
    cli_env.store(*TEN)
    before = cli_env.everything()
    for options, typed in ((["--dry-run", "--yes"], None), ([], "n\n"), ([], None)):
        result = cli_env.webhooks("replay", "--type", ORDERS, *options, typed=typed)
        assert (result.exit_code, "10 events" in result.stderr) == (0 if options else 1, True)
        assert (cli_env.everything(), list(replays.iterdir())) == (before, [])


def test_unpublished_events_are_left_to_the_relay(cli_env: CliEnv) -> None:
    reference = S3Store(clients.s3, cli_env.handlers.bucket, ACCOUNT).store_body("{}")
    cli_env.store(order("m-0", body="", body_reference=reference))
    cli_env.accept(*TEN[5:])
    result = cli_env.webhooks("replay", "--type", ORDERS, "--yes")
    assert "5 are not published yet" in result.stderr
    (message,) = cli_env.waiting()
    assert message.attributes["BodyReference"] == reference


def test_events_without_their_body_are_left_out(cli_env: CliEnv) -> None:
    """S3 has deleted it: their handler could only fail."""
    cli_env.store(order("m-0", body="", body_reference="bodies/expired"), order("m-1", minute=1))
    assert "1 cannot be sent" in cli_env.webhooks.failure("replay", "--type", ORDERS, "--yes")
    assert sent(cli_env) == ["m-1"]


@pytest.mark.parametrize("chosen", [["--type", ORDERS], MANY_IDS], ids=["selected", "named"])
def test_a_killed_replay_repeats_one_batch(
    cli_env: CliEnv, replays: Path, monkeypatch: pytest.MonkeyPatch, chosen: list[str]
) -> None:
    """And each event is handled once."""

    class _Killed(BaseException):
        pass

    cli_env.store(*MANY)
    save, calls = Replay.save, itertools.count()

    def killed(replay: Replay) -> None:
        if next(calls) == 2:  # it is saved once before the first batch
            raise _Killed
        save(replay)

    with monkeypatch.context() as patch:
        patch.setattr(Replay, "save", killed)
        with pytest.raises(_Killed):
            cli_env.webhooks("replay", *chosen, "--again", "--yes")
    assert len(cli_env.waiting()) == 20
    (name,) = [path.stem for path in replays.iterdir()]
    done = cli_env.webhooks.json("replay", "--resume", name, "--yes")
    assert done == {"name": name, "number": 24, "sent": 24, "unpublished": 0, "expired": 0}
    counted = Counter(sent(cli_env))
    assert (sorted(counted), counted.total()) == (MANY_IDS, 34)
    assert cli_env.handle() == [f"{each} {name}" for each in MANY_IDS]


def test_ctrl_c_tells_how_to_resume(cli_env: CliEnv) -> None:
    cli_env.store(*MANY)
    presses = iter([signal.SIGINT])

    def press() -> None:
        for each in presses:
            signal.raise_signal(each)

    cli_env.on("after-call.sqs.SendMessageBatch", press)
    result = cli_env.webhooks("replay", "--type", ORDERS, "--limit", "23", "--yes")
    assert result.exit_code == 130
    printed = " ".join(result.stderr.split())
    (name,) = re.findall(r"stopped: 10 of 23 events are sent; continue with `webhooks replay --resume (\S+)`", printed)
    asked = cli_env.webhooks("replay", "--resume", name, typed="y\n").stderr
    assert "Send 13 events to their handlers again?" in asked
    assert len(set(sent(cli_env))) == len(sent(cli_env)) == 23
    assert "0 events" in cli_env.webhooks("replay", "--resume", name).stderr


def test_a_refused_event_is_sent_until_taken(cli_env: CliEnv, clock: Clock) -> None:
    cli_env.store(*MANY)
    cli_env.refuse("SendMessageBatch", {"3", "7"}, {"1"})
    assert cli_env.webhooks("replay", "--type", ORDERS, "--yes").exit_code == 0
    assert (sorted(sent(cli_env)), clock.pauses) == (MANY_IDS, [1, 2])


@pytest.mark.usefixtures("clock")
def test_a_full_queue_stops_the_replay(cli_env: CliEnv) -> None:
    cli_env.store(*MANY)
    cli_env.refuse("SendMessageBatch", set(), {"3"}, {"0"}, {"0"}, {"0"})
    failure = cli_env.webhooks.failure("replay", "--type", ORDERS, "--yes")
    (name,) = re.findall(r"does not take events: later, continue with .* --resume (\S+)`", failure)
    cli_env.webhooks("replay", "--resume", name, "--yes")
    assert cli_env.handle() == MANY_IDS


def test_the_rate_is_respected(cli_env: CliEnv, clock: Clock) -> None:
    cli_env.store(*MANY)
    times: list[float] = []
    cli_env.on("before-call.sqs.SendMessageBatch", lambda: times.append(clock.now))
    cli_env.webhooks("replay", "--type", ORDERS, "--rate", "5", "--yes")
    assert times == [0, 1, 2, 3, 4]


def test_only_a_replay_of_this_stack_is_resumed(cli_env: CliEnv, replays: Path) -> None:
    Replay(name="r-1", queue="https://sqs.eu-west-1.amazonaws.com/1/live-events-CustomEvent").save()
    (replays / "r-2.json").write_text('{"name": "r-2"')
    for name, why in {
        "r-1": "r-1 replays events of another stack",
        "r-2": "r-2.json cannot be read",
        "/etc/passwd": "there is no replay /etc/passwd; there are: r-1, r-2",
    }.items():
        assert why in cli_env.webhooks.failure("replay", "--resume", name, "--yes")
    assert not sent(cli_env)


class Tables:
    """DynamoDB with any number of events in the inbox, generated on request, and no runs."""

    def __init__(self, number: int) -> None:
        self._number = number

    def query(self, **request: Any) -> dict[str, Any]:
        """A page of the type's index entries."""
        page = range(request.get("ExclusiveStartKey", 0), self._number)[: request["Limit"]]
        after = page[-1] + 1 if page else self._number
        more = {"LastEvaluatedKey": after} if after < self._number else {}
        return {"Items": [_item(number) for number in page], **more}

    def batch_get_item(self, RequestItems: dict[str, Any]) -> dict[str, Any]:  # noqa: N803 - boto3's name
        """The events asked for."""
        ((table, request),) = RequestItems.items()
        keys = request["Keys"] if table == "inbox" else []
        return {"Responses": {table: [_item(int(key["message_id"]["S"])) for key in keys]}, "UnprocessedKeys": {}}

    def update_item(self, **_: Any) -> None:
        """Note a replay: nothing is stored."""


class Queues:
    """SQS that takes everything and stores nothing."""

    def send_message_batch(self, Entries: list[dict[str, Any]], **_: Any) -> dict[str, Any]:  # noqa: N803 - boto3's name
        """Take a batch."""
        return {"Successful": [{"Id": entry["Id"]} for entry in Entries]}


def test_memory_does_not_grow_with_the_events() -> None:
    """Of two measurements the smaller one: a table of the interpreter's own that grows meanwhile takes megabytes."""
    _peak(100)
    assert min(_peak(3000), _peak(3000)) < 1.1 * _peak(1000)


def _peak(number: int) -> int:
    """The most memory that a replay of so many events uses, in bytes."""
    client, replay = Tables(number), Replay(name="r-1", queue="-", event_type=ORDERS)
    inbox = Inbox(client, "inbox", Runs(client, "once"), Routing.parse(ORDERS))
    queues = SqsQueues(Queues(), {ORDERS: "https://sqs/orders"})  # type: ignore[arg-type]
    tracemalloc.start()
    resend(replay, inbox, queues, LargeBodies(None, {}), Pace(0))
    _, peak = tracemalloc.get_traced_memory()
    tracemalloc.stop()
    assert replay.sent == number
    return peak


def _item(number: int) -> dict[str, Any]:
    texts = {
        "message_id": f"{number}",
        "client_and_type": f"acme {ORDERS}",
        "received_at": f"2026-11-24T{number // 3600:02}:{number // 60 % 60:02}:{number % 60:02}.0000000Z",
        "type_shard": ORDERS,
        "body": '{"OrderNumber":1,"Note":"' + 2000 * "x" + '"}',
    }
    return {name: {"S": text} for name, text in texts.items()} | {"expires_at": {"N": "1830000000"}}
