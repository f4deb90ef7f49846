"""`webhooks logs` on the deployed stack: what a handler prints, and why it cannot be imported."""

import io
import json
import uuid
import zipfile
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import UTC, datetime, timedelta
from pathlib import Path

from tests.e2e.cli.webhooks import Webhooks
from tools.local.client import wait_until
from tools.local.stack import LocalStack
from webhooks.aws.inbox import DynamoInbox
from webhooks.dates import timestamp
from webhooks.event import AcceptedEvent, EventKey

TYPE = "DailyEvent"
PRINTING = """
import logging
import warnings
from webhooks.handlers import DailyEvent, handler, logger

@handler(DailyEvent)
def handle(event: DailyEvent) -> None:
    print("printed for zoe")
    logging.getLogger("erp").warning("logged for zoe")
    warnings.warn("warned for zoe")
    logger.info("stated for zoe")
"""
SAID = ("printed for zoe", "logged for zoe", "warned for zoe", "stated for zoe")


@contextmanager
def code(stack: LocalStack, project: Path, app: str) -> Iterator[None]:
    """Let the handler have other code for the length of the block."""
    functions = stack.emulator.client("lambda")
    try:
        functions.update_function_code(FunctionName=f"{stack.name}-{TYPE}", ZipFile=_zipped(app))
        yield
    finally:
        before = (project / "functions" / "handlers" / TYPE / "app.py").read_text()
        functions.update_function_code(FunctionName=f"{stack.name}-{TYPE}", ZipFile=_zipped(before))


def test_a_handlers_own_lines_are_shown(stack: LocalStack, project: Path, webhooks: Webhooks) -> None:
    message_id = f"printing-{uuid.uuid4()}"
    with code(stack, project, PRINTING):
        assert webhooks("send", TYPE, "--message-id", message_id).code == 0
        wait_until(
            lambda: webhooks("logs", "--type", TYPE, "--reveal").out,
            lambda out: all(words in out for words in SAID),
            "what the handler said",
        )
    masked = webhooks("logs", "--type", TYPE)
    assert ("zoe" in masked.out, "***" in masked.out, message_id in masked.out) == (False, True, True)
    assert "--reveal" in masked.err


def test_a_failed_import_is_shown(stack: LocalStack, project: Path, webhooks: Webhooks) -> None:
    """In the logs, and with an event that waits for the handler."""
    functions = stack.emulator.client("lambda")
    waiting = _waiting(stack)
    with code(stack, project, "import no_such_package\n"):
        answer = functions.invoke(FunctionName=f"{stack.name}-{TYPE}", Payload=json.dumps({"Records": []}))
    assert answer["FunctionError"]
    printed = webhooks("logs", "--type", TYPE).out
    assert "No module named 'no_such_package'" in printed
    assert 'app.py", line 1, in <module>' in printed
    (story,) = webhooks.json("events", "show", waiting.message_id)
    assert story["location"].startswith(f"on the queue of {TYPE}, whose function could not start at ")


def _waiting(stack: LocalStack) -> EventKey:
    """An event that is published, and was not handled yet."""
    key = EventKey(f"waiting-{uuid.uuid4()}", "acme", TYPE)
    received_at = timestamp(datetime.now(UTC))
    event = AcceptedEvent(key, queue=TYPE, user="", event_date="", received_at=received_at, body="{}")
    inbox = DynamoInbox(stack.emulator.client("dynamodb"), stack.outputs["InboxTable"], timedelta(days=1))
    inbox.claim(event, "a test")
    inbox.mark_published(event)
    return key


def _zipped(app: str) -> bytes:
    content = io.BytesIO()
    with zipfile.ZipFile(content, "w") as archive:
        archive.writestr("app.py", app)
    return content.getvalue()
