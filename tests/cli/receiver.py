"""A server with scripted answers that records its requests."""

import json
import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer

from webhooks_cli.operations.endpoint import Request


@dataclass(slots=True)
class Receiver:
    """`answers` gives status and body for the nth request, from 0."""

    url: str
    answers: Callable[[int], tuple[int, bytes]]
    requests: list[Request] = field(default_factory=list)
    lock: threading.Lock = field(default_factory=threading.Lock)

    def take(self, request: Request) -> tuple[int, bytes]:
        with self.lock:
            self.requests.append(request)
            number = len(self.requests) - 1
        return self.answers(number)


def accepted(_: int) -> tuple[int, bytes]:
    return 200, json.dumps({"status": "accepted"}).encode()


@contextmanager
def receiver(answers: Callable[[int], tuple[int, bytes]] = accepted) -> Iterator[Receiver]:
    """Listens on loopback for the length of the block."""

    class Handler(BaseHTTPRequestHandler):
        protocol_version = "HTTP/1.1"

        def do_POST(self) -> None:
            content = self.rfile.read(int(self.headers["Content-Length"]))
            status, body = server_side.take(Request(dict(self.headers.items()), content, self.path))
            self.send_response(status)
            self.send_header("Content-Length", str(len(body)))
            self.send_header("X-Seen", "yes")
            self.send_header("Location", "/elsewhere")
            self.end_headers()
            self.wfile.write(body)

        def log_message(self, *_: object) -> None:
            pass

    with ThreadingHTTPServer(("127.0.0.1", 0), Handler) as server:
        server_side = Receiver(f"http://127.0.0.1:{server.server_port}/hooks", answers)
        thread = threading.Thread(target=server.serve_forever, kwargs={"poll_interval": 0.01})
        thread.start()
        try:
            yield server_side
        finally:
            server.shutdown()
            thread.join()
