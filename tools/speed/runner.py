"""A minimal Lambda runtime: runs one built function, and reports the CPU time of each call.

Run as `python -I -S -B runner.py FOLDER...`: only the standard library and the folders can be imported.
The first line that it writes is the nanoseconds of CPU time until the function is loaded. Each line on stdin is an
event. The answer is a line with the nanoseconds of CPU time of this call, those since the process started, and the
function's result. An empty line calls `getppid`, which nothing else does: a profiler uses it to separate the parts of
a run. If FAKE_AWS is the address of a fake AWS, all connections go there, and FAKE_AWS_ROOT is trusted besides.
"""

import importlib
import json
import os
import socket
import ssl
import sys
import time
from types import SimpleNamespace
from typing import Any


def main() -> None:
    """Answer until stdin ends."""
    sys.path[:0] = sys.argv[1:]
    answers = os.fdopen(os.dup(1), "w")
    os.dup2(os.open(os.devnull, os.O_WRONLY), 1)  # what a function prints is not an answer
    if "FAKE_AWS" in os.environ:
        _reach_fake(os.environ["FAKE_AWS"], os.environ["FAKE_AWS_ROOT"])
    handle: Any = importlib.import_module("app").handle
    print(time.process_time_ns(), file=answers, flush=True)
    for number, line in enumerate(sys.stdin):
        if line == "\n":
            os.getppid()
            continue
        context = SimpleNamespace(
            aws_request_id=f"00000000-0000-4000-8000-{number:012}",
            function_name=os.environ["AWS_LAMBDA_FUNCTION_NAME"],
            get_remaining_time_in_millis=lambda: 25_000,
        )
        started = time.process_time_ns()
        result = json.dumps(handle(json.loads(line), context))
        now = time.process_time_ns()
        print(now - started, now, result, file=answers, flush=True)


def _reach_fake(address: str, root: str) -> None:
    """Leave the function as it is on AWS: its endpoints, and the certificates that it loads for each connection."""
    host, port = address.split(":")
    find: Any = socket.getaddrinfo
    load: Any = ssl.SSLContext.load_verify_locations
    socket.getaddrinfo = lambda *_, **__: find(host, int(port), type=socket.SOCK_STREAM)

    def load_and_trust(context: ssl.SSLContext, *stated: Any, **named: Any) -> None:
        load(context, *stated, **named)
        load(context, root)

    ssl.SSLContext.load_verify_locations = load_and_trust  # type: ignore[assignment]


if __name__ == "__main__":
    main()
