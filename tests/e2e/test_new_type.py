"""An event type made by `webhooks new`: deployed without a change, its events are handled."""

import os
import subprocess
import sys
from pathlib import Path

from tools.local.client import post, records, wait_until
from tools.local.stack import LocalStack, build, connect, deploy
from tools.reference import reference_project
from webhooks_cli.operations.endpoint import Request

TYPE = "EndToEndTestedEvent"


def test_a_new_type_is_deployed_and_handled(stack: LocalStack, tmp_path: Path) -> None:
    """In a second stack, which was deployed before without the type."""
    project = reference_project(tmp_path / "project", ["CreateOrderPaymentEvent", "CustomEvent"])
    build(project)
    deploy(stack.emulator, "second", project)

    command = ("new", TYPE, "--field", "TestNumber:int", "--field", "Points:decimal")
    subprocess.run(
        [sys.executable, "-m", "webhooks_cli", *command],
        cwd=project,
        env={**os.environ, "PYTHONPATH": f"{project / 'layers' / 'core'}:{project}"},
        check=True,
    )
    assert f"  - {TYPE}\n" in (project / "functions" / "handlers" / "types.yaml").read_text()
    build(project)
    deploy(stack.emulator, "second", project)
    second = connect(stack.emulator, "second")

    body = f'{{"EventType": "{TYPE}", "EventDateUtc": "2026-01-01T00:00:00Z", "TestNumber": 12, "Points": 20.50}}'
    answer = post(second, Request({"Content-Type": "application/json"}, body.encode()).with_token(second.token))
    assert (answer.status, answer.body["eventType"]) == (200, TYPE)
    (record,) = wait_until(lambda: records(second, "END_TO_END_TESTED#12"), bool, "END_TO_END_TESTED#12").values()
    assert (record["TestNumber"], str(record["Points"])) == (12, "20.5")
    assert not records(stack, "END_TO_END_TESTED#12"), "the stacks share nothing"
