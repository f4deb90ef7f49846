"""Runs the files of events/ with `sam local invoke`, in containers, against the stack that `make up` keeps running.

All of them, or those that are named: `python -m tools.sam_local handlers/CreateOrderEvent.json`.
With `--env` none, but whoever runs `sam local invoke` by hand finds the running stack through .local/env.json.
Flags for the SAM CLI come from SAM_LOCAL_FLAGS, as `make sam-local SAM_LOCAL_FLAGS=--skip-pull-image`.
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
from collections.abc import Mapping, Sequence
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
from tools.stages import ARCHITECTURE
from webhooks_cli.operations.checkout import Checkout
from webhooks_cli.signals import stopping_cleanly

EVENTS = ROOT / "events"
EXPECTED: dict[str, dict[str, Any]] = json.loads((EVENTS / "expected.json").read_text())
"""By file, in the order in which they are run: the function, and what it answers."""

_MESSAGE_ID = "x-directscale-message-id"
_AT_ONCE = 4


def parameters(url: str) -> dict[str, str]:
    """The variables of events/env.json for AWS APIs that answer at `url`, and the event types."""
    stated: dict[str, str] = json.loads((EVENTS / "env.json").read_text())["Parameters"]
    placed = {name: value.replace(stated["AWS_ENDPOINT_URL"], url) for name, value in stated.items()}
    return placed | {"EVENT_TYPES": ",".join(Checkout(ROOT).event_types())}


def told(answer: dict[str, Any]) -> dict[str, Any]:
    """Of a function's answer, what expected.json states: status and outcome, or the ids of the failed messages."""
    if "statusCode" in answer:
        return {"status": answer["statusCode"], "outcome": json.loads(answer["body"]).get("status")}
    if "batchItemFailures" in answer:
        return {"failed": [failure["itemIdentifier"] for failure in answer["batchItemFailures"]]}
    return answer


def expected(file: str) -> dict[str, Any]:
    """What `told` gives of the answer to a file."""
    return {name: value for name, value in EXPECTED[file].items() if name in {"status", "outcome", "failed"}}


def fresh(text: str, run: str) -> str:
    """An event with message ids of this run only (`run` is hexadecimal), so that a second run is not all duplicates.

    The same id becomes the same id in every file.
    """
    for message_id in _message_ids():
        text = text.replace(message_id, f"{message_id}-{run}")
    event = json.loads(text)
    if "headers" in event and _MESSAGE_ID not in event["headers"]:
        # Its body is its id. White space after it makes another of it, and changes nothing else.
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
        files = _chosen(sys.argv[1:])
        with seen_from_containers(target.port, target.access_key) as url:
            with step("build: sam build"):
                build()
            wrong = _run(files, url, target.environment())
    if wrong:
        sys.exit(f"{wrong} of {len(files)} files answered otherwise than events/expected.json says")
    console.print(f"{len(files)} of {len(files)} files answered as events/expected.json says")


def _hold(target: Emulator) -> NoReturn:
    """Let containers reach the stack until Ctrl-C, by the variables in .local/env.json."""
    build()
    with seen_from_containers(target.port, target.access_key) as url:
        variables = STATE.with_name("env.json")
        variables.write_text(json.dumps({"Parameters": parameters(url)}))
        stated = " ".join(f"{name}={value}" for name, value in target.environment().items())
        console.print(
            "Containers reach the stack with `sam local invoke --env-vars "
            f"{variables.relative_to(ROOT)}`, in a shell after\n\n"
            f"unset AWS_PROFILE AWS_SESSION_TOKEN; export {stated}\n\nCtrl-C ends it.",
            soft_wrap=True,
        )
        while True:
            signal.pause()


def _chosen(named: Sequence[str]) -> Sequence[str]:
    unknown = set(named) - set(EXPECTED)
    if unknown:
        raise ToolFailed(f"not in events/expected.json: {', '.join(sorted(unknown))}")
    return named or list(EXPECTED)


def _run(files: Sequence[str], url: str, environment: Mapping[str, str]) -> int:
    """How many files were answered wrongly. `url` is for the functions, `environment` for the SAM CLI."""
    run = secrets.token_hex(4)

    def answer(file: str) -> tuple[str, dict[str, Any], float]:
        event = Path(scratch, file.replace("/", "-"))
        event.write_text(fresh((EVENTS / file).read_text(), run))
        started = time.monotonic()
        answered = told(_invoke(EXPECTED[file]["function"], event, variables, environment))
        return file, answered, time.monotonic() - started

    duplicates = [file for file in files if EXPECTED[file].get("outcome") == "duplicate"]
    firsts = [file for file in files if file not in duplicates]
    with tempfile.TemporaryDirectory(prefix="webhooks-sam-local-") as scratch, ThreadPoolExecutor(_AT_ONCE) as pool:
        variables = Path(scratch, "env.json")
        variables.write_text(json.dumps({"Parameters": parameters(url)}))
        # The first alone, for it makes the image that all use; duplicates when what they repeat has been accepted.
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
