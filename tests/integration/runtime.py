"""Stands in for Lambda's Python runtime: runs built functions, each call in its own process.

Run as `python -I -S -B runtime.py BUILD`: only the standard library, the function's own folder and the two layers can
be imported, so that a package that a layer lacks is missing here as on Lambda.

Calls are JSON lines (`function`, `event`, `environment`), and so are answers: the function's result as `answer`, or its
traceback as `error`. Logs go to stderr.
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

# Imported once, from the layer, so that a call takes a tenth of a second.
_PRELOADED = ("boto3", "pydantic")


def main(build: Path) -> None:
    """Answer calls until stdin ends."""
    sys.path[:0] = [str(build / layer / "python") for layer in ("DependenciesLayer", "CoreLayer")]
    answers = os.fdopen(os.dup(1), "w")
    os.dup2(2, 1)  # what a function prints is not an answer
    for package in _PRELOADED:
        importlib.import_module(package)
    for line in sys.stdin:
        call = json.loads(line)
        if os.fork() == 0:
            _write(answers, _answer(build, **call))
            os._exit(0)
        if os.wait()[1]:
            _write(answers, {"error": f"the process of {call['function']} died"})


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


def _write(answers: TextIO, answer: dict[str, Any]) -> None:
    print(json.dumps(answer), file=answers, flush=True)


if __name__ == "__main__":
    main(Path(sys.argv[1]))
