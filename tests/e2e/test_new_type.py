"""A new event type, as `webhooks new` makes it: deployed as it is, its events are accepted and handled."""

import os
import shutil
import subprocess
import sys
from pathlib import Path

from tools.local.client import post, records, wait_until
from tools.local.emulator import ROOT
from tools.local.stack import LocalStack, build, connect, deploy
from webhooks_cli.operations.endpoint import Request

NEW_TYPE = "EndToEndTestedEvent"


def test_a_type_is_made_by_one_command(stack: LocalStack, tmp_path: Path) -> None:
    """Done on a copy of the project, whose stack, beside the first one, already runs with two types."""
    copy = tmp_path / "project"
    shutil.copytree(ROOT, copy, ignore=shutil.ignore_patterns(".git", ".venv", ".aws-sam", ".local", "__pycache__"))
    (copy / "functions" / "handlers" / "types.yaml").write_text(
        "EventTypes:\n  - CreateOrderPaymentEvent\n  - CustomEvent\n"
    )
    build(copy)
    deploy(stack.emulator, "second", copy)

    subprocess.run(
        [
            sys.executable,
            "-m",
            "webhooks_cli",
            "new",
            NEW_TYPE,
            "--field",
            "TestNumber:int",
            "--field",
            "Points:decimal",
        ],
        cwd=copy,
        env={**os.environ, "PYTHONPATH": f"{copy / 'layers' / 'core'}:{copy}"},
        check=True,
    )
    build(copy)
    deploy(stack.emulator, "second", copy)
    second = connect(stack.emulator, "second")

    body = f'{{"EventType": "{NEW_TYPE}", "EventDateUtc": "2026-01-01T00:00:00Z", "TestNumber": 12, "Points": 20.50}}'
    headers = {
        "Host": second.host,
        "Authorization": f"Bearer {second.token}",
        "Content-Type": "application/json; charset=UTF-8",
    }
    answer = post(second, Request(headers, body.encode()))
    assert (answer.status, answer.body["eventType"]) == (200, NEW_TYPE)
    (record,) = wait_until(lambda: records(second, "END_TO_END_TESTED#12"), bool, "END_TO_END_TESTED#12").values()
    assert (record["TestNumber"], str(record["Points"])) == (12, "20.5")
    assert not records(stack, "END_TO_END_TESTED#12"), "the first stack has nothing to do with it"
