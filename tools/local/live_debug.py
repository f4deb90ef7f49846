"""Lets an editor debug a function of a live `make up`. The stub imports this, from beside itself.

debugpy runs in the process of the function, without its adapter: that would be a process that outlives this one. Its
reader skips lines that it does not know, so a web page's POST of one message to its port would run code. `Listener`
therefore accepts only connections that begin as an editor's do: a browser's begin with a method or a TLS handshake.
"""

import fcntl
import importlib
import json
import select
import socket
import sys
import threading
import time
from collections.abc import Callable
from contextlib import suppress
from pathlib import Path
from typing import Any

BEGIN = b"Content-Length:"
"""The first bytes of the protocol: https://microsoft.github.io/debug-adapter-protocol/overview#base-protocol."""

_OWN = [str(Path(__file__).with_name(name)) for name in ("app.py", "live_debug.py")]
"""Where no editor stops."""

_POLL_SECONDS = 0.2
_MOST_SILENT = 16
"""Connections that may stay open without having sent anything."""

_DISCONNECT = b'{"seq": 0, "type": "request", "command": "disconnect", "arguments": {}}'


def wanted(state: Path, name: str) -> dict[str, Any]:
    """How `webhooks dev --debug` wants a function to be debugged; empty if it does not, or has ended.

    It locks the file for as long as it runs.
    """
    try:
        with state.open() as file:
            fcntl.flock(file, fcntl.LOCK_SH | fcntl.LOCK_NB)
    except BlockingIOError:
        settings: dict[str, Any] = json.loads(state.read_text() or "{}")
        return settings if settings.get("handler") == name else {}
    except OSError:
        pass
    return {}


class Debugging:
    """Debugging of one function: it begins and ends with `webhooks dev --debug`."""

    def __init__(self, name: str, state: Path) -> None:
        self._name = name
        self._state = state
        self._listener: Listener | None = None

    def follow(self) -> dict[str, Any]:
        """Begin if it is wanted. Returns the `port` on which an editor can attach, or the `error`; empty if not."""
        settings = wanted(self._state, self._name)
        if not settings:
            return {}
        try:
            if not self._listener:
                self._listener = _debugger(settings["packages"])
            if self._listener.port and settings["port"] not in {0, self._listener.port}:
                self._listener.close()  # of a command that has just ended
            if not self._listener.port:
                self._listener.open(settings["port"])
                _aside(self._end_in_time)
        except (OSError, ImportError) as error:
            return {"error": f"{type(error).__name__}: {error}"}
        return {"port": self._listener.port}

    def _end_in_time(self) -> None:
        while wanted(self._state, self._name):
            time.sleep(_POLL_SECONDS)
        if self._listener:
            self._listener.close()


class Listener:
    """Where the debugger waits for editors, in place of a socket of its own.

    It can be closed, which lets the function go on, and opened again: the debugger can begin only once in a process.
    """

    def __init__(self) -> None:
        self.port = 0
        self._server: socket.socket | None = None
        self._editor: _Editor | None = None
        self._silent: list[socket.socket] = []

    def open(self, port: int) -> None:
        """Listen on loopback. Raises `OSError` if the port is taken."""
        server = socket.create_server(("127.0.0.1", port))
        server.settimeout(0)
        self.port = server.getsockname()[1]
        self._server = server

    def close(self) -> None:
        """Listen no more, and disconnect the editor."""
        server, self._server, self.port = self._server, None, 0
        if server:
            with suppress(OSError):
                server.shutdown(socket.SHUT_RDWR)  # the other thread waits for it
            server.close()
        while self._silent:
            self._silent.pop().close()
        if self._editor:
            self._editor.leave()

    def accept(self) -> tuple[Any, Any]:
        """Wait for an editor; what debugpy calls."""
        while True:
            for connection in self._readable():
                self._silent.remove(connection)
                if _begins_as_an_editor(connection):
                    connection.setsockopt(socket.SOL_SOCKET, socket.SO_RCVLOWAT, 1)
                    self._editor = _Editor(connection)
                    return self._editor, connection.getpeername()
                connection.close()

    def _readable(self) -> list[socket.socket]:
        """Connections that sent enough to be judged, or ended; accepts others meanwhile."""
        server = self._server
        if server is None:
            time.sleep(_POLL_SECONDS)
            return []
        try:
            ready, _, _ = select.select([server, *self._silent], [], [], _POLL_SECONDS)
            if server in ready:
                connection, _ = server.accept()
                connection.setsockopt(socket.SOL_SOCKET, socket.SO_RCVLOWAT, len(BEGIN))
                self._silent.append(connection)
        except (OSError, ValueError):  # it was just closed
            return []
        while len(self._silent) > _MOST_SILENT:
            self._silent.pop(0).close()
        return [each for each in ready if each in self._silent]

    def listen(self, _backlog: int) -> None:
        """Do nothing: it listens already."""

    def getsockname(self) -> tuple[str, int]:
        """The address."""
        return "127.0.0.1", self.port


def _begins_as_an_editor(connection: socket.socket) -> bool:
    try:
        return connection.recv(len(BEGIN), socket.MSG_PEEK) == BEGIN
    except OSError:
        return False


class _Editor:
    """The connection of an editor. When it ends, the debugger lets the function go on, if nobody has asked for that."""

    def __init__(self, connection: socket.socket) -> None:
        self._connection = connection
        self._left = False

    def leave(self) -> None:
        """End the connection."""
        with suppress(OSError):
            self._connection.shutdown(socket.SHUT_RDWR)

    def recv(self, size: int) -> bytes:
        """Read; an end is read as a request to disconnect first."""
        received = b""
        with suppress(OSError):
            received = self._connection.recv(size)
        if received or self._left:
            return received
        self._left = True
        return b"%s %d\r\n\r\n%s" % (BEGIN, len(_DISCONNECT), _DISCONNECT)

    def sendall(self, content: bytes) -> None:
        """Send, if anybody is there."""
        with suppress(OSError):
            self._connection.sendall(content)

    def __getattr__(self, name: str) -> Any:
        return getattr(self._connection, name)


def _debugger(packages: str) -> Listener:
    """Start debugpy in this process, with a listener that is not open yet. Raises `ImportError`."""
    sys.path.append(packages)
    prefix, sys.pycache_prefix = sys.pycache_prefix, None  # its byte code is compiled, and never changes
    try:
        debugpy: Any = importlib.import_module("debugpy")
        importlib.import_module("debugpy.server")  # finds pydevd, its vendored part
        pydevd: Any = importlib.import_module("pydevd")
        listener = Listener()
        pydevd.create_server_socket = lambda **_: listener
        # An editor that stops must not end the process: its event would be held back, and counted as a death.
        pydevd.PyDevdAPI.request_terminate_process = lambda api, debugger: api.request_disconnect(debugger, True)  # noqa: FBT003
        debugpy.listen(("127.0.0.1", 0), in_process_debug_adapter=True)
        hidden = (*_OWN, str(Path(debugpy.__file__).parent))
        pydevd.PyDevdAPI().set_dont_trace_start_end_patterns(pydevd.get_global_debugger(), hidden, ())
    finally:
        sys.pycache_prefix = prefix
    return listener


def _aside(act: Callable[[], None]) -> None:
    """Run in a thread that breakpoints do not stop."""
    thread = threading.Thread(target=act, daemon=True)
    for mark in ("pydev_do_not_trace", "is_pydev_daemon_thread"):
        setattr(thread, mark, True)
    thread.start()
