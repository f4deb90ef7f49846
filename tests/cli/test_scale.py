"""Reads do not grow with the table: a list of the last hour and a story cost the same in an inbox of any size.

`make scale` runs it with 100,000 events, `make test` with fewer.
"""

import os
import sys
from collections import Counter
from collections.abc import Iterable
from datetime import UTC, datetime, timedelta
from itertools import batched
from threading import Lock
from typing import Any

import pytest

from tests.cli.cli_env import RETENTION, TYPES, CliEnv
from tests.unit.examples import event
from webhooks.aws.inbox_table import new_item
from webhooks.aws.once_table import ADD_FAILURE, DEAD, FAILING, GIVE_UP, trouble_id, with_event
from webhooks.dates import timestamp
from webhooks.event import AcceptedEvent, EventKey

EVENTS = int(os.environ.get("SCALE_EVENTS", "2000"))
FEW = 1000
LIMIT = 50
LIST = ("events", "list", "--since", "1h", "--limit", str(LIMIT))

_WRITTEN_AT_ONCE = 25

TROUBLE = {3: (ADD_FAILURE, FAILING), 7: (GIVE_UP, DEAD)}
"""What went wrong with one event in five, by the last digit of its number."""


def fill(client: Any, table: str, events: Iterable[AcceptedEvent]) -> None:
    """Put published events into an inbox."""
    for chunk in batched(events, _WRITTEN_AT_ONCE, strict=False):
        items = [new_item(each, "a-request", "first", RETENTION) for each in chunk]
        puts = [{"PutRequest": {"Item": {k: v for k, v in item.items() if k != "unpublished_shard"}}} for item in items]
        answer = client.batch_write_item(RequestItems={table: puts})
        assert not answer["UnprocessedItems"]
        for each in chunk:
            if trouble := TROUBLE.get(int(each.key.message_id.removeprefix("m-")) % 10):
                put_trouble(client, each, each.queue, *trouble)


def put_trouble(client: Any, event: AcceptedEvent, handler: str, expression: str, trouble: str) -> None:
    """Store as a handler does that an event is in trouble."""
    failure = {"M": {"at": {"S": event.received_at}, "error": {"S": "ValueError"}}}
    values: Any = {
        ":none": {"L": []},
        ":failure": {"L": [failure]},
        ":one": {"N": "1"},
        ":now": {"S": event.received_at},
    }
    used = {name: value for name, value in values.items() if name in expression}
    client.update_item(
        TableName="OnceTable",
        Key={"id": {"S": trouble_id(handler, event.key)}},
        **with_event(expression, event, RETENTION, used, trouble),
    )


def an_event(number: int) -> AcceptedEvent:
    """One of many: one is received every 3 s, of each type in turn; number 0 is the latest."""
    key = EventKey(f"m-{number}", "acme", TYPES[number % len(TYPES)])
    received_at = timestamp(datetime(2026, 11, 24, 12, tzinfo=UTC) - timedelta(seconds=3 * number + 1))
    return event(f'{{"OrderNumber":{number}}}', key, received_at=received_at)


class Reads:
    """Counts what is read through a client from now on: index entries and items, as DynamoDB counts them."""

    def __init__(self, client: Any) -> None:
        self.counted: Counter[str] = Counter()
        self._lock = Lock()
        client.meta.events.register("provide-client-params.dynamodb.*", self._request)
        client.meta.events.register("after-call.dynamodb.*", self._count)

    def _request(self, params: dict[str, Any], **_: Any) -> None:
        params["ReturnConsumedCapacity"] = "TOTAL"

    def _count(self, parsed: dict[str, Any], model: Any, **_: Any) -> None:
        consumed = parsed["ConsumedCapacity"]
        units = [each["CapacityUnits"] for each in (consumed if isinstance(consumed, list) else [consumed])]
        items = sum(len(items) for items in parsed.get("Responses", {}).values()) + ("Item" in parsed)
        with self._lock:  # the client is asked from several threads
            self.counted.update(
                {model.name: 1, "units": sum(units), "entries": parsed.get("ScannedCount", 0), "items": items}
            )


def _reads(cli_env: CliEnv, *command: str) -> tuple[Any, Counter[str]]:
    cli_env.stack._clients.pop("dynamodb", None)  # noqa: SLF001 - a client that counts from nothing
    reads = Reads(cli_env.stack.client("dynamodb"))
    return cli_env.webhooks.json(*command), reads.counted


def _measured(cli_env: CliEnv) -> dict[str, tuple[Any, Counter[str]]]:
    return {
        "list of a type": _reads(cli_env, *LIST, "--type", TYPES[0]),
        "list of all types": _reads(cli_env, *LIST),
        "list of failing and dead ones": _reads(cli_env, *LIST, "--state", "failing", "--state", "dead-letter"),
        "show": _reads(cli_env, "events", "show", "m-0"),
    }


@pytest.mark.timeout(1800)
def test_reads_do_not_grow_with_the_inbox(cli_env: CliEnv) -> None:
    client = cli_env.stack.client("dynamodb")
    fill(client, "InboxTable", map(an_event, range(FEW)))
    small = _measured(cli_env)
    fill(client, "InboxTable", map(an_event, range(FEW, EVENTS)))
    large = _measured(cli_env)
    assert client.describe_table(TableName="InboxTable")["Table"]["ItemCount"] == EVENTS
    for name, (_, counted) in large.items():
        sys.stdout.write(f"{name}, of {EVENTS} events: {dict(counted)}\n")
    assert large == small
    check_lists(large)
    _, counted = large["show"]
    assert counted["entries"] + counted["items"] == 1
    assert _calls(counted) <= 3
    oldest = EVENTS - 1 - (EVENTS - 1) % len(TYPES)  # of the same type
    assert _reads(cli_env, "events", "show", f"m-{oldest}")[1] == counted


def check_lists(measured: dict[str, tuple[Any, Counter[str]]]) -> None:
    """The right events, within the budget of calls."""
    listed, counted = measured["list of a type"]
    assert [each["message_id"] for each in listed] == [f"m-{number}" for number in range(0, 3 * LIMIT, 3)]
    assert counted["entries"] == LIMIT + 2
    assert counted["items"] == LIMIT + LIMIT * len(TROUBLE) // 10
    assert _calls(counted) <= 4

    listed, counted = measured["list of all types"]
    assert [each["message_id"] for each in listed] == [f"m-{number}" for number in range(LIMIT)]
    assert counted["entries"] == (LIMIT + 2) * len(TYPES)
    assert counted["items"] == LIMIT + LIMIT * len(TROUBLE) // 10
    assert _calls(counted) <= len(TYPES) + 2

    listed, counted = measured["list of failing and dead ones"]
    assert [each["message_id"] for each in listed] == [f"m-{n}" for n in range(10 * LIMIT) if n % 10 in TROUBLE][:LIMIT]
    assert {each["state"] for each in listed} == {"failing", "dead-letter"}
    assert _calls(counted) <= 4


def _calls(counted: Counter[str]) -> int:
    return sum(counted[name] for name in ("Query", "BatchGetItem", "GetItem", "Scan"))
