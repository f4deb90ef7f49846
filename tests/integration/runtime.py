"""Stands for Lambda's Python runtime: runs built functions, each call in a process of its own.

Run as `python -I -S -B runtime.py BUILD`: nothing can be imported then but the standard library, the function's own
folder and the two layers, so that what a layer lacks is missing here as it would be on Lambda.

Calls come as JSON lines (`function`, `event`, `environment`); answers leave as JSON lines: what the function returned
under `answer`, or its traceback under `error`. What functions log goes to stderr.
"""

import importlib
import json
import os
import sys
import traceback
import uuid
from pathlib import Path
from types import SimpleNamespace
from typing import Any, TextIO

# Imported here, once, so that a call takes a tenth of a second. From the layer, as all else.
_PRELOADED = ("boto3", "pydantic")


def main(build: Path) -> None:
    """Answer calls until stdin ends."""
    sys.path[:0] = [str(build / layer / "python") for layer in ("DependenciesLayer", "CoreLayer")]
    answers = os.fdopen(os.dup(1), "w")
    os.dup2(2, 1)  # what a function prints is no answer
    for package in _PRELOADED:
        importlib.import_module(package)
    for line in sys.stdin:
        call = json.loads(line)
        if os.fork() == 0:
            _say(answers, _answer(build, **call))
            os._exit(0)
        if os.wait()[1]:
            _say(answers, {"error": f"the process of {call['function']} died"})


def _answer(build: Path, function: str, event: Any, environment: dict[str, str]) -> dict[str, Any]:
    os.environ.clear()
    os.environ.update(environment)
    sys.path.insert(0, str(build / function))
    try:
        app: Any = importlib.import_module("app")
        context = SimpleNamespace(
            aws_request_id=str(uuid.uuid4()), function_name=function, get_remaining_time_in_millis=lambda: 25_000
        )
        return {"answer": app.handle(event, context)}
    except Exception:  # noqa: BLE001 - whatever it is, it is the answer
        return {"error": traceback.format_exc()}


def _say(answers: TextIO, answer: dict[str, Any]) -> None:
    print(json.dumps(answer), file=answers, flush=True)


if __name__ == "__main__":
    main(Path(sys.argv[1]))
