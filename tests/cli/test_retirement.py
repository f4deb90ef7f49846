"""Handlers that were taken away: their events are shown as such, and go to those that take them now."""

from dataclasses import replace

import pytest

from tests.cli.cli_env import ORDERS, TYPES, CliEnv, cells, order
from tests.contract.account import create_dead_letters, create_queues
from webhooks.aws import clients
from webhooks.event import AcceptedEvent, EventKey
from webhooks.routing import Routing
from webhooks_cli.operations.retirement import Succession, holdings

OLD, NEW, SINCE = "OldMailing", "NewMailing", "2026-11-24T11:00:00.0000000Z"
LEFT = TYPES[1:]
"""All but the handler of orders."""


def deploy(env: CliEnv, *names: str, takes: str = "", retired: str = "") -> None:
    """Deploy these handlers instead."""
    for name in set(names) - set(TYPES):
        create_queues(name)
        create_dead_letters(name)
    vars(env.stack).update(event_types=names, routing=Routing.parse(",".join(names), takes, retired))


def without_orders(env: CliEnv) -> None:
    """Take the handler of orders away, with its queues, as `make deploy` does."""
    for url in (env.stack.queue_url(ORDERS), env.stack.dead_letters_url(ORDERS)):
        clients.sqs().delete_queue(QueueUrl=url)
    deploy(env, *LEFT, retired=f"{ORDERS}@{SINCE}")


def states(env: CliEnv, *options: str) -> dict[str, str]:
    """The states of the events that are listed, by message id."""
    return {each["message_id"]: each["state"] for each in env.webhooks.json("events", "list", *options)}


def test_an_event_of_a_deleted_queue_is_listed(cli_env: CliEnv) -> None:
    """It was "waiting" for ever, and no list without its type had it."""
    cli_env.publish(order("m-1"))
    cli_env.handle()
    cli_env.give_up("m-2", reason="no")
    cli_env.publish(order("m-3"))
    without_orders(cli_env)
    assert states(cli_env) == {"m-1": "handled", "m-2": "retired", "m-3": "retired"}
    assert states(cli_env, "--state", "retired").keys() == {"m-2", "m-3"}
    assert cli_env.story("m-3")["location"].startswith(f"in the inbox only, since {ORDERS} was retired")


def test_a_replay_follows_the_present_routing(cli_env: CliEnv) -> None:
    cli_env.publish(order("m-1"))
    without_orders(cli_env)
    assert cli_env.webhooks("replay", "--type", ORDERS, "--state", "retired", "--yes").exit_code == 0
    assert [each.id for each in cli_env.waiting("CustomEvent")] == ["m-1"]
    assert states(cli_env) == {"m-1": "waiting"}
    assert cli_env.webhooks.json("replay", "--state", "retired", "--since", "7d", "--dry-run")["number"] == 0


def test_a_discarded_dead_letter_stays_discarded(cli_env: CliEnv) -> None:
    cli_env.give_up("m-1")
    assert cli_env.webhooks("dead-letters", "discard", ORDERS, "--yes").exit_code == 0
    without_orders(cli_env)
    assert states(cli_env) == {"m-1": "discarded"}


def test_an_unknown_type_is_found_by_type(cli_env: CliEnv) -> None:
    """After a plain `sam deploy`, which states no `Retired`."""
    cli_env.publish(order("m-1"))
    deploy(cli_env, *LEFT)
    assert states(cli_env) == {}
    assert states(cli_env, "--type", ORDERS) == {"m-1": "retired"}


def test_status_lists_retired_handlers(cli_env: CliEnv) -> None:
    deploy(cli_env, *TYPES, retired=f"{ORDERS}@{SINCE},OldEvent@{SINCE}")
    rows = {row[0]: row[1:] for row in cells(cli_env.webhooks("status").stdout) if len(row) == 3}
    assert rows[ORDERS] == [SINCE[:19], "to be deleted when it is empty"]
    assert rows["OldEvent"] == [SINCE[:19], "deleted"]
    assert [each["name"] for each in cli_env.webhooks.json("status")["retired"]] == [ORDERS, "OldEvent"]


