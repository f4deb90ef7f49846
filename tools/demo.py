"""The whole path once: the vendor's own curl, sent twice, then the rest of an order, down to its record."""

import http.client
import json
import re
import time
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from boto3.dynamodb.types import TypeDeserializer
from rich.table import Table

from tools.local.progress import console, step
from tools.local.stack import HOST, LocalStack, local_stack, stopping_cleanly

EVENTS = Path(__file__).parents[1] / "events"
VENDOR_CURL = EVENTS / "vendor-curl.txt"
_HANDLED_WITHIN = 30.0
_deserialized = TypeDeserializer().deserialize


class DemoFailed(Exception):
    """Something answered otherwise than it should."""


@dataclass(frozen=True, slots=True)
class Request:
    """A POST: headers in the order in which they are sent, body to the byte."""

    headers: Sequence[tuple[str, str]]
    body: bytes


def vendor_request(token: str) -> Request:
    """The curl of the vendor's documentation, byte for byte, with the token replaced."""
    text = VENDOR_CURL.read_text()
    headers = [tuple(header.split(": ", 1)) for header in re.findall(r"--header '([^']*)'", text)]
    (body,) = re.findall(r"--data-raw '([^']*)'", text)
    return Request(
        [(name, f"Bearer {token}" if name == "Authorization" else value) for name, value in headers], body.encode()
    )


def order_request(token: str, event_type: str, message_id: str) -> Request:
    """The vendor's sample of an event type, for order 1, with the vendor's headers."""
    body = re.sub(r'"OrderNumber": *\d+', '"OrderNumber":1', (EVENTS / "samples" / f"{event_type}.txt").read_text())
    headers = {
        "Content-Type": "application/json; charset=UTF-8",
        "Authorization": f"Bearer {token}",
        "X-Directscale-Client-Id": "acme",
        "X-Directscale-Message-Id": message_id,
    }
    return Request(list(headers.items()), body.encode())


def post(stack: LocalStack, request: Request) -> tuple[int, dict[str, Any]]:
    """Send a request to the stack's endpoint: the status and the JSON that it answers."""
    connection = http.client.HTTPConnection("127.0.0.1", stack.emulator.port, timeout=30)
    try:
        headers = {**dict(request.headers), "Host": f"{HOST}:{stack.emulator.port}"}
        connection.request("POST", "/webhooks", request.body, headers)
        answer = connection.getresponse()
        return answer.status, json.loads(answer.read())
    finally:
        connection.close()


def records(stack: LocalStack, pk: str) -> list[dict[str, Any]]:
    """All records under one key."""
    found = stack.emulator.client("dynamodb").query(
        TableName=stack.outputs["RecordsTable"],
        KeyConditionExpression="pk = :pk",
        ExpressionAttributeValues={":pk": {"S": pk}},
    )
    return [{name: _deserialized(value) for name, value in item.items()} for item in found["Items"]]


def log_lines(stack: LocalStack, *functions: str) -> Iterator[dict[str, Any]]:
    """The structured log lines of functions, by their short names."""
    logs = stack.emulator.client("logs")
    for function in functions:
        group = f"/aws/lambda/{stack.name}-{function}"
        for found in logs.filter_log_events(logGroupName=group)["events"]:
            if found["message"].startswith("{"):
                yield json.loads(found["message"])


def run(stack: LocalStack) -> None:
    """Show the path of an order's events. Raises `DemoFailed` at the first surprise."""
    curl = vendor_request(stack.token)
    _deliver(stack, "the vendor's documented curl, byte for byte", curl, 200, "accepted")
    _deliver(stack, "the same once more, as after a time-out", curl, 200, "duplicate")
    _deliver(stack, "a wrong token", vendor_request("wrong"), 401, "unauthorized")
    types = ("CreateOrderEvent", "FinalizeOrderEvent", "SubmitOrderPackageEvent")
    for number, event_type in enumerate(types, 1):
        _deliver(stack, event_type, order_request(stack.token, event_type, f"demo-{number}"), 200, "accepted")
    with step("the handlers run"):
        parts = _wait_for_parts(stack, {"ORDER", "PAYMENT#1", "PACKAGE#1"})
    for line in log_lines(stack, "CreateOrderPaymentEvent", *types):
        console.print(f"  [dim]{line['timestamp']}[/] {line['service']}: {line['message']} {line['message_id']}")
    _show(parts)


def _deliver(stack: LocalStack, title: str, request: Request, status: int, outcome: str) -> None:
    with step(f"POST {title}"):
        answer = post(stack, request)
    console.print(f"  [bold]{answer[0]}[/] {json.dumps(answer[1])}", soft_wrap=True)
    if (answer[0], answer[1].get("status")) != (status, outcome):
        raise DemoFailed(f"expected {status} {outcome}")


def _wait_for_parts(stack: LocalStack, expected: set[str]) -> list[dict[str, Any]]:
    deadline = time.monotonic() + _HANDLED_WITHIN
    while time.monotonic() < deadline:
        parts = records(stack, "ORDER#1")
        # The order is finished when the newer of its two events has arrived.
        if {part["sk"] for part in parts} == expected and parts[0]["OrderStatus"] == "Paid":
            return parts
        time.sleep(0.1)
    raise DemoFailed(f"ORDER#1 was not finished within {_HANDLED_WITHIN:.0f} s: {records(stack, 'ORDER#1')}")


def _show(parts: list[dict[str, Any]]) -> None:
    table = Table(title="The record ORDER#1", title_justify="left")
    for heading in ("part", "field", "value"):
        table.add_column(heading)
    for part in parts:
        ours = ("pk", "sk", "version", "event_type")
        rows = [(name, value) for name, value in part.items() if name not in ours]
        for number, (name, value) in enumerate(rows):
            last = number == len(rows) - 1
            table.add_row(part["sk"] if number == 0 else "", name, str(value), end_section=last)
    console.print(table)


def main() -> None:
    """Run the demo on a stack of its own."""
    with stopping_cleanly(), local_stack() as stack:
        run(stack)
    console.print("All as it should be. [bold]make up[/] keeps such a stack running for you to play with.")


if __name__ == "__main__":
    main()
