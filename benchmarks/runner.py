"""Stands for Lambda's Python runtime: runs one built function, and tells the CPU time that each call took.

Run as `python -I -S -B runner.py FOLDER...`: nothing can be imported then but the standard library and the folders.
Each line on stdin is an event. It is answered by a line: nanoseconds of CPU from the event's text to the answer's,
nanoseconds since the process began, and the answer. After an empty line `getppid` is called, which nobody else does:
by that a profiler tells one part of the run from the next.
"""

import importlib
import json
import os
import sys
import time
from types import SimpleNamespace
from typing import Any


def main() -> None:
    """Answer until stdin ends."""
    sys.path[:0] = sys.argv[1:]
    answers = os.fdopen(os.dup(1), "w")
    os.dup2(os.open(os.devnull, os.O_WRONLY), 1)  # what a function prints is no answer
    handle: Any = importlib.import_module("app").handle
    for number, line in enumerate(sys.stdin):
        if line == "\n":
            os.getppid()
            continue
        context = SimpleNamespace(
            aws_request_id=f"00000000-0000-4000-8000-{number:012}",
            function_name=os.environ["AWS_LAMBDA_FUNCTION_NAME"],
            get_remaining_time_in_millis=lambda: 25_000,
        )
        begun = time.process_time_ns()
        answer = json.dumps(handle(json.loads(line), context))
        now = time.process_time_ns()
        print(now - begun, now, answer, file=answers, flush=True)


if __name__ == "__main__":
    main()