def test_a_replay_passes_over_a_retired_handler(cli_env: CliEnv) -> None:
    cli_env.store(order("m-1"))
    deploy(cli_env, *TYPES, retired=f"{ORDERS}@{SINCE}")
    assert states(cli_env) == {"m-1": "waiting"}
    assert cli_env.webhooks("replay", "m-1", "--yes").exit_code == 0
    assert (cli_env.waiting(ORDERS), len(cli_env.waiting("CustomEvent"))) == ([], 1)


# ---- what a deployment asks, and does


@pytest.mark.parametrize(
    ("prepare", "why"),
    [
        ("dead", [f"{ORDERS} has 2 dead letters", f"webhooks --stack s dead-letters redrive {ORDERS}"]),
        ("paused", [f"{ORDERS} is paused, and 1 events wait", f"webhooks --stack s resume {ORDERS}"]),
        ("waiting", []),
    ],
)
def test_what_keeps_a_queue_from_emptying(
    cli_env: CliEnv, monkeypatch: pytest.MonkeyPatch, prepare: str, why: list[str]
) -> None:
    arn = cli_env.stack.queue_attributes(cli_env.stack.queue_url(ORDERS), "QueueArn")["QueueArn"]
    consumed = set() if prepare == "paused" else {arn}
    monkeypatch.setattr("webhooks_cli.operations.retirement.consumed_queues", lambda _: consumed)
    if prepare == "dead":
        cli_env.give_up("m-1", "m-2")
    else:
        cli_env.publish(order("m-1"))
    (found,) = holdings(cli_env.stack, [ORDERS])
    obstacle = found.obstacle("webhooks --stack s")
    assert bool(obstacle) == bool(why)
    assert all(each in obstacle for each in why)
    assert found.number == (prepare != "dead")


def test_an_unpublished_event_is_still_to_come(cli_env: CliEnv, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("webhooks_cli.operations.retirement.consumed_queues", lambda _: set())
    cli_env.accept(order("m-1"), order("m-2"))
    orders, other = holdings(cli_env.stack, [ORDERS, "CustomEvent"])
    assert (orders.number, other.number) == (2, 0)


def succession(takes: str = "", *gone: str) -> Succession:
    return Succession(dict.fromkeys(gone, SINCE), Routing.parse(",".join((*TYPES, *gone)), takes))


def test_what_no_handler_handled_is_handed_over(cli_env: CliEnv) -> None:
    cli_env.clock.move_to("2026-11-24T10:00:00Z")
    cli_env.publish(order("m-1", received_at="2026-11-24T10:00:00.0000000Z"))
    cli_env.handle()
    cli_env.clock.move_to("2026-11-24T12:00:00Z")
    for name in ("m-2", "m-3"):
        cli_env.publish(order(name, received_at="2026-11-24T11:30:00.0000000Z"))
    without_orders(cli_env)
    assert succession("", ORDERS).hand_over(cli_env.stack) == 2
    assert sorted(each.id for each in cli_env.waiting("CustomEvent")) == ["m-2", "m-3"]
    assert succession("", ORDERS).hand_over(cli_env.stack) == 0


def test_an_idempotent_handlers_events_are_left_alone(cli_env: CliEnv) -> None:
    """It stores no runs, and its queue was empty: it has handled them."""
    cli_env.publish(order("m-1", received_at="2026-11-24T11:30:00.0000000Z"))
    without_orders(cli_env)
    assert succession("", ORDERS).hand_over(cli_env.stack) == 0


def test_a_renamed_handler_misses_no_event(cli_env: CliEnv) -> None:
    """What the old one has got stays its own; what came while it emptied its queue goes to the new one."""
    deploy(cli_env, *TYPES, OLD, NEW)
    first, during, other = (order(f"m-{number}", received_at=f"2026-11-24T11:0{number}:00Z") for number in (1, 2, 3))
    elsewhere = AcceptedEvent(EventKey("m-3", "acme", TYPES[1]), "", "", other.received_at, "{}", queue=TYPES[1])
    cli_env.store(replace(first, others=(OLD,)), during, elsewhere)
    deploy(cli_env, *TYPES, NEW, takes=f"{NEW}={ORDERS}", retired=f"{OLD}@{SINCE}")
    handed = succession(f"{OLD}={ORDERS}", OLD)
    assert handed.hand_over(cli_env.stack) == 1
    assert [each.id for each in cli_env.waiting(NEW)] == ["m-2"]
    assert handed.hand_over(cli_env.stack) == 0
