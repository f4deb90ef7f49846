"""The whole path once: the vendor's own curl, sent twice, then the rest of an order, down to its record."""

import json
import re
from pathlib import Path
from typing import Any

from rich.table import Table

from tools.errors import ToolFailed
from tools.local.client import log_lines, post, records, wait_until
from tools.local.progress import console, step
from tools.local.stack import LocalStack, local_stack
from webhooks_cli.operations.endpoint import Request
from webhooks_cli.signals import stopping_cleanly

EVENTS = Path(__file__).parents[1] / "events"
ORDER_TYPES = ("CreateOrderEvent", "FinalizeOrderEvent", "SubmitOrderPackageEvent")


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


def run(stack: LocalStack) -> None:
    """Show the path of an order's events. Raises `ToolFailed` at the first surprise."""
    curl = vendor_request().with_token(stack.token)
    _deliver(stack, "the vendor's documented curl, byte for byte", curl, 200, "accepted")
    _deliver(stack, "the same once more, as after a time-out", curl, 200, "duplicate")
    _deliver(stack, "a wrong token", curl.with_token("wrong"), 401, "unauthorized")
    for number, event_type in enumerate(ORDER_TYPES, 1):
        request = order_request(event_type, f"demo-{number}").with_token(stack.token)
        _deliver(stack, event_type, request, 200, "accepted")
    with step("the handlers run"):
        parts = wait_until(lambda: records(stack, "ORDER#1"), _is_finished, "the record ORDER#1 with all its parts")
    for line in log_lines(stack, "CreateOrderPaymentEvent", *ORDER_TYPES):
        console.print(f"  {line['service']}: {line['message']} {line['message_id']}", soft_wrap=True)
    _show(parts)


def _deliver(stack: LocalStack, title: str, request: Request, status: int, outcome: str) -> None:
    with step(f"POST {title}"):
        answer = post(stack, request)
    console.print(f"  [bold]{answer.status}[/] {json.dumps(answer.body)}", soft_wrap=True)
    if (answer.status, answer.body.get("status")) != (status, outcome):
        raise ToolFailed(f"expected {status} {outcome}")


def _is_finished(parts: dict[str, dict[str, Any]]) -> bool:
    # The newer of the order's two events is the one that says "Paid".
    return set(parts) == {"ORDER", "PAYMENT#1", "PACKAGE#1"} and parts["ORDER"]["OrderStatus"] == "Paid"


def _show(parts: dict[str, dict[str, Any]]) -> None:
    table = Table("part", "field", "value", title="The record ORDER#1", title_justify="left")
    for part in parts.values():
        rows = [(name, str(value)) for name, value in part.items() if name[0].isupper()]
        for number, row in enumerate(rows):
            table.add_row(part["sk"] if number == 0 else "", *row, end_section=number == len(rows) - 1)
    console.print(table)


def main() -> None:
    """Run the demo on a stack of its own."""
    with stopping_cleanly(), local_stack() as stack:
        run(stack)
    console.print("All as it should be. [bold]make up[/] keeps such a stack running for you.")


if __name__ == "__main__":
    main()
