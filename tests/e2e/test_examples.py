"""The examples of docs/handlers.md, deployed: an order reaches an ERP, a mailing and an EventBridge bus once each."""

import json
import os
import re
import shlex
import subprocess
import sys
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from typing import Any

import pytest

from tools.local.client import post, records, wait_until
from tools.local.emulator import ROOT
from tools.local.stack import LocalStack, build, connect, deploy
from tools.reference import reference_project
from webhooks_cli.operations.endpoint import Request

PAGE = (ROOT / "docs" / "handlers.md").read_text()
STACK = "erp-example"


class Erp(ThreadingHTTPServer):
    """Creates one order per idempotency key; the mailing service is alike. The first call gets 503."""

    def __init__(self) -> None:
        super().__init__(("127.0.0.1", 0), _Erp)
        self.calls: list[tuple[str, str, Any]] = []
        self.orders: dict[str, Any] = {}

    @property
    def url(self) -> str:
        return f"http://127.0.0.1:{self.server_address[1]}"


class _Erp(BaseHTTPRequestHandler):
    server: Erp

    def do_POST(self) -> None:
        body = json.loads(self.rfile.read(int(self.headers["Content-Length"])))
        key = self.headers["Idempotency-Key"]
        self.server.calls.append((self.headers.get("Authorization", ""), key, body))
        first = len(self.server.calls) == 1
        answer = {} if first else {"number": f"E-{body['order']}"}
        if not first:
            self.server.orders.setdefault(key, body)
        content = json.dumps(answer).encode()
        self.send_response(503 if first else 201)
        self.send_header("Content-Length", str(len(content)))
        self.end_headers()
        self.wfile.write(content)

    def log_message(self, *_: object) -> None:
        """Stay silent."""


@contextmanager
def _serving() -> Iterator[Erp]:
    with Erp() as server:
        threading.Thread(target=server.serve_forever, daemon=True).start()
        yield server
        server.shutdown()


@pytest.fixture(scope="module")
def erp() -> Iterator[Erp]:
    with _serving() as server:
        yield server


@pytest.fixture(scope="module")
def mailing() -> Iterator[Erp]:
    with _serving() as server:
        yield server


@pytest.fixture(scope="module")
def deployed(stack: LocalStack, erp: Erp, mailing: Erp, tmp_path_factory: pytest.TempPathFactory) -> LocalStack:
    project = reference_project(tmp_path_factory.mktemp("example") / "project", ["CreateOrderEvent", "CustomEvent"])
    for command in re.findall(r"^webhooks (new .* --for .*)$", PAGE, re.MULTILINE):
        _webhooks(project, *shlex.split(command))
    for command in re.findall(r"^(?:mkdir|ln -s) .*$", PAGE, re.MULTILINE):
        subprocess.run(shlex.split(command), cwd=project, check=True)
    added = (project / "functions" / "handlers" / "variables.yaml", f'MAILING_URL: "{mailing.url}"\n')
    for file, text in re.findall(r"`(functions/handlers/\S+)`:\n\n```\w+\n(.*?)```", PAGE, re.DOTALL):
        path = project / file
        path.write_text(path.read_text() + text if f"In `{file}`:\n\n```yaml\n{text}" in PAGE else text)
    with added[0].open("a") as variables:
        variables.write(added[1])
    settings = project / "functions" / "handlers" / "settings.yaml"
    local = f'{STACK}: {{Url: "{erp.url}"}}'
    settings.write_text(settings.read_text().replace('webhooks: {Url: "http://127.0.0.1:8080"}', local))
    assert local in settings.read_text()
    build(project)
    deploy(stack.emulator, STACK, project)
    return connect(stack.emulator, STACK)


def _webhooks(project: Path, *arguments: str) -> None:
    """Run the command of the project's own copy."""
    path = os.pathsep.join((str(project / "layers" / "core"), str(project)))
    command = [sys.executable, "-P", "-m", "webhooks_cli", *arguments]
    subprocess.run(command, cwd=project, env=os.environ | {"PYTHONPATH": path}, check=True)


