"""Which stack and which checkout a command works on."""

import json
import socket
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import UTC, datetime, timedelta
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from threading import Barrier, Thread
from typing import Any

import pytest
from botocore.stub import Stubber
from typer.testing import CliRunner

from tests.cli.cli_env import CliEnv
from tests.contract.hooks import requests
from tests.unit.examples import ROOT
from webhooks_cli.app import app
from webhooks_cli.operations import checkout as checkouts
from webhooks_cli.operations.checkout import Checkout, state_folder
from webhooks_cli.operations.stack import Target


@pytest.fixture
def project(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A checkout around the current folder."""
    (tmp_path / "project" / "functions" / "handlers").mkdir(parents=True)
    (tmp_path / "project" / ".local").mkdir()
    (tmp_path / "project" / "template.yaml").touch()
    monkeypatch.chdir(tmp_path / "project" / "functions")
    monkeypatch.setattr(checkouts, "__file__", str(tmp_path / "installed" / "checkout.py"))
    return tmp_path / "project"


@pytest.fixture
def port() -> Iterator[int]:
    """A port on which something listens."""
    with ThreadingHTTPServer(("127.0.0.1", 0), BaseHTTPRequestHandler) as server:
        yield server.server_port


def run(project: Path, port: int) -> None:
    """What `make up` writes."""
    emulator = {"port": port, "pid": 1, "log": "-", "access_key": "secret-of-this-run"}
    state = {"name": "webhooks", "url": f"http://127.0.0.1:{port}/webhooks", "emulator": emulator}
    (project / ".local" / "stack.json").write_text(json.dumps(state))


def test_the_local_stack_is_found(project: Path, port: int, monkeypatch: pytest.MonkeyPatch) -> None:
    """And no AWS setting of the shell applies to its clients."""
    run(project, port)
    for name, value in {
        "AWS_PROFILE": "none-such",
        "AWS_ACCESS_KEY_ID": "real",
        "AWS_SECRET_ACCESS_KEY": "real",
        "AWS_SESSION_TOKEN": "real",
        "AWS_REGION": "eu-west-1",
        "AWS_DEFAULT_REGION": "eu-west-1",
        "AWS_ENDPOINT_URL": "https://elsewhere.example",
        "AWS_ENDPOINT_URL_SQS": "https://elsewhere.example",
        "AWS_USE_FIPS_ENDPOINT": "true",
        "AWS_CA_BUNDLE": "/nowhere",
        "AWS_RETRY_MODE": "nonsense",
        "AWS_CONFIG_FILE": str(project / "config"),
    }.items():
        monkeypatch.setenv(name, value)
    (project / "config").write_text("[default]\nretry_mode = nonsense\n")
    stack = Target("", "", "").find()
    client = stack.client("sqs")
    credentials = stack.session.get_credentials()
    assert credentials
    assert (credentials.access_key, credentials.token) == ("secret-of-this-run", None)
    assert (client.meta.endpoint_url, client.meta.region_name) == (f"http://127.0.0.1:{port}", "us-east-1")
    assert stack.url == f"http://127.0.0.1:{port}/webhooks"


def test_a_missing_local_stack_names_the_remedy(project: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    with socket.socket() as closed:
        closed.bind(("127.0.0.1", 0))
        run(project, closed.getsockname()[1])
        assert "`make up`" in str(CliRunner().invoke(app, ["status"]).exception)
    monkeypatch.setattr(Checkout, "find", lambda: None)
    assert "--stack" in str(CliRunner().invoke(app, ["status"]).exception)


def test_on_aws_a_region_is_needed(monkeypatch: pytest.MonkeyPatch) -> None:
    for name in ("AWS_REGION", "AWS_DEFAULT_REGION", "AWS_PROFILE"):
        monkeypatch.delenv(name, raising=False)
    monkeypatch.setenv("AWS_CONFIG_FILE", "/nowhere")
    assert "give --region" in str(CliRunner().invoke(app, ["--stack", "live", "status"]).exception)


def test_a_checkout_is_around_the_package_or_folder(project: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    assert Checkout.find() == Checkout(project)
    assert state_folder() == project / ".local"
    monkeypatch.setattr(checkouts, "__file__", str(ROOT / "webhooks_cli" / "checkout.py"))
    assert Checkout.find() == Checkout(ROOT)


def test_a_deleted_folder_is_no_failure(project: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    (tmp_path / "gone").mkdir()
    monkeypatch.chdir(tmp_path / "gone")
    (tmp_path / "gone").rmdir()
    assert Checkout.find() is None
    assert project


def test_without_a_checkout_state_is_the_users(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(tmp_path)
    monkeypatch.setattr(checkouts, "__file__", str(tmp_path / "checkout.py"))
    monkeypatch.setenv("XDG_STATE_HOME", str(tmp_path / "state"))
    assert state_folder() == tmp_path / "state" / "webhooks"
    assert "inside the project's folder" in str(CliRunner().invoke(app, ["new", "PointsAwarded"]).exception)


def test_a_stack_is_used_from_several_threads(cli_env: CliEnv) -> None:
    """Clients are made once, and queue URLs asked for once."""
    made = requests(cli_env.stack.client("sqs"), "GetQueueUrl")
    together, clients = Barrier(4, timeout=10), list[Any]()

    def use() -> None:
        together.wait()
        clients.append(cli_env.stack.client("dynamodb"))

    threads = [Thread(target=use) for _ in range(4)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert len(set(map(id, clients))) == 1
    assert len({cli_env.stack.queue_url("CustomEvent") for _ in range(3)}) == len(made) == 1


CREATED = datetime(2026, 11, 1, 10, tzinfo=UTC)


@pytest.mark.parametrize(
    ("upgraded", "until"),
    [
        (timedelta(days=300), "2027-08-28T11:00:00.0000000Z"),
        (timedelta(minutes=10), "2026-11-01T11:10:00.0000000Z"),
        (timedelta(seconds=40), ""),
        (timedelta(), "9999"),
    ],
)
def test_the_moment_of_an_upgrade_is_known(cli_env: CliEnv, upgraded: timedelta, until: str) -> None:
    """By when a resource of version 1.1 was created: before the inbox in a new stack, and not at all in an old one."""
    with _marked(cli_env, upgraded):
        assert cli_env.stack.sharded_until == until


def test_an_upgrade_rolled_back_is_none(cli_env: CliEnv) -> None:
    with _marked(cli_env, timedelta(days=300), status="DELETE_COMPLETE"):
        assert cli_env.stack.sharded_until == "9999"


def test_a_restored_inbox_hides_nothing(cli_env: CliEnv) -> None:
    with _marked(cli_env, timedelta(days=300), inbox=timedelta(days=301)):
        assert cli_env.stack.sharded_until


@contextmanager
def _marked(
    cli_env: CliEnv,
    upgraded: timedelta,
    status: str = "CREATE_COMPLETE",
    inbox: timedelta = timedelta(seconds=41),
) -> Iterator[None]:
    """What AWS says of a stack whose resources were created so long after the stack."""
    stack = cli_env.stack
    stack._described["CreationTime"] = CREATED  # noqa: SLF001 - what CloudFormation says
    del vars(stack)["sharded_until"]
    resource = {
        "LogicalResourceId": "OneKeyPerType",
        "ResourceType": "AWS::CloudFormation::WaitConditionHandle",
        "LastUpdatedTimestamp": CREATED + upgraded,
        "ResourceStatus": status,
    }
    table = {"Table": {"CreationDateTime": CREATED + inbox}}
    with Stubber(stack.client("cloudformation")) as stub, Stubber(stack.client("dynamodb")) as tables:
        tables.add_response("describe_table", table, {"TableName": "InboxTable"})
        if upgraded:
            stub.add_response("describe_stack_resource", {"StackResourceDetail": resource})
        else:
            stub.add_client_error("describe_stack_resource", "ValidationError")
        yield
