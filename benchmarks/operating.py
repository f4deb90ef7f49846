"""The `webhooks` command on a full inbox; run by `benchmarks.scale` in a process of its own."""

import json
import sys
from datetime import UTC, datetime
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any
from unittest.mock import patch

import boto3

from benchmarks.in_child import LAST, used
from benchmarks.inbox_stand_in import APART, INBOX, TYPES
from tests.cli.command import Command
from webhooks_cli.operations.stack import Stack

LIMIT = 50


def main(url: str, events: int) -> None:
    """Print what each command takes."""
    command = Command(_stack(url))
    # The last event came in about a minute ago: between the newest of these and the next one up.
    oldest = (datetime.now(UTC) - LAST - (events - LIMIT * len(TYPES)) * APART).isoformat()
    pages = ("events", "list", "--since", "100d", "--limit", str(LIMIT))
    commands = {
        "list, one type": (*pages, "--type", TYPES[0]),
        "list, one type, the oldest": (*pages, "--type", TYPES[0], "--until", oldest),
        "list, all types": pages,
        "show, the newest": ("events", "show", f"m-{events - 1}"),
        "show, the oldest": ("events", "show", "m-0"),
        "replay, one type": ("replay", "--type", TYPES[0], "--since", "100d", "--yes"),
    }
    with TemporaryDirectory() as folder, patch("webhooks_cli.operations.replays.folder", lambda: Path(folder)):
        command.json(*commands["list, one type"])  # what is made once is made here
        print(json.dumps({name: _used(command, url, asked) for name, asked in commands.items()}))


def _used(command: Command, url: str, asked: tuple[str, ...]) -> dict[str, Any]:
    told: list[Any] = []
    taken = used(url, lambda: told.append(command.json(*asked)))
    return taken | {"events": told[0]["sent"] if asked[0] == "replay" else len(told[0])}


def _stack(url: str) -> Stack:
    stack = Stack("bench", boto3.Session(), url)
    outputs = {
        "InboxTable": INBOX,
        "OnceTable": "bench-once",
        "RecordsTable": "records",
        "QueuePrefix": "bench-events-",
    }
    vars(stack)["_described"] = {
        "Outputs": [{"OutputKey": name, "OutputValue": value} for name, value in outputs.items()],
        "Parameters": [{"ParameterKey": "EventTypes", "ParameterValue": ",".join(TYPES)}],
    }
    return stack


if __name__ == "__main__":
    main(sys.argv[1], int(sys.argv[2]))
