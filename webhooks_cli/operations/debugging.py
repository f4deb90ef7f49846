"""Debugging of one handler of a live `make up` in an editor. `tools/local/live_debug.py` does it, in the function.

While it lasts, a locked file says what is wanted, and the function runs one event at a time.
"""

import fcntl
import json
import shutil
import subprocess
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager, suppress
from pathlib import Path
from typing import Any, TextIO

from botocore.exceptions import BotoCoreError, ClientError

from webhooks_cli.operations.checkout import Checkout
from webhooks_cli.operations.errors import OperationFailed
from webhooks_cli.operations.stack import Stack

PORT = 5678
"""Where editors look for a Python debugger unless they are configured otherwise."""

NAME = "webhooks dev --debug"
"""The name of the editor's configuration."""

_AGAIN_SECONDS = 0.5
_ATTEMPTS = 5
"""A function that looks at the file locks it for a moment."""
_NOTHING = json.dumps({"Records": []})


@contextmanager
def debugging(stack: Stack, checkout: Checkout, handler: str, port: int, waits: Callable[[], None]) -> Iterator[int]:
    """Have a handler debugged for the length of the block; returns the port to attach to, on 127.0.0.1.

    `waits` is called if an event is running, since debugging begins when it ends. With port 0 a free one is chosen.
    Raises `OperationFailed` if the port is taken, or if another command debugs.
    """
    packages = debug_packages(checkout)
    with _locked(checkout.debug_state) as file:
        json.dump({"handler": handler, "port": port, "packages": str(packages)}, file)
        file.flush()
        functions, name = stack.client("lambda"), _function(stack, handler)
        try:
            functions.put_function_concurrency(FunctionName=name, ReservedConcurrentExecutions=1)
            yield _begun(functions, name, waits)
        finally:
            file.truncate(0)
            _free(stack, handler)


def debug_packages(checkout: Checkout) -> Path:
    """The folder with debugpy; it is downloaded at first. Raises `OperationFailed`."""
    make = shutil.which("make")
    if not make or subprocess.run([make, "--silent", ".venv/debug/ready"], cwd=checkout.root, check=False).returncode:
        raise OperationFailed("debugpy could not be installed: `make .venv/debug/ready` says why")
    return next((checkout.root / ".venv" / "debug" / "lib").glob("python*/site-packages"))


def end_debugging(stack: Stack, checkout: Checkout) -> None:
    """Give back what a killed command has left: its function runs one event at a time."""
    with suppress(OperationFailed, FileNotFoundError), checkout.debug_state.open("r+") as file:
        _lock(file)
        with suppress(ValueError):
            _free(stack, json.load(file)["handler"])
        file.truncate(0)


def launch_entry(port: int) -> dict[str, Any]:
    """The configuration with which VS Code attaches."""
    return {"name": NAME, "type": "debugpy", "request": "attach", "connect": {"host": "127.0.0.1", "port": port}}


def add_launch_entry(checkout: Checkout, port: int) -> Path:
    """Add the configuration to .vscode/launch.json, or set the port of the one that is there; returns the file.

    Raises `OperationFailed` if the file is not plain JSON: its comments would be lost.
    """
    path = checkout.root / ".vscode" / "launch.json"
    try:
        content: dict[str, Any] = json.loads(path.read_text()) if path.exists() else {"version": "0.2.0"}
        entries: list[dict[str, Any]] = content.setdefault("configurations", [])
        own = next((entry for entry in entries if entry.get("name") == NAME), None)
        if own is None:
            entries.append(launch_entry(port))
        else:
            own |= {"connect": launch_entry(port)["connect"]}
    except (AttributeError, TypeError, ValueError):
        raise OperationFailed(f"{path} has comments, or is not as VS Code writes it: add the entry yourself") from None
    path.parent.mkdir(exist_ok=True)
    new = path.with_name(".launch.json.new")
    new.write_text(json.dumps(content, indent=4, ensure_ascii=False) + "\n")
    new.replace(path)
    return path


@contextmanager
def _locked(path: Path) -> Iterator[TextIO]:
    with path.open("a+") as file:
        _lock(file)
        file.truncate(0)
        yield file


def _lock(file: TextIO) -> None:
    for _ in range(_ATTEMPTS):
        with suppress(BlockingIOError):
            fcntl.flock(file, fcntl.LOCK_EX | fcntl.LOCK_NB)
            return
        time.sleep(_AGAIN_SECONDS / _ATTEMPTS)
    raise OperationFailed("another `webhooks dev --debug` runs in this checkout: end it first")


def _begun(functions: Any, name: str, waits: Callable[[], None]) -> int:
    while True:
        try:
            answer = functions.invoke(FunctionName=name, Payload=_NOTHING)
        except functions.exceptions.TooManyRequestsException:
            waits()
            time.sleep(_AGAIN_SECONDS)
            continue
        result = json.load(answer["Payload"])
        if "FunctionError" in answer or "port" not in result:
            why = (
                result.get("error")
                or result.get("errorMessage")
                or "the function runs as it was built: `make redeploy`"
            )
            raise OperationFailed(f"the debugger cannot begin: {why}; --port chooses another port")
        return int(result["port"])


def _function(stack: Stack, handler: str) -> str:
    return f"{stack.name}-{handler}"


def _free(stack: Stack, handler: str) -> None:
    """Let a function run events side by side again, if the stack is still there."""
    with suppress(BotoCoreError, ClientError):
        stack.client("lambda").delete_function_concurrency(FunctionName=_function(stack, handler))
