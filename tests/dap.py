"""A small editor: a client of the Debug Adapter Protocol, in the order in which VS Code speaks it."""

import io
import json
import socket
from collections.abc import Callable, Iterable, Iterator
from contextlib import contextmanager
from itertools import count
from pathlib import Path
from typing import Any

type Message = dict[str, Any]


class Editor:
    """An editor that is attached."""

    def __init__(self, stream: io.BufferedRWPair) -> None:
        self._stream = stream
        self._numbers = count(1)
        self._received: list[Message] = []
        self._begin("initialize", adapterID="debugpy", clientID="vscode", pathFormat="path", linesStartAt1=True)
        self._begin("attach", connect={"host": "127.0.0.1"})
        self._wait(lambda message: message.get("event") == "initialized")

    def stop_at(self, file: Path, lines: Iterable[int]) -> list[bool]:
        """Set the breakpoints of a file, and end the configuration; returns which of them are valid."""
        answer = self.ask("setBreakpoints", source={"path": str(file)}, breakpoints=[{"line": line} for line in lines])
        return [bool(each["verified"]) for each in answer["breakpoints"]]

    def ready(self) -> None:
        """End the configuration."""
        self.ask("configurationDone")

    def stopped(self) -> int:
        """Wait until the function stops; returns the thread."""
        return int(self._wait(lambda message: message.get("event") == "stopped")["body"]["threadId"])

    def look(self, thread: int, expression: str) -> tuple[int, str]:
        """The line at which a thread is, and the value of an expression there."""
        (frame, *_) = self.ask("stackTrace", threadId=thread)["stackFrames"]
        value = self.ask("evaluate", expression=expression, frameId=frame["id"], context="repl")
        return int(frame["line"]), str(value["result"])

    def go_on(self, thread: int) -> None:
        """Let the function go on."""
        self.ask("continue", threadId=thread)

    def ended(self) -> bool:
        """Wait until the connection ends."""
        while self._receive():
            pass
        return True

    def ask(self, command: str, **arguments: Any) -> Message:
        """Send a request, and wait for its answer."""
        number = self._begin(command, **arguments)
        answer = self._wait(lambda message: message.get("request_seq") == number)
        assert answer["success"], answer
        return dict(answer.get("body") or {})

    def _begin(self, command: str, **arguments: Any) -> int:
        number = next(self._numbers)
        self._stream.write(message(command, number, **arguments))
        self._stream.flush()
        return number

    def _wait(self, matches: Callable[[Message], bool]) -> Message:
        while not (found := next((each for each in self._received if matches(each)), None)):
            if not (received := self._receive()):
                raise EOFError("the debugger has ended the connection")
            self._received.append(received)
        self._received.remove(found)
        return found

    def _receive(self) -> Message:
        length = 0
        while line := self._stream.readline().strip():
            length = int(line.partition(b":")[2])
        return dict(json.loads(self._stream.read(length) or "{}"))


def message(command: str, number: int = 1, **arguments: Any) -> bytes:
    """A request, as it is sent."""
    content = json.dumps({"seq": number, "type": "request", "command": command, "arguments": arguments}).encode()
    return b"Content-Length: %d\r\n\r\n%s" % (len(content), content)


@contextmanager
def attached(port: int, file: Path, *lines: int) -> Iterator[Editor]:
    """Attach to a port of this machine, with breakpoints at the lines of a file."""
    with socket.create_connection(("127.0.0.1", port), timeout=60) as connection, connection.makefile("rwb") as stream:
        editor = Editor(stream)
        editor.stop_at(file, lines)
        editor.ready()
        yield editor
