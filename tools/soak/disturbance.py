"""A proxy between the functions and AWS: throttles calls, delays them and loses answers at random.

It counts the runs of each handler: it writes its completion to the table of `once`, and its effect to the records
table.
The SDK repeats a call with the same invocation id, so a repeated call is not a second run.
"""

import http.client
import json
import random
import threading
import time
from collections import defaultdict
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from http import HTTPStatus
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any, ClassVar

_THROTTLED = {
    "__type": "com.amazonaws.dynamodb.v20120810#ProvisionedThroughputExceededException",
    "message": "disturbed by the soak",
}


@dataclass(slots=True)
class Disturbance:
    """The shares of calls to disturb, the counts of calls, and the runs.

    Effects by the record's key and version, completions by handler and run.
    """

    seed: int
    throttled: float = 0.02
    answer_lost: float = 0.02
    delayed: float = 0.05
    calls: int = 0
    disturbed: int = 0
    effects: dict[str, set[str]] = field(default_factory=lambda: defaultdict(set))
    completions: dict[tuple[str, str], set[str]] = field(default_factory=lambda: defaultdict(set))
    _before: set[str] = field(default_factory=set)
    _lock: threading.Lock = field(default_factory=threading.Lock)

    def choose(self, invocation: str, handler_state: bool) -> str:  # noqa: FBT001 - one caller
        """What happens to a call: "pass", "throttle", "lose the answer" or "delay".

        A call that writes a handler's state is disturbed at most once: after a second failure in a row the handler
        could not record its completion, as after a kill.
        """
        with self._lock:
            self.calls += 1
            draw = random.Random(f"{self.seed} {self.calls}").random()  # noqa: S311 - repeatable on purpose
            if handler_state and invocation in self._before:
                return "pass"
            for name, share in (
                ("throttle", self.throttled),
                ("lose the answer", self.answer_lost),
                ("delay", self.delayed),
            ):
                if draw < share:
                    self._before.add(invocation)
                    self.disturbed += 1
                    return name
                draw -= share
            return "pass"

    def note(self, target: str, body: dict[str, Any], invocation: str) -> None:
        """Remember a write that shows a run of a handler."""
        table = body.get("TableName", "")
        with self._lock:
            if target.endswith("PutItem") and table.endswith("-records"):
                # The handlers of an event save different records of it. The version: date, precedence, key.
                record = [body["Item"][name]["S"] for name in ("pk", "sk", "version")]
                self.effects[" ".join(record)].add(invocation)
            if target.endswith("UpdateItem") and table.endswith("-once"):
                handler, _, run = body["Key"]["id"]["S"].partition("#")
                if "#" not in run:  # else what went wrong with an event
                    self.completions[handler, run].add(invocation)


@contextmanager
def disturbing(disturbance: Disturbance, port: int) -> Iterator[str]:
    """The URL of the disturbed AWS APIs of 127.0.0.1:`port`."""
    handler = type("Handler", (_Handler,), {"disturbance": disturbance, "port": port})
    server = _Server(("127.0.0.1", 0), handler)
    server.daemon_threads = True
    threading.Thread(target=server.serve_forever, daemon=True).start()
    try:
        yield f"http://127.0.0.1:{server.server_address[1]}"
    finally:
        server.shutdown()
        server.server_close()


class _Server(ThreadingHTTPServer):
    def handle_error(self, *_: object) -> None:
        """Stay silent: a killed process does not close its connections."""


class _Handler(BaseHTTPRequestHandler):
    protocol_version = "HTTP/1.1"
    disturbance: ClassVar[Disturbance]
    port: ClassVar[int]

    def handle_any(self) -> None:
        """Forward a request and its answer, or disturb them."""
        content = self.rfile.read(int(self.headers.get("Content-Length") or 0))
        target = self.headers.get("X-Amz-Target", "")
        invocation = self.headers.get("amz-sdk-invocation-id", "")
        body = json.loads(content) if target.startswith("DynamoDB") else {}
        handler_state = body.get("TableName", "").endswith(("-once", "-records"))
        choice = self.disturbance.choose(invocation, handler_state)
        if choice == "throttle":
            content_type = {"Content-Type": "application/x-amz-json-1.0"}
            self._answer(400 if body else 503, content_type, json.dumps(_THROTTLED).encode())
            return
        if choice == "delay":
            time.sleep(0.3)
        status, headers, answered = self._forward(content)
        if status == HTTPStatus.OK:
            self.disturbance.note(target, body, invocation)
        if choice == "lose the answer":
            self.close_connection = True
            return
        self._answer(status, headers, answered)

    do_GET = do_POST = do_PUT = do_DELETE = do_HEAD = handle_any  # noqa: N815 - the names that the server calls

    def log_message(self, *_: object) -> None:
        """Stay silent."""

    def _forward(self, content: bytes) -> tuple[int, dict[str, str], bytes]:
        connection = http.client.HTTPConnection("127.0.0.1", self.port, timeout=60)
        try:
            connection.request(self.command, self.path, content, dict(self.headers))
            answer = connection.getresponse()
            headers = {name: value for name, value in answer.getheaders() if name.lower() not in _HOP_BY_HOP}
            return answer.status, headers, answer.read()
        finally:
            connection.close()

    def _answer(self, status: int, headers: dict[str, str], body: bytes) -> None:
        self.send_response_only(status)
        for name, value in headers.items():
            self.send_header(name, value)
        self.send_header("Content-Length", str(len(body)))
        self.end_headers()
        self.wfile.write(body)


_HOP_BY_HOP = {"content-length", "connection", "transfer-encoding", "keep-alive"}
