"""An event type made by `webhooks new`: after a redeployment its events are handled."""

import os
import subprocess
import sys
from pathlib import Path

from tests.e2e.conftest import SHELL
from tools.local.client import post, records, wait_until
from tools.local.stack import LocalStack
from webhooks_cli.operations.endpoint import Request

TYPE = "EndToEndTestedEvent"


def test_a_new_type_is_redeployed_and_handled(remembered: LocalStack, project: Path) -> None:
    """With the AWS settings of a developer's shell, which `make redeploy` ignores."""
    run(project, "webhooks_cli", "new", TYPE, "--field", "TestNumber:int", "--field", "Points:decimal")
    assert f"  - {TYPE}\n" in (project / "functions" / "handlers" / "types.yaml").read_text()
    run(project, "tools.redeploy", **SHELL)

    body = f'{{"EventType": "{TYPE}", "EventDateUtc": "2026-01-01T00:00:00Z", "TestNumber": 12, "Points": 20.50}}'
    answer = post(remembered, Request({"Content-Type": "application/json"}, body.encode()).with_token(remembered.token))
    assert (answer.status, answer.body["eventType"]) == (200, TYPE)
    (record,) = wait_until(lambda: records(remembered, "END_TO_END_TESTED#12"), bool, "END_TO_END_TESTED#12").values()
    assert (record["TestNumber"], str(record["Points"])) == (12, "20.5")


def run(project: Path, module: str, *arguments: str, **environment: str) -> None:
    """Run a module of the project."""
    path = f"{project / 'layers' / 'core'}{os.pathsep}{project}"
    ran = subprocess.run(
        [sys.executable, "-m", module, *arguments],
        cwd=project,
        env=os.environ | {"PYTHONPATH": path} | environment,
        capture_output=True,
        text=True,
        check=False,
    )
    assert ran.returncode == 0, ran.stdout + ran.stderr
