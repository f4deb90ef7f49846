"""`webhooks dev --debug`: what it wants of the function, that it gives it back, and the editor's configuration."""

import io
import json
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import pytest

from tests.cli.cli_env import ORDERS, CliEnv
from tools.local.live_debug import wanted
from webhooks_cli.operations import debugging as operation
from webhooks_cli.operations.checkout import Checkout
from webhooks_cli.operations.debugging import NAME, add_launch_entry, debugging, end_debugging
from webhooks_cli.operations.errors import OperationFailed
from webhooks_cli.operations.stack import Stack


class Throttled(Exception):
    """An event is running."""


class Functions:
    """Lambda, as far as it is called; `answers` are what the function returns."""

    exceptions = SimpleNamespace(TooManyRequestsException=Throttled)

    def __init__(self) -> None:
        self.concurrency: dict[str, int] = {}
        self.answers: list[Any] = [{"port": 5678}]

    def put_function_concurrency(self, FunctionName: str, ReservedConcurrentExecutions: int) -> None:  # noqa: N803
        self.concurrency[FunctionName] = ReservedConcurrentExecutions

    def delete_function_concurrency(self, FunctionName: str) -> None:  # noqa: N803
        self.concurrency.pop(FunctionName, None)

    def invoke(self, **_: Any) -> dict[str, Any]:
        answer = self.answers.pop(0)
        if isinstance(answer, Exception):
            raise answer
        return {"Payload": io.StringIO(json.dumps(answer))}


@pytest.fixture
def checkout(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Checkout:
    (tmp_path / ".local").mkdir()
    monkeypatch.setattr(operation, "debug_packages", lambda _: tmp_path)
    monkeypatch.setattr(operation, "_AGAIN_SECONDS", 0.0)
    return Checkout(tmp_path)


@pytest.fixture
def functions(cli_env: CliEnv) -> Functions:
    found = Functions()
    cli_env.stack._clients["lambda"] = found  # noqa: SLF001
    return found


@pytest.fixture
def stack(cli_env: CliEnv) -> Stack:
    return cli_env.stack


def test_debugging_runs_one_event_at_a_time(stack: Stack, checkout: Checkout, functions: Functions) -> None:
    waited: list[None] = []
    functions.answers.insert(0, Throttled())
    with debugging(stack, checkout, ORDERS, 5678, lambda: waited.append(None)) as port:
        assert port == 5678
        assert functions.concurrency == {f"{stack.name}-{ORDERS}": 1}
        assert wanted(checkout.debug_state, ORDERS)["port"] == 5678
        assert not wanted(checkout.debug_state, "CustomEvent")
    assert waited
    assert not functions.concurrency
    assert not wanted(checkout.debug_state, ORDERS)


@pytest.mark.parametrize("answer", [{"error": "OSError: in use"}, {"batchItemFailures": []}])
def test_a_debugger_that_cannot_begin_is_said(
    stack: Stack, checkout: Checkout, functions: Functions, answer: object
) -> None:
    functions.answers = [answer]
    with pytest.raises(OperationFailed, match=r"in use|make redeploy"), debugging(stack, checkout, ORDERS, 1, print):
        pass
    assert not functions.concurrency


def test_only_one_command_debugs(stack: Stack, checkout: Checkout, functions: Functions) -> None:
    with debugging(stack, checkout, ORDERS, 5678, print):
        end_debugging(stack, checkout)
        assert functions.concurrency
        other = debugging(stack, checkout, "CustomEvent", 5678, print)
        with pytest.raises(OperationFailed, match="another"):
            other.__enter__()
        assert wanted(checkout.debug_state, ORDERS)


def test_what_a_killed_command_left_is_given_back(stack: Stack, checkout: Checkout, functions: Functions) -> None:
    checkout.debug_state.write_text(json.dumps({"handler": ORDERS, "port": 5678}))  # nobody locks it
    functions.concurrency[f"{stack.name}-{ORDERS}"] = 1
    assert not wanted(checkout.debug_state, ORDERS)
    end_debugging(stack, checkout)
    assert not functions.concurrency


def test_own_entries_of_launch_json_stay(checkout: Checkout) -> None:
    own = {"name": "mine", "type": "debugpy", "request": "launch", "program": "${file}"}
    path = checkout.root / ".vscode" / "launch.json"
    path.parent.mkdir()
    path.write_text(json.dumps({"version": "0.2.0", "configurations": [own], "compounds": [1]}))
    add_launch_entry(checkout, 5678)
    changed = json.loads(path.read_text())
    changed["configurations"][1]["justMyCode"] = False
    path.write_text(json.dumps(changed))
    add_launch_entry(checkout, 5679)
    written = json.loads(path.read_text())
    assert written["configurations"][0] == own
    assert written["compounds"] == [1]
    (entry,) = written["configurations"][1:]
    assert (entry["name"], entry["connect"]["port"], entry["justMyCode"]) == (NAME, 5679, False)


def test_a_new_launch_json_is_written(checkout: Checkout) -> None:
    (entry,) = json.loads(add_launch_entry(checkout, 5678).read_text())["configurations"]
    assert entry == {
        "name": NAME,
        "type": "debugpy",
        "request": "attach",
        "connect": {"host": "127.0.0.1", "port": 5678},
    }


@pytest.mark.parametrize("text", ['{"configurations": [], // mine\n}', "[]", '{"configurations": [1]}'])
def test_a_launch_json_with_comments_is_left(checkout: Checkout, text: str) -> None:
    path = checkout.root / ".vscode" / "launch.json"
    path.parent.mkdir()
    path.write_text(text)
    with pytest.raises(OperationFailed, match="add the entry yourself"):
        add_launch_entry(checkout, 5678)
    assert path.read_text() == text
