"""`webhooks collisions`: events whose key was taken by another body are seen, and accepted as events of their own."""

import json
from typing import Any

import pytest

from tests.cli.cli_env import ORDERS, CliEnv, cells, order
from tests.contract.account import ACCOUNT
from webhooks.aws import clients
from webhooks.aws.inbox import DynamoInbox
from webhooks.aws.queues import SqsQueues
from webhooks.aws.store import S3Store
from webhooks.event import AcceptedEvent, collision_id
from webhooks.large_body import offload_large_body
from webhooks.rejected import collision_document
from webhooks_cli.operations.documents import Documents

BODY = '{"OrderNumber": 1, "OrderStatus": "Paid", "Note": "for Zoe"}'
SECOND = order("m-1", minute=5, body=BODY, user="zoe@example.com")


def collide(cli_env: CliEnv, event: AcceptedEvent = SECOND) -> str:
    """As ingest, with an event whose key is taken; returns the message id under which it may be accepted."""
    event = offload_large_body(event, _store(cli_env))
    _store(cli_env).store_collision(collision_id(event), collision_document(event))
    return collision_id(event)


def _store(cli_env: CliEnv) -> S3Store:
    return S3Store(clients.s3, cli_env.handlers.bucket, ACCOUNT)


def documents(cli_env: CliEnv) -> list[dict[str, Any]]:
    return cli_env.webhooks.json("collisions", "list")  # type: ignore[no-any-return]


@pytest.fixture
def collision(cli_env: CliEnv) -> str:
    """The name of a collision with m-1, which was handled."""
    cli_env.publish(order("m-1"))
    cli_env.handle()
    return collide(cli_env).replace(":", "-")


def test_collisions_are_listed(cli_env: CliEnv, collision: str) -> None:
    (row,) = documents(cli_env)
    assert row == {
        "received_at": "2026-11-24T11:05:00.0000000Z",
        "event_type": ORDERS,
        "client_id": "acme",
        "message_id": "m-1",
        "collision": collision,
    }
    assert cells(cli_env.webhooks("collisions", "list").stdout)[0][-1] == collision


def test_without_collisions_that_is_what_is_printed(cli_env: CliEnv) -> None:
    assert "no collisions" in cli_env.webhooks("collisions", "list").stderr
    assert documents(cli_env) == []


def test_a_collision_is_shown_masked(cli_env: CliEnv, collision: str) -> None:
    for more in ([], ["--json"]):
        printed = cli_env.webhooks("collisions", "show", collision, *more).stdout
        assert "Paid" in printed
        assert "zoe" not in printed.lower()
    (shown,) = cli_env.webhooks.json("collisions", "show", collision[:20], "--reveal")
    assert (shown["body"]["Note"], shown["user"]) == ("for Zoe", "zoe@example.com")


def test_an_accepted_collision_becomes_an_event(cli_env: CliEnv, collision: str) -> None:
    assert cli_env.webhooks("collisions", "accept", collision, "--yes").exit_code == 0
    (message,) = cli_env.waiting()
    assert (message.body, message.id) == (BODY, collision.replace("-", ":", 1))
    assert documents(cli_env) == []
    assert len(cli_env.handle()) == 1
    story = cli_env.story(message.id, "--reveal")
    assert (story["state"], story["body"], story["user"]) == ("handled", json.loads(BODY), "zoe@example.com")
    assert story["received_at"] == "2026-11-24T11:05:00.0000000Z"
    assert story["expires_at"][:10] == "2026-12-29", "as long as an event of today"


def test_accepting_twice_is_one_event(cli_env: CliEnv, collision: str) -> None:
    for _ in range(2):
        collide(cli_env)  # as if the first had been stopped before it deleted the document
        assert cli_env.webhooks("collisions", "accept", collision, "--yes").exit_code == 0
    assert len(cli_env.waiting()) == 1
    assert documents(cli_env) == []


