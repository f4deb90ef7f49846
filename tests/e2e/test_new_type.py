"""A new event type: one word in the template's list, one folder, and nothing else."""

import re
import shutil
from pathlib import Path

from tools.local.client import Request, post, records, wait_until
from tools.local.emulator import ROOT
from tools.local.stack import LocalStack, build, connect, deploy

NEW_TYPE = "ReturnCreatedEvent"
HANDLER = f'''"""A return is created."""

from webhooks.aws.handler import handler
from webhooks.aws.records import keep
from webhooks.events.base import Event


class {NEW_TYPE}(Event):
    """Posted by the client's own code."""

    return_number: int


@handler({NEW_TYPE})
def handle(event: {NEW_TYPE}) -> None:
    """Keep the return."""
    keep(event, f"RETURN#{{event.return_number}}", "RETURN")
'''


def test_a_new_type_is_one_word_and_one_folder(stack: LocalStack, tmp_path: Path) -> None:
    """Done on a copy of the project, whose stack, beside the first one, already runs with two types."""
    copy = tmp_path / "project"
    shutil.copytree(ROOT, copy, ignore=shutil.ignore_patterns(".git", ".venv", ".aws-sam", ".local", "__pycache__"))
    template = copy / "template.yaml"
    text = template.read_text()
    of_two = re.sub(r"      EnrollmentEvent,\n(      \w+,\n)*      DailyEvent,\n", "      DailyEvent,\n", text)
    assert of_two != text
    template.write_text(of_two)
    build(copy)
    deploy(stack.emulator, "second", copy)

    template.write_text(of_two.replace("      DailyEvent,\n", f"      DailyEvent,\n      {NEW_TYPE},\n"))
    folder = copy / "functions" / "handlers" / NEW_TYPE
    folder.mkdir()
    (folder / "app.py").write_text(HANDLER)
    build(copy)
    deploy(stack.emulator, "second", copy)
    second = connect(stack.emulator, "second")

    body = f'{{"EventType": "{NEW_TYPE}", "EventDateUtc": "2026-01-01T00:00:00Z", "ReturnNumber": 12}}'
    headers = {"Authorization": f"Bearer {second.token}", "Content-Type": "application/json; charset=UTF-8"}
    answer = post(second, Request(headers, body.encode()))
    assert (answer.status, answer.body["eventType"]) == (200, NEW_TYPE)
    record = wait_until(lambda: records(second, "RETURN#12"), bool, "RETURN#12")["RETURN"]
    assert record["ReturnNumber"] == 12
    assert not records(stack, "RETURN#12"), "the first stack has nothing to do with it"
