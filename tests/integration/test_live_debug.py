"""Debugging of a live function: an editor attaches once, and nobody but an editor is let in."""

import fcntl
import json
import socket
from collections.abc import Iterator
from contextlib import ExitStack, contextmanager, suppress
from pathlib import Path
from typing import Any

import psutil
import pytest

from tests.dap import attached, message
from tests.integration.live_function import Function, live_function
from tools.local.client import wait_until
from tools.local.emulator import ROOT
from tools.local.live_stub import NOTHING
from webhooks_cli.operations.checkout import Checkout
from webhooks_cli.operations.debugging import debug_packages

HANDLER = """def handle(event, context):
    name = event["name"]
    return f"NEW {name}"
"""


@pytest.fixture
def function(tmp_path: Path) -> Iterator[Function]:
    with live_function(tmp_path) as function:
        function.save(HANDLER.replace("NEW", "hello"))
        yield function


@pytest.fixture(scope="module")
def packages() -> str:
    return str(debug_packages(Checkout(ROOT)))


@contextmanager
def debugged(function: Function, packages: str, port: int = 0) -> Iterator[Any]:
    """Have the function debugged, as `webhooks dev --debug` does; its answer to that."""
    with (function.project / ".local" / "debug.json").open("w") as state:
        fcntl.flock(state, fcntl.LOCK_EX)
        json.dump({"handler": "Greeting", "port": port, "packages": packages}, state)
        state.flush()
        function.begin(event=NOTHING)
        yield function.answer()


def test_one_attach_survives_every_save(function: Function, packages: str) -> None:
    with debugged(function, packages) as begun, attached(begun["port"], function.app, 3) as editor:
        for word in ("one", "two", "three"):
            function.save(HANDLER.replace("NEW", word))
            function.begin()
            thread = editor.stopped()
            assert editor.look(thread, "name") == (3, "'Ada'")
            editor.go_on(thread)
            assert function.answer() == f"{word} Ada"


def test_a_breakpoint_in_a_linked_folder_stops(function: Function, packages: str) -> None:
    shared = function.app.parents[1] / "shared"
    shared.mkdir()
    (shared / "greetings.py").write_text(HANDLER)
    function.app.with_name("shared").symlink_to("../shared")
    function.save("from shared.greetings import handle")
    with debugged(function, packages) as begun, attached(begun["port"], shared / "greetings.py", 3) as editor:
        function.begin()
        thread = editor.stopped()
        assert editor.look(thread, "name") == (3, "'Ada'")
        editor.go_on(thread)
        assert function.answer() == "NEW Ada"


def test_a_breakpoint_in_the_code_stops(function: Function, packages: str) -> None:
    function.save("def handle(event, context):\n    breakpoint()\n    return 1")
    with debugged(function, packages) as begun:
        assert function.call() == 1  # nobody is attached
        with attached(begun["port"], function.app) as editor:
            function.begin()
            editor.go_on(editor.stopped())
            assert function.answer() == 1


def test_an_editor_stops_in_the_handler_alone(function: Function, packages: str) -> None:
    function.save("def handle(event, context):\n    return 1 // 0")
    with debugged(function, packages) as begun, attached(begun["port"], function.app) as editor:
        editor.ask("setExceptionBreakpoints", filters=["raised"])
        function.begin()
        thread = editor.stopped()
        assert editor.look(thread, "event['name']") == (2, "'Ada'")
        frames = editor.ask("stackTrace", threadId=thread)["stackFrames"]
        assert str(function.app) in [frame["source"]["path"] for frame in frames]
        assert not [frame for frame in frames if frame["source"]["path"].startswith(str(function.project / "built"))]


def test_it_listens_on_loopback_alone(function: Function, packages: str) -> None:
    with debugged(function, packages) as begun:
        process = psutil.Process(function.process.pid)
        listening = [each.laddr for each in process.net_connections() if each.status == "LISTEN"]
        assert listening == [("127.0.0.1", begun["port"])]
        assert not process.children(recursive=True)


def test_the_function_outlives_its_editor(function: Function, packages: str) -> None:
    with debugged(function, packages) as begun:
        for _ in range(2):
            with attached(begun["port"], function.app, 3) as editor:
                function.begin()
                editor.stopped()
            assert function.answer() == "hello Ada"


