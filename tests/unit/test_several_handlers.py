"""An event that several handlers take: which ones, how each gets it, and what one's failure is to the others."""

from collections.abc import Iterator
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
import time_machine

from tests.contract.account import (
    DEAD_LETTERS_URL_PREFIX,
    QUEUE_URL_PREFIX,
    account,
    aws,
    create_queues,
    create_table,
    receive,
)
from tests.contract.hooks import refuse_entries, refuse_trouble, requests
from tests.unit.endpoint import ORDER, Endpoint, deploy
from tests.unit.examples import CONTEXT, Context, batch, event, order
from tests.unit.functions import load
from tests.unit.handler_env import HandlerEnv
from tests.unit.output import Output
from webhooks.aws import clients
from webhooks.aws.inbox import DynamoInbox
from webhooks.aws.inbox_table import event_of
from webhooks.dates import timestamp
from webhooks.event import EventKey
from webhooks.handlers import CreateOrderEvent, CustomEvent, DeadLetter, Event, FinalizeOrderEvent, handler
from webhooks.policy import RELAY_TIMEOUT, SCHEDULE
from webhooks.routing import Routing

NAMES = ("CreateOrderEvent", "OrderMailing", "Archive", "CustomEvent")
TAKES = "OrderMailing=CreateOrderEvent, OrderMailing=FinalizeOrderEvent,Archive=*"

# ---- which handlers


@pytest.mark.parametrize(
    ("event_type", "handlers"),
    [
        ("CreateOrderEvent", ("CreateOrderEvent", "OrderMailing", "Archive")),
        ("FinalizeOrderEvent", ("CustomEvent", "OrderMailing", "Archive")),
        ("A client's own", ("CustomEvent", "Archive")),
        ("OrderMailing", ("CustomEvent", "Archive")),  # no sender may name it
        ("CustomEvent", ("CustomEvent", "Archive")),
    ],
)
def test_a_type_reaches_own_and_further_handlers(event_type: str, handlers: tuple[str, ...]) -> None:
    routing = Routing.parse(",".join(NAMES), TAKES)
    assert (routing.own(event_type), *routing.others(event_type)) == handlers
    assert all(routing.takes(name, event_type) == (name in handlers) for name in NAMES)


@pytest.mark.parametrize(
    ("takes", "event_type", "handlers"),
    [
        ("", "CreateOrderEvent", ("CreateOrderEvent",)),
        ("Retired=CreateOrderEvent", "CreateOrderEvent", ("CreateOrderEvent",)),
        ("Archive=*,Archive=CreateOrderEvent", "CreateOrderEvent", ("CreateOrderEvent", "Archive")),
        ("CreateOrderEvent=Other", "CreateOrderEvent", ("CustomEvent",)),
        ("CreateOrderEvent=Other,CreateOrderEvent=CreateOrderEvent", "Other", ("CustomEvent", "CreateOrderEvent")),
        ("CreateOrderEvent=Other,CreateOrderEvent=CreateOrderEvent", "CreateOrderEvent", ("CreateOrderEvent",)),
        ("CustomEvent=CreateOrderEvent", "CreateOrderEvent", ("CreateOrderEvent", "CustomEvent")),
        ("CustomEvent=CreateOrderEvent", "Other", ("CustomEvent",)),
    ],
)
def test_what_is_stated_decides_and_nothing_twice(takes: str, event_type: str, handlers: tuple[str, ...]) -> None:
    routing = Routing.parse(",".join(NAMES), takes)
    assert (routing.own(event_type), *routing.others(event_type)) == handlers


# ---- ingest


@pytest.fixture
def endpoint(monkeypatch: pytest.MonkeyPatch) -> Iterator[Endpoint]:
    with account():
        yield deploy(monkeypatch, *NAMES, takes=TAKES)


def test_each_handler_gets_the_event(endpoint: Endpoint) -> None:
    assert endpoint.post()["statusCode"] == 200
    assert [endpoint.published(name) for name in NAMES] == [[ORDER], [ORDER], [ORDER], []]
    (item,) = endpoint.items()
    assert "unpublished_shard" not in item
    assert sorted(event_of(item).handlers) == ["Archive", "CreateOrderEvent", "OrderMailing"]


