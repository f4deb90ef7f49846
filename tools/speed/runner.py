"""A minimal Lambda runtime: runs one built function, and reports the CPU time of each call.

Run as `python -I -S -B runner.py FOLDER...`: only the standard library and the folders can be imported.
Each line on stdin is an event. The answer is a line with the nanoseconds of CPU time of this call, those since the
process started, and the function's result. An empty line calls `getppid`, which nothing else does: a profiler uses it
to separate the parts of a run.
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
    os.dup2(os.open(os.devnull, os.O_WRONLY), 1)  # what a function prints is not an answer
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
        started = time.process_time_ns()
        result = json.dumps(handle(json.loads(line), context))
        now = time.process_time_ns()
        print(now - started, now, result, file=answers, flush=True)


if __name__ == "__main__":
    main()