@pytest.mark.parametrize("command", ["terminate", "disconnect"])
def test_an_editor_cannot_end_the_function(function: Function, packages: str, command: str) -> None:
    with debugged(function, packages) as begun, attached(begun["port"], function.app, 3) as editor:
        function.begin()
        editor.stopped()
        editor.ask(command, terminateDebuggee=True)
        assert function.answer() == "hello Ada"


def test_it_ends_with_the_command_and_begins_again(function: Function, packages: str) -> None:
    for _ in range(2):
        with debugged(function, packages) as begun:
            with attached(begun["port"], function.app, 3) as editor:
                function.begin()
                editor.stopped()
                (function.project / ".local" / "debug.json").unlink()
                assert editor.ended()
            assert function.answer() == "hello Ada"
    process = psutil.Process(function.process.pid)
    wait_until(process.net_connections, lambda found: all(each.status != "LISTEN" for each in found), "the end")


def test_a_taken_port_is_said(function: Function, packages: str) -> None:
    with socket.create_server(("127.0.0.1", 0)) as other, debugged(function, packages, other.getsockname()[1]) as begun:
        assert "in use" in begun["error"]
        assert function.call() == "hello Ada"


def test_another_handler_is_not_debugged(function: Function, packages: str) -> None:
    with debugged(function, packages):
        pass
    with (function.project / ".local" / "debug.json").open("w") as state:
        fcntl.flock(state, fcntl.LOCK_EX)
        state.write(json.dumps({"handler": "Other", "port": 0, "packages": packages}))
        state.flush()
        function.begin(event=NOTHING)
        assert function.answer() == {}


# What a browser can be made to send. The body alone is one message of the protocol, and its reader skips what it does
# not know; a TLS session ticket is chosen by the page's server: https://i.blackhat.com/USA-20/Wednesday/
BROWSERS = {
    "post": b"POST / HTTP/1.1\r\nHost: 127.0.0.1\r\nContent-Length: %(length)d\r\n\r\n%(content)s",
    "post of whole messages": b"POST / HTTP/1.1\r\nContent-Length: 999\r\n\r\n\r\n%(message)s%(message)s",
    "own method": b"Content-Length / HTTP/1.1\r\nContent-Length: %(length)d\r\n\r\n%(content)s",
    "websocket": b"GET / HTTP/1.1\r\nUpgrade: websocket\r\nContent-Length: %(length)d\r\n\r\n%(content)s",
    "http2": b"PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n%(message)s",
    "tls ticket": b"\x16\x03\x01\x02\x00\x01\x00\x01\xfc\x03\x03\r\n%(message)s\r\n%(message)s",
    "blank line": b"\r\n%(message)s",
}


def evaluating(file: Path) -> dict[bytes, Any]:
    """A message that makes the debugger create a file, and its parts."""
    whole = message("evaluate", expression=f"open({str(file)!r}, 'w').close()", context="repl")
    content = whole.partition(b"\r\n\r\n")[2]
    return {b"message": whole, b"content": content, b"length": len(content)}


@pytest.mark.parametrize("form", BROWSERS.values(), ids=BROWSERS)
def test_a_browser_is_refused(function: Function, packages: str, tmp_path: Path, form: bytes) -> None:
    file = tmp_path / "created"
    with debugged(function, packages) as begun:
        with socket.create_connection(("127.0.0.1", begun["port"]), timeout=20) as page:
            page.sendall(form % evaluating(file))
            assert received(page) == b""
        assert not file.exists()
        with socket.create_connection(("127.0.0.1", begun["port"]), timeout=20) as editor:
            editor.sendall(evaluating(file)[b"message"])  # an editor could
            wait_until(file.exists, bool, "the file")


def received(connection: socket.socket) -> bytes:
    """All that is received until the other side ends the connection."""
    with suppress(ConnectionResetError):
        return b"".join(iter(lambda: connection.recv(1000), b""))
    return b""


def test_silent_connections_block_no_editor(function: Function, packages: str) -> None:
    with debugged(function, packages) as begun, ExitStack() as stack:
        for content in (b"", b"GET", b"Content-Len") * 8:
            silent = stack.enter_context(socket.create_connection(("127.0.0.1", begun["port"])))
            silent.sendall(content)
        with attached(begun["port"], function.app, 3) as editor:
            function.begin()
            editor.go_on(editor.stopped())
            assert function.answer() == "hello Ada"
