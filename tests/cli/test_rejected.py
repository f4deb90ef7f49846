"""`webhooks rejected`: deliveries that were no event are seen, repaired and sent again."""

import base64
import gzip
import json
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from tests.cli.cli_env import TOKEN, CliEnv, cells
from tests.cli.receiver import Receiver, receiver
from tests.contract.account import ACCOUNT
from tests.unit.examples import delivery
from webhooks.aws import clients
from webhooks.aws.store import S3Store
from webhooks.delivery import Delivery
from webhooks.errors import MalformedDelivery
from webhooks.rejected import document

NAME = "2026-11-24/id-1"
WHY = MalformedDelivery("the body is not JSON: Expecting value", 15)
HEADERS = {
    "authorization": "Bearer old",
    "content_length": "99",
    "host": "x",
    "x_forwarded_for": "203.0.113.10",
    "x_directscale_message_id": "m-1",
    "x_directscale_client_id": "acme",
    "x_directscale_user": "zoe@example.com",
}
BROKEN = delivery('{"OrderNumber":}', "CreateOrderEvent", **HEADERS)


@pytest.fixture
def server(cli_env: CliEnv) -> Iterator[Receiver]:
    """The stack's endpoint."""
    with receiver() as listening:
        cli_env.stack.outputs["Endpoint"] = listening.url
        yield listening


def reject(cli_env: CliEnv, rejected: Delivery = BROKEN, name: str = NAME, why: MalformedDelivery = WHY) -> None:
    """As ingest."""
    text = document(rejected, why, f"{name[:10]}T11:00:00.0000000Z")
    S3Store(clients.s3, cli_env.handlers.bucket, ACCOUNT).store_rejected(name, text)


def listed(cli_env: CliEnv, *arguments: str) -> list[dict[str, Any]]:
    return cli_env.webhooks.json("rejected", "list", *arguments)  # type: ignore[no-any-return]


def test_rejected_deliveries_are_listed_newest_first(cli_env: CliEnv) -> None:
    reject(cli_env)
    reject(cli_env, name="2026-11-23/id-2")
    rows = listed(cli_env)
    assert [row["rejected"] for row in rows] == [NAME, "2026-11-23/id-2"]
    assert rows[0] == {
        "received_at": "2026-11-24T11:00:00.0000000Z",
        "reason": "the body is not JSON: Expecting value",
        "position": 15,
        "event_type": "CreateOrderEvent",
        "client_id": "acme",
        "message_id": "m-1",
        "rejected": NAME,
    }
    assert cells(cli_env.webhooks("rejected", "list").stdout)[0][-1] == NAME
    assert len(listed(cli_env, "--limit", "1")) == 1
    assert [row["rejected"] for row in listed(cli_env, "--since", "12h")] == [NAME]


def test_without_any_that_is_what_is_printed(cli_env: CliEnv) -> None:
    assert "no rejected deliveries" in cli_env.webhooks("rejected", "list").stderr


def test_a_rejected_delivery_is_shown_masked(cli_env: CliEnv) -> None:
    reject(cli_env, delivery('{"Name":"zoe","Id":5}', **HEADERS), why=MalformedDelivery("no event type"))
    for more in ([], ["--json"]):
        printed = cli_env.webhooks("rejected", "show", NAME, *more).stdout
        assert "no event type" in printed
        assert "zoe" not in printed.lower()
        assert "203.0.113.10" not in printed
    (shown,) = cli_env.webhooks.json("rejected", "show", NAME, "--reveal")
    assert shown["body"] == '{"Name":"zoe","Id":5}'
    assert shown["headers"]["x-directscale-user"] == "zoe@example.com"
    assert "authorization" not in shown["headers"]
    assert "no rejected delivery" in cli_env.webhooks.failure("rejected", "show", "2026-11-24/none")


def test_a_body_that_is_not_json_is_masked(cli_env: CliEnv) -> None:
    reject(cli_env, delivery("zoe@example.com"))
    assert cli_env.webhooks.json("rejected", "show", NAME)[0]["body"] == "***"


def test_a_resend_is_the_same_delivery(cli_env: CliEnv, server: Receiver) -> None:
    reject(cli_env)
    assert cli_env.webhooks("rejected", "resend", NAME).exit_code == 0
    (sent,) = server.requests
    assert (sent.body, sent.path) == (b'{"OrderNumber":}', "/hooks/CreateOrderEvent")
    assert sent.headers["Authorization"] == f"Bearer {TOKEN}"
    named = {name.lower(): value for name, value in sent.headers.items()}
    assert named["x-directscale-message-id"] == "m-1"
    assert named["x-directscale-user"] == "zoe@example.com"
    assert "x-forwarded-for" not in named
    assert listed(cli_env) == []


def test_a_repaired_body_may_be_sent(cli_env: CliEnv, server: Receiver, tmp_path: Path) -> None:
    coded = base64.b64encode(gzip.compress(b"{")).decode()
    reject(cli_env, Delivery({"content-encoding": "gzip"}, coded, is_base64=True, path_type=""))
    (tmp_path / "body.json").write_bytes(b'{"OrderNumber":1}')
    repaired = ("--body", str(tmp_path / "body.json"), "--type", "CreateOrderEvent")
    assert cli_env.webhooks("rejected", "resend", NAME, *repaired).exit_code == 0
    (sent,) = server.requests
    assert (sent.body, sent.path) == (b'{"OrderNumber":1}', "/hooks/CreateOrderEvent")
    assert "content-encoding" not in {name.lower() for name in sent.headers}


def test_bytes_are_sent_as_they_came(cli_env: CliEnv, server: Receiver) -> None:
    content = gzip.compress(b"{")
    coded = base64.b64encode(content).decode()
    reject(cli_env, Delivery({"content-encoding": "gzip"}, coded, is_base64=True, path_type=""))
    assert cli_env.webhooks("rejected", "resend", NAME).exit_code == 0
    (sent,) = server.requests
    assert (sent.body, sent.path) == (content, "/hooks")


def test_a_refused_resend_deletes_nothing(cli_env: CliEnv) -> None:
    reject(cli_env)
    answer = json.dumps({"status": "rejected", "reason": "the body is not JSON"}).encode()
    with receiver(lambda _: (400, answer)) as listening:
        cli_env.stack.outputs["Endpoint"] = listening.url
        assert "400 rejected: the body is not JSON" in cli_env.webhooks.failure("rejected", "resend", NAME)
    assert len(listed(cli_env)) == 1
