"""Runs the files of events/ with `sam local invoke`, in containers, against the stack of `make up`.

All of them, or those that are named: `python -m tools.sam_local handlers/CreateOrderEvent.json`.
With `--env` it runs none, but lets a `sam local invoke` by hand reach the stack, through .local/env.json.
SAM_LOCAL_FLAGS has flags for the SAM CLI: `make sam-local SAM_LOCAL_FLAGS=--skip-pull-image`.
"""

import json
import os
import secrets
import shlex
import signal
import subprocess
import sys
import tempfile
import time
from collections.abc import Iterable, Mapping, Sequence
from concurrent.futures import ThreadPoolExecutor
from functools import cache
from pathlib import Path
from typing import Any, NoReturn

from tools.errors import ToolFailed
from tools.local.bridge import seen_from_containers
from tools.local.emulator import ROOT, Emulator
from tools.local.progress import console, step
from tools.local.sam import BIN, environment_of
from tools.local.stack import STATE, build, running
from tools.stages import ARCHITECTURE, local_stage
from webhooks_cli.signals import stopping_cleanly

EVENTS = ROOT / "events"
EXPECTED: dict[str, dict[str, Any]] = json.loads((EVENTS / "expected.json").read_text())
"""By file, in the order in which they run: the function, and its right answer."""

_MESSAGE_ID = "x-directscale-message-id"
_AT_ONCE = 4


def parameters(url: str, handlers: Iterable[str], takes: str = "") -> dict[str, str]:
    """The variables of events/env.json for AWS APIs at `url`, the handlers, and what further ones take."""
    stated: dict[str, str] = json.loads((EVENTS / "env.json").read_text())["Parameters"]
    placed = {name: value.replace(stated["AWS_ENDPOINT_URL"], url) for name, value in stated.items()}
    return placed | {"EVENT_TYPES": ",".join(handlers), "TAKES": takes}


def summary(answer: dict[str, Any]) -> dict[str, Any]:
    """Of a function's answer, what expected.json has: status and outcome, or the ids of the failed messages."""
    if "statusCode" in answer:
        return {"status": answer["statusCode"], "outcome": json.loads(answer["body"]).get("status")}
    if "batchItemFailures" in answer:
        return {"failed": [failure["itemIdentifier"] for failure in answer["batchItemFailures"]]}
    return answer


def expected(file: str) -> dict[str, Any]:
    """The `summary` of the right answer to a file."""
    return {name: value for name, value in EXPECTED[file].items() if name in {"status", "outcome", "failed"}}


def fresh(text: str, run: str) -> str:
    """An event with the message ids of this run (`run` is hexadecimal), so that a second run is not all duplicates.

    The same id becomes the same id in every file.
    """
    for message_id in _message_ids():
        text = text.replace(message_id, f"{message_id}-{run}")
    event = json.loads(text)
    if "headers" in event and _MESSAGE_ID not in event["headers"]:
        # Its body is its id. White space at the end changes the id, and nothing else.
        event["body"] += f"{int(run, 16):b}".translate({ord("0"): " ", ord("1"): "\t"})
    return json.dumps(event)


@cache
def _message_ids() -> frozenset[str]:
    requests = (json.loads((EVENTS / file).read_text()) for file in EXPECTED if file.startswith("ingest/"))
    return frozenset(request["headers"][_MESSAGE_ID] for request in requests if _MESSAGE_ID in request["headers"])


def main() -> None:
    """Run the files. Exits with 1 if an answer is not the expected one."""
    with stopping_cleanly():
        target = running().emulator
        if sys.argv[1:] == ["--env"]:
            _hold(target)
        files = chosen(sys.argv[1:], deployed_types())
        with seen_from_containers(target.port, target.access_key) as url:
            with step("build: sam build"):
                build()
            wrong = _run(files, url, target.environment())
    if wrong:
        sys.exit(f"{wrong} of {len(files)} answers differ from events/expected.json")
    console.print(f"all {len(files)} answers are as in events/expected.json")


def deployed_types() -> tuple[str, ...]:
    """The event types of the stage `local`, which have a handler in the running stack."""
    return local_stage().handlers