@pytest.mark.parametrize(
    ("owner", "step"), [(SqsQueues, "publish"), (DynamoInbox, "mark_published"), (Documents, "delete")]
)
def test_killed_anywhere_it_can_be_repeated(
    cli_env: CliEnv, collision: str, owner: type, step: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    """What is claimed is published by the relay, at the latest; once it is, the document may go."""

    def die(*_: object) -> None:
        raise SystemExit(137)

    with monkeypatch.context() as patch:
        patch.setattr(owner, step, die)
        assert cli_env.webhooks("collisions", "accept", collision, "--yes").exit_code == 137
    assert len(documents(cli_env)) == 1
    assert cli_env.webhooks("collisions", "accept", collision, "--yes").exit_code == 0
    assert documents(cli_env) == []
    story = cli_env.story(collision.replace("-", ":", 1))
    assert (len(cli_env.waiting()), story["published"]) == {
        "publish": (0, False),
        "mark_published": (1, False),
        "delete": (1, True),
    }[step]


def test_a_refusing_queue_leaves_it_unpublished(
    cli_env: CliEnv, collision: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(SqsQueues, "publish", lambda _, event: event.handlers)
    done = cli_env.webhooks("collisions", "accept", collision, "--yes")
    assert (done.exit_code, "the relay publishes it" in done.stderr) == (0, True)
    assert cli_env.story(collision.replace("-", ":", 1))["state"] == "unpublished"
    assert documents(cli_env) == []


def test_accepting_needs_a_yes(cli_env: CliEnv, collision: str) -> None:
    assert cli_env.webhooks("collisions", "accept", collision, typed="n\n").exit_code == 1
    assert (len(documents(cli_env)), cli_env.waiting()) == (1, [])


def test_a_large_collision_is_accepted(cli_env: CliEnv) -> None:
    cli_env.publish(order("m-1"))
    name = collide(cli_env, order("m-1", body=json.dumps({"OrderNumber": 2, "Note": "x" * 300_000})))
    assert cli_env.webhooks("collisions", "accept", name, "--yes").exit_code == 0
    assert len(cli_env.story(name, "--reveal")["body"]["Note"]) == 300_000


def test_an_expired_body_is_not_accepted(cli_env: CliEnv) -> None:
    cli_env.publish(order("m-1"))
    large = order("m-1", body=json.dumps({"OrderNumber": 2, "Note": "x" * 300_000}))
    name = collide(cli_env, large)
    reference = offload_large_body(large, _store(cli_env)).body_reference
    clients.s3().delete_object(Bucket=cli_env.handlers.bucket, Key=reference)
    shown = cli_env.webhooks("collisions", "show", name)
    assert (shown.exit_code, "its body has expired" in shown.stderr) == (0, True)
    assert "its body has expired" in cli_env.webhooks.failure("collisions", "accept", name, "--yes")
    assert len(documents(cli_env)) == 1


def test_an_unknown_collision_is_a_failure(cli_env: CliEnv, collision: str) -> None:
    assert "no collision" in cli_env.webhooks.failure("collisions", "show", "collision-none")
    collide(cli_env, order("m-2", body=BODY))
    assert "several" in cli_env.webhooks.failure("collisions", "accept", "collision-", "--yes")
    assert collision


def test_an_events_story_shows_its_collisions(cli_env: CliEnv, collision: str) -> None:
    collide(cli_env, order("m-2", body=BODY))
    assert [each["collision"] for each in cli_env.story()["collisions"]] == [collision]
    assert f"webhooks collisions show {collision}" in cli_env.webhooks("events", "show", "m-1").stdout
    cli_env.webhooks("collisions", "accept", collision, "--yes")
    (shown,) = cli_env.story()["collisions"]
    assert shown == {"collision": collision, "accepted_as": collision.replace("-", ":", 1)}
    assert "accepted as" in cli_env.webhooks("events", "show", "m-1").stdout


def test_a_story_says_what_was_not_searched(cli_env: CliEnv, collision: str, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("webhooks_cli.operations.collisions._MOST_READ", 2)
    assert "were not searched" not in cli_env.webhooks("events", "show", "m-1").stdout
    for number in range(2, 4):
        cli_env.clock.shift(1)
        collide(cli_env, order(f"m-{number}", body=BODY))
    printed = cli_env.webhooks("events", "show", "m-1").stdout
    assert (collision in printed, "1 older ones were not searched" in printed) == (False, True)


def test_the_story_needs_no_bucket(cli_env: CliEnv) -> None:
    cli_env.publish(order("m-1"))
    cli_env.stack.outputs["Bucket"] = "none-such-bucket"
    result = cli_env.webhooks("events", "show", "m-1")
    assert (result.exit_code, "cannot be read: NoSuchBucket" in result.stdout) == (0, True)
