"""The whole path once: the vendor's own curl, sent twice, then the rest of an order, until each event is handled.

The stack is that of a copy of the project, in which a further handler takes new orders too, and fails at first.
"""

import json
import re
import time
from collections.abc import Collection
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any

from rich.table import Table

from tools.errors import ToolFailed
from tools.local.client import log_lines, post, records, wait_until, waiting
from tools.local.progress import console, step
from tools.local.stack import LocalStack, local_stack
from tools.reference import copy_of_project
from webhooks.event import CUSTOM
from webhooks_cli.operations.checkout import Checkout
from webhooks_cli.operations.endpoint import Request
from webhooks_cli.signals import stopping_cleanly

EVENTS = Path(__file__).parents[1] / "events"
_LOG_WITHIN = 5.0
ORDER_TYPES = ("CreateOrderEvent", "FinalizeOrderEvent", "SubmitOrderPackageEvent")

FURTHER = "DemoMailing"
"""The further handler: it takes the first of these types."""

_APP = """from webhooks.handlers import CreateOrderEvent, handler

TRIED = set()


@handler(CreateOrderEvent)
def handle(event: CreateOrderEvent) -> None:
    if event.idempotency_key not in TRIED:
        TRIED.add(event.idempotency_key)
        raise ConnectionError("the mail server is down")
"""


def vendor_request() -> Request:
    """The curl of the vendor's documentation: its headers, and its body byte for byte."""
    text = (EVENTS / "vendor-curl.txt").read_text()
    headers = dict(header.split(": ", 1) for header in re.findall(r"--header '([^']*)'", text))
    (body,) = re.findall(r"--data-raw '([^']*)'", text)
    return Request(headers, body.encode())


def order_request(event_type: str, message_id: str) -> Request:
    """The vendor's sample of an event type, for order 1, with the headers that the vendor documents."""
    sample = (EVENTS / "samples" / f"{event_type}.txt").read_text()
    headers = {
        "Content-Type": "application/json; charset=UTF-8",
        "X-Directscale-Client-Id": "acme",
        "X-Directscale-Message-Id": message_id,
    }
    return Request(headers, re.sub(r'"OrderNumber":\d+', '"OrderNumber":1', sample).encode())


def with_further_handler(project: Path) -> Path:
    """Add the further handler to a copy of the project."""
    Checkout(project).add_type(FURTHER, {"app.py": _APP}, ORDER_TYPES[:1])
    return project


def run(stack: LocalStack, further: str = "") -> None:
    """Show the path of an order's events, the first of which a `further` handler takes too.

    Raises `ToolFailed` if an answer is unexpected or an event is not handled.
    """
    curl = vendor_request().with_token(stack.token)
    message_id = _deliver(stack, "the vendor's documented curl, byte for byte", curl, 200, "accepted")
    due = {(message_id, "CreateOrderPaymentEvent")}
    _deliver(stack, "the same once more, as after a timeout", curl, 200, "duplicate")
    _deliver(stack, "a wrong token", curl.with_token("wrong"), 401, "unauthorized")
    for number, event_type in enumerate(ORDER_TYPES, 1):
        request = order_request(event_type, f"demo-{number}").with_token(stack.token)
        due.add((_deliver(stack, event_type, request, 200, "accepted"), event_type))
    if further:
        due.add(("demo-1", further))
    with step("the handlers run"):
        posted = time.monotonic()
        wait_until(lambda: _unhandled(stack, due, posted), lambda left: not left, "all events handled")
    for line in log_lines(stack):
        if line["service"] != "ingest" and line.get("message_id") in {message_id for message_id, _ in due}:
            console.print(f"  {line['service']}: {line['message']} {line['message_id']}", soft_wrap=True)
    if parts := records(stack, "ORDER#1"):
        _show(parts)


def _deliver(stack: LocalStack, title: str, request: Request, status: int, outcome: str) -> str:
    with step(f"POST {title}"):
        answer = post(stack, request)
    console.print(f"  [bold]{answer.status}[/] {json.dumps(answer.body)}", soft_wrap=True)
    if (answer.status, answer.body.get("status")) != (status, outcome):
        raise ToolFailed(f"expected {status} {outcome}")
    return str(answer.body.get("messageId"))


def _unhandled(stack: LocalStack, due: Collection[tuple[str, str]], posted: float) -> dict[str, str]:
    """Of the events and their handlers those that are not finished, with what was logged of them last."""
    lines, left = log_lines(stack), {}
    for message_id, handler in due:
        # Its type may have no handler of its own here.
        names = {handler, CUSTOM} if handler != FURTHER else {handler}
        of_it = [line for line in lines if line.get("message_id") == message_id and line["service"] in names]
        line = of_it[-1] if of_it else {}
        if line.get("message") == "dead letter":
            raise ToolFailed(f"the handler failed, and {message_id} is a dead letter: {json.dumps(line)}")
        # A handler without our decorator logs nothing: its queue is empty when it has returned, just before its log.
        silent = time.monotonic() > posted + _LOG_WITHIN and not waiting(stack, handler)
        if line.get("message") not in {"handled", "handled before"} and not silent:
            left[f"{handler}: {message_id}"] = json.dumps(line)
    return left


def _show(parts: dict[str, dict[str, Any]]) -> None:
    table = Table("part", "field", "value", title="The record ORDER#1", title_justify="left")
    for part in parts.values():
        rows = [(name, str(value)) for name, value in part.items() if name[0].isupper()]
        for number, row in enumerate(rows):
            table.add_row(part["sk"] if number == 0 else "", *row, end_section=number == len(rows) - 1)
    console.print(table)


def main() -> None:
    """Run the demo on its own stack."""
    with stopping_cleanly(), TemporaryDirectory(prefix="webhooks-demo-") as folder:
        project = copy_of_project(Path(folder, "project"))
        with local_stack(project=with_further_handler(project)) as stack:
            run(stack, FURTHER)
    console.print(
        f"Every event was handled, the new order by two handlers: {FURTHER}, which the demo adds to its copy of the "
        "project, failed at first and was retried alone. [bold]make up[/] keeps your own stack running for you.",
        soft_wrap=True,
    )


if __name__ == "__main__":
    main()