@pytest.fixture(scope="module")
def subscriber(deployed: LocalStack) -> str:
    """The URL of a queue that gets what is on the bus."""
    sqs, events = (deployed.emulator.client(service) for service in ("sqs", "events"))
    url = str(sqs.create_queue(QueueName="subscriber")["QueueUrl"])
    arn = sqs.get_queue_attributes(QueueUrl=url, AttributeNames=["QueueArn"])["Attributes"]["QueueArn"]
    pattern = json.dumps({"source": ["directscale"]})
    events.put_rule(Name="all", EventBusName=STACK, EventPattern=pattern)
    events.put_targets(Rule="all", EventBusName=STACK, Targets=[{"Id": "subscriber", "Arn": arn}])
    return url


@pytest.mark.usefixtures("subscriber")
def test_an_order_reaches_the_erp_once(stack: LocalStack, deployed: LocalStack, erp: Erp) -> None:
    headers = {"Authorization": f"Bearer {deployed.token}", "X-Directscale-Message-Id": "order-77"}
    sample = (ROOT / "events" / "samples" / "CreateOrderEvent.txt").read_text()
    body = re.sub(r'"OrderNumber":\d+', '"OrderNumber":77', sample)
    assert post(deployed, Request(headers, body.encode())).status == 200
    wait_until(lambda: records(deployed, "ORDER#77"), bool, "the record of order 77")
    assert not records(stack, "ORDER#77"), "two stacks share nothing"
    (first, second) = erp.calls
    assert first == second  # the retry is the same call
    assert list(erp.orders) == ["order-77 - CreateOrderEvent"]
    key = deployed.emulator.client("secretsmanager").get_secret_value(SecretId="erp-key")["SecretString"]
    assert first[0] == f"Bearer {key}"


@pytest.mark.usefixtures("deployed")
def test_the_mailing_gets_the_order_too(mailing: Erp) -> None:
    wait_until(lambda: mailing.orders, bool, "the mail about order 77")
    (first, second) = mailing.calls
    assert first == second == ("", "order-77 - CreateOrderEvent", {"order": 77, "what": "CreateOrderEvent"})


def test_the_event_is_on_the_bus(deployed: LocalStack, subscriber: str) -> None:
    sqs = deployed.emulator.client("sqs")
    received = wait_until(
        lambda: sqs.receive_message(QueueUrl=subscriber, WaitTimeSeconds=1).get("Messages", []), bool, "the event"
    )
    passed = json.loads(received[0]["Body"])
    assert (passed["source"], passed["detail-type"]) == ("directscale", "CreateOrderEvent")
    assert passed["detail"]["id"] == "order-77 - CreateOrderEvent"
    assert passed["detail"]["event"]["OrderNumber"] == 77


def test_the_erp_number_is_in_the_clients_table(deployed: LocalStack) -> None:
    dynamodb = deployed.emulator.client("dynamodb")
    (table,) = [name for name in dynamodb.list_tables()["TableNames"] if "ErpOrders" in name]
    (item,) = dynamodb.scan(TableName=table)["Items"]
    assert item == {"order_number": {"N": "77"}, "erp_number": {"S": "E-77"}}


def test_settings_apply_to_one_handler(deployed: LocalStack) -> None:
    functions = deployed.emulator.client("lambda")
    order, custom = (
        functions.get_function_configuration(FunctionName=f"{STACK}-{name}")
        for name in ("CreateOrderEvent", "CustomEvent")
    )
    assert (order["MemorySize"], order["Timeout"]) == (1024, 60)
    assert (custom["MemorySize"], custom["Timeout"]) == (512, 30)
    assert order["Environment"]["Variables"]["ERP_SECRET"] == "erp-key"  # noqa: S105 - a name
    assert custom["Environment"]["Variables"]["ERP_SECRET"] == ""


def test_the_alarm_is_deployed(deployed: LocalStack) -> None:
    described = deployed.emulator.client("cloudwatch").describe_alarms(AlarmNamePrefix=STACK)["MetricAlarms"]
    assert any("erp" in alarm["AlarmName"].lower().removeprefix(STACK) for alarm in described)