def test_a_handler_alone_is_not_stored(endpoint: Endpoint, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("TAKES", "OrderMailing=FinalizeOrderEvent")
    endpoint.post()
    assert "handlers" not in endpoint.items()[0]


@pytest.mark.parametrize("down", ["CreateOrderEvent", "OrderMailing", "Archive"])
def test_a_queue_that_is_down_stays_pending(endpoint: Endpoint, output: Output, down: str) -> None:
    endpoint.stop_queue(down)
    context = Context(29_000)
    endpoint.app.handle(endpoint.request(), context)
    assert [endpoint.published(name) for name in NAMES[:3] if name != down] == [[ORDER], [ORDER]]
    (item,) = endpoint.items()
    assert ("unpublished_shard" in item, item["pending"]) == (True, {"SS": [down]})
    assert output.metrics("service=ingest") == [{"Accepted": 1, "PublishDeferred": 1}]


def test_if_no_queue_takes_it_nothing_is_noted(endpoint: Endpoint) -> None:
    for name in NAMES[:3]:
        endpoint.stop_queue(name)
    updates = requests(clients.dynamodb(), "UpdateItem")
    endpoint.post()
    assert (updates, "pending" in endpoint.items()[0]) == ([], False)


# ---- the relay


@pytest.fixture
def relay(account: None, clock: time_machine.Traveller, monkeypatch: pytest.MonkeyPatch) -> Any:  # noqa: ARG001
    create_table("InboxTable")
    create_table("OnceTable")
    monkeypatch.setenv("INBOX_TABLE", "InboxTable")
    monkeypatch.setenv("ONCE_TABLE", "OnceTable")
    monkeypatch.setenv("EVENT_TYPES", ",".join(create_queues(*NAMES)))
    monkeypatch.setenv("TAKES", TAKES)
    monkeypatch.setenv("QUEUE_URL_PREFIX", QUEUE_URL_PREFIX)
    monkeypatch.setenv("DEAD_LETTERS_URL_PREFIX", DEAD_LETTERS_URL_PREFIX)
    return load("relay")


def _accept(
    number: int,
    *others: str,
    pending: tuple[str, ...] = (),
    queue: str = "CreateOrderEvent",
    event_type: str = "CreateOrderEvent",
) -> None:
    received_at = timestamp(datetime.now(UTC) - timedelta(seconds=100))
    accepted = replace(order(number, received_at=received_at, queue=queue), others=others)
    accepted = replace(accepted, key=replace(accepted.key, event_type=event_type))
    inbox = DynamoInbox(aws("dynamodb"), "InboxTable", timedelta(days=35))
    inbox.claim(accepted, "me")
    if pending:
        inbox.mark_published(accepted, pending)


def _run(app: Any) -> None:
    app.handle({}, Context(RELAY_TIMEOUT * 1000))


def _published(name: str) -> list[str]:
    return [record["messageAttributes"]["MessageId"]["stringValue"] for record in receive(QUEUE_URL_PREFIX + name)]


def _left() -> list[tuple[str, list[str]]]:
    """The unpublished events, and the handlers that each is known not to have reached."""
    items = aws("dynamodb").scan(TableName="InboxTable")["Items"]
    unpublished = (item for item in items if "unpublished_shard" in item)
    return [(item["message_id"]["S"], sorted(item.get("pending", {"SS": []})["SS"])) for item in unpublished]


def test_the_relay_sends_what_is_missing_only(relay: Any) -> None:
    _accept(1, "OrderMailing", "Archive")
    _accept(2, "OrderMailing", "Archive", pending=("Archive",))
    _accept(3)
    _run(relay)
    assert [sorted(_published(name)) for name in NAMES] == [["m-1", "m-3"], ["m-1"], ["m-1", "m-2"], []]
    assert _left() == []
    assert not any("pending" in item for item in aws("dynamodb").scan(TableName="InboxTable")["Items"])


def test_an_unreachable_queue_does_not_flood_the_others(relay: Any) -> None:
    aws("sqs").delete_queue(QueueUrl=f"{QUEUE_URL_PREFIX}Archive")
    _accept(1, "OrderMailing", "Archive")
    _accept(2, "OrderMailing", "Archive", pending=("Archive",))
    updates = requests(clients.dynamodb(), "BatchExecuteStatement")
    for _ in range(3):
        _run(relay)
    assert [_published(name) for name in NAMES[:2]] == [["m-1"], ["m-1"]]
    assert _left() == [("m-1", ["Archive"]), ("m-2", ["Archive"])]
    assert len(updates) == 1, "what is known already is not written again"


def test_each_batchs_entries_have_own_results(relay: Any) -> None:
    _accept(1, "Archive")
    _accept(2, "Archive")
    refuse_entries(clients.sqs(), "m-2")
    _run(relay)
    assert ([_published(name) for name in ("CreateOrderEvent", "Archive")], _left()) == ([["m-1"]] * 2, [("m-2", [])])


def test_a_retired_handler_leaves_nothing_unpublished(relay: Any) -> None:
    _accept(1, "Retired")
    _accept(2, "Retired", pending=("Retired",))
    _run(relay)
    assert [sorted(_published(name)) for name in NAMES] == [["m-1"], ["m-1", "m-2"], ["m-1", "m-2"], []]
    assert _left() == []


def test_a_retired_handlers_events_are_rerouted(relay: Any, monkeypatch: pytest.MonkeyPatch) -> None:
    """What an event has reached is not repeated."""
    monkeypatch.setenv("RETIRED", "OldEvent@2026-11-24T11:00:00Z,Other@2026-11-24T11:00:00Z")
    _accept(1, queue="OldEvent", event_type="OldEvent")
    _accept(2, "Archive", queue="OldEvent", event_type="OldEvent", pending=("OldEvent",))
    _accept(3, "Archive", queue="OldEvent", event_type="OldEvent", pending=("Archive",))
    _run(relay)
    assert [sorted(_published(name)) for name in NAMES] == [[], [], ["m-1", "m-3"], ["m-1", "m-2"]]
    assert _left() == []
    items = {item["message_id"]["S"]: event_of(item) for item in aws("dynamodb").scan(TableName="InboxTable")["Items"]}
    assert set(items["m-1"].handlers) == {"OldEvent", "Archive", "CustomEvent"}
    assert set(items["m-3"].handlers) == {"OldEvent", "Archive"}


def test_a_retired_handler_gets_its_accepted_events(relay: Any, monkeypatch: pytest.MonkeyPatch) -> None:
    """As long as it has a queue: a deployment deletes that when nothing is left for it."""
    create_queues("OldEvent")
    monkeypatch.setenv("EVENT_TYPES", ",".join((*NAMES, "OldEvent")))
    monkeypatch.setenv("RETIRED", "OldEvent@2026-11-24T11:00:00Z")
    _accept(1, queue="OldEvent", event_type="OldEvent")
    _run(relay)
    assert (_published("OldEvent"), _published("CustomEvent"), _left()) == (["m-1"], [], [])


def test_a_successor_that_is_down_stays_pending(relay: Any) -> None:
    aws("sqs").delete_queue(QueueUrl=f"{QUEUE_URL_PREFIX}CustomEvent")
    _accept(1, queue="OldEvent", event_type="OldEvent")
    _run(relay)
    assert (_published("Archive"), _left()) == (["m-1"], [("m-1", ["CustomEvent"])])
    create_queues("CustomEvent")
    _run(relay)
    assert (_published("Archive"), _published("CustomEvent"), _left()) == ([], ["m-1"], [])


def test_nothing_new_goes_to_a_retired_handler(endpoint: Endpoint, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("RETIRED", "CreateOrderEvent@2026-11-24T11:00:00Z")
    endpoint.post()
    assert [endpoint.published(name) for name in NAMES] == [[], [ORDER], [ORDER], [ORDER]]


# ---- a handler's own state


def test_trouble_lasts_until_the_event_is_handled(handler_env: HandlerEnv, clock: time_machine.Traveller) -> None:
    answers = iter([ValueError(), None])

    @handler(CreateOrderEvent)
    def handle(_: CreateOrderEvent) -> None:
        if error := next(answers):
            raise error

    handler_env.accept(event(), order(2))
    (first, other) = handler_env.batch()["Records"]
    handle({"Records": [first]}, CONTEXT)
    assert [item["trouble"]["S"] for item in handler_env.trouble()] == ["failing"]
    updates = requests(clients.dynamodb(), "UpdateItem")
    clock.shift(SCHEDULE[0] + 1)
    handle(handler_env.batch(), CONTEXT)
    (item,) = handler_env.trouble()
    assert ("trouble" in item, item["failures"]) == (False, {"N": "1"})
    answers = iter([None])
    without = len([each for each in updates if "#failures#" in each["Key"]["id"]["S"]])
    handle({"Records": [other]}, CONTEXT)
    assert len([each for each in updates if "#failures#" in each["Key"]["id"]["S"]]) == without == 1


@pytest.mark.usefixtures("clock")
def test_a_dead_letter_is_listed_until_it_expires(handler_env: HandlerEnv) -> None:
    @handler(CreateOrderEvent)
    def handle(_: CreateOrderEvent) -> None:
        raise DeadLetter("no such order")

    handler_env.accept(event())
    handle(handler_env.batch(), CONTEXT)
    (item,) = handler_env.trouble()
    (stored,) = handler_env.items()
    assert (item["trouble"], item["expiration"]) == ({"S": "dead"}, stored["expires_at"])
    (entry,) = aws("dynamodb").scan(TableName="OnceTable", IndexName="trouble")["Items"]
    assert (entry["message_id"], entry["client_and_type"]) == (stored["message_id"], stored["client_and_type"])


def test_trouble_that_cannot_be_ended_is_a_hint(handler_env: HandlerEnv, output: Output) -> None:
    handler_env.accept(event())
    answers = iter([ValueError(), None])

    @handler(CreateOrderEvent)
    def handle(_: CreateOrderEvent) -> None:
        if error := next(answers):
            raise error

    (record,) = handler_env.batch()["Records"]
    handle({"Records": [record]}, CONTEXT)
    record["attributes"]["ApproximateReceiveCount"] = "2"

    refuse_trouble(clients.dynamodb())
    assert handle({"Records": [record]}, CONTEXT) == {"batchItemFailures": []}
    assert [line["message"] for line in output.lines()][-2:] == ["handled", "trouble not ended"]


# ---- several types in one handler


def _read(handle: Any, event_type: str) -> Any:
    return handle(batch(event('{"OrderNumber":1}', EventKey("m-1", "acme", event_type))), CONTEXT)


def test_the_type_of_an_event_chooses_its_model(handler_env: HandlerEnv) -> None:
    seen: list[type[Event]] = []

    @handler(CreateOrderEvent, FinalizeOrderEvent, CustomEvent)
    def handle(event: CreateOrderEvent | FinalizeOrderEvent | CustomEvent) -> None:
        seen.append(type(event))

    for event_type in ("FinalizeOrderEvent", "CreateOrderEvent", "Other"):
        assert _read(handle, event_type) == {"batchItemFailures": []}
    assert seen == [FinalizeOrderEvent, CreateOrderEvent, CustomEvent]
    assert handler_env.dead_letters() == []


def test_a_type_without_model_is_a_dead_letter(handler_env: HandlerEnv) -> None:
    @handler(CreateOrderEvent, FinalizeOrderEvent)
    def handle(_: CreateOrderEvent | FinalizeOrderEvent) -> None:
        raise AssertionError

    _read(handle, "Other")
    ((_, attributes),) = handler_env.dead_letters()
    assert attributes["Reason"] == "the handler has no model for events of type Other"


def test_two_handlers_remember_the_same_event_apart(handler_env: HandlerEnv, monkeypatch: pytest.MonkeyPatch) -> None:
    ran: list[str] = []
    for name in ("CreateOrderEvent", "OrderMailing", "CreateOrderEvent"):
        monkeypatch.setenv("POWERTOOLS_SERVICE_NAME", name)
        _forget_settings()
        handler(CreateOrderEvent)(lambda _, name=name: ran.append(name))(batch(event()), CONTEXT)  # type: ignore[misc]
    assert ran == ["CreateOrderEvent", "OrderMailing"]
    assert {item["id"]["S"].partition("#")[0] for item in handler_env.runs()} == set(ran)


def _forget_settings() -> None:
    from tests.contract.account import forget  # noqa: PLC0415

    forget()