def chosen(named: Sequence[str], event_types: Iterable[str]) -> list[str]:
    """The files that are named, by default all, without those of handlers that are not deployed.

    Raises `ToolFailed` for a file that expected.json does not have.
    """
    if unknown := set(named) - set(EXPECTED):
        raise ToolFailed(f"not in events/expected.json: {', '.join(sorted(unknown))}")
    deployed = {"IngestFunction", *(f"{event_type}Handler" for event_type in event_types)}
    skipped = [file for file in named or EXPECTED if EXPECTED[file]["function"] not in deployed]
    if skipped:
        console.print(f"skipped, as their handlers are not deployed: {', '.join(skipped)}", soft_wrap=True)
    return [file for file in named or EXPECTED if file not in skipped]


def _hold(target: Emulator) -> NoReturn:
    """Let containers reach the stack until Ctrl-C, by the variables in .local/env.json."""
    build()
    with seen_from_containers(target.port, target.access_key) as url:
        variables = STATE.with_name("env.json")
        variables.write_text(
            json.dumps({"Parameters": parameters(url, deployed_types(), local_stage().parameters["Takes"])})
        )
        stated = " ".join(f"{name}={value}" for name, value in target.environment().items())
        console.print(
            "Containers reach the stack with `sam local invoke --env-vars "
            f"{variables.relative_to(ROOT)}`, in a shell after\n\n"
            f"unset AWS_PROFILE AWS_SESSION_TOKEN; export {stated}\n\nCtrl-C ends it.",
            soft_wrap=True,
        )
        while True:
            signal.pause()


def _run(files: Sequence[str], url: str, environment: Mapping[str, str]) -> int:
    """The number of wrong answers. `url` is for the functions, `environment` for the SAM CLI."""
    run = secrets.token_hex(4)

    def answer(file: str) -> tuple[str, dict[str, Any], float]:
        event = Path(scratch, file.replace("/", "-"))
        event.write_text(fresh((EVENTS / file).read_text(), run))
        started = time.monotonic()
        answered = summary(_invoke(EXPECTED[file]["function"], event, variables, environment))
        return file, answered, time.monotonic() - started

    duplicates = [file for file in files if EXPECTED[file].get("outcome") == "duplicate"]
    firsts = [file for file in files if file not in duplicates]
    with tempfile.TemporaryDirectory(prefix="webhooks-sam-local-") as scratch, ThreadPoolExecutor(_AT_ONCE) as pool:
        variables = Path(scratch, "env.json")
        variables.write_text(
            json.dumps({"Parameters": parameters(url, deployed_types(), local_stage().parameters["Takes"])})
        )
        # The first alone, because it makes the image that all use; a duplicate after what it repeats.
        waves = (firsts[:1], firsts[1:], duplicates)
        return sum(not _show(*answered) for wave in waves for answered in pool.map(answer, wave))


def _show(file: str, answered: dict[str, Any], seconds: float) -> bool:
    right = answered == expected(file)
    mark = "[green]✓[/]" if right else "[red]✗[/]"
    shown = _in_words(answered) if right else f"{answered}, not {expected(file)}"
    console.print(f"{mark} {file:<44}{shown:<45}[dim]{seconds:6.1f} s[/]", soft_wrap=True)
    return right


def _in_words(answered: dict[str, Any]) -> str:
    if "failed" in answered:
        return f"failed: {', '.join(answered['failed']) or 'none'}"
    return f"{answered['status']} {answered['outcome']}"


def _invoke(function: str, event: Path, variables: Path, environment: Mapping[str, str]) -> dict[str, Any]:
    finished = subprocess.run(
        [
            *(BIN / "sam", "local", "invoke", function),
            *("--event", event, "--env-vars", variables),
            *("--parameter-overrides", f"Architecture={ARCHITECTURE}"),
            *shlex.split(os.environ.get("SAM_LOCAL_FLAGS", "")),
        ],
        cwd=ROOT,
        env=environment_of(environment),
        stdin=subprocess.DEVNULL,
        capture_output=True,
        text=True,
        check=False,
    )
    lines = finished.stdout.strip().splitlines()
    if finished.returncode or not lines:
        reason = finished.stderr.strip().rpartition("\n")[2]
        raise ToolFailed(
            f"sam local invoke {function} gave no answer: {reason}\n"
            "Flags for sam go in SAM_LOCAL_FLAGS; without a network: make sam-local SAM_LOCAL_FLAGS=--skip-pull-image"
        )
    answer: dict[str, Any] = json.loads(lines[-1])
    return answer


if __name__ == "__main__":
    main()
