"""A stand-in for AWS that answers at once, so that what is measured is the receiver.

It knows the calls that the receivers make: conditional puts are remembered, all else is agreed to. `/counts` tells how
often each operation was called, and `/reset` forgets everything.
"""

import asyncio
import json
import re
import subprocess
import sys
import urllib.request
from collections import Counter
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from hashlib import md5
from typing import Any

TOKEN = "a-token-of-the-benchmarks"  # noqa: S105 - of the stand-in
_SECRET = {"SecretString": json.dumps({"first": TOKEN})}
_ONCE_ONLY = ("inbox", "once")
"""Ends of the names of those tables whose puts are conditional on the key's absence."""


@dataclass(slots=True)
class Account:
    """What the stand-in remembers."""

    items: dict[tuple[str, ...], Any] = field(default_factory=dict)
    counts: Counter[str] = field(default_factory=Counter)

    def answer(self, operation: str, asked: dict[str, Any]) -> tuple[int, dict[str, Any]]:
        """Status and body of a call's answer."""
        self.counts[operation] += 1
        match operation:
            case "PutItem":
                return self._put(asked)
            case "UpdateItem":
                return self._update(asked)
            case "GetSecretValue":
                return 200, _SECRET
            case "SendMessage":
                return 200, {"MessageId": "m", "MD5OfMessageBody": _md5(asked["MessageBody"])}
            case "SendMessageBatch":
                sent = [
                    {"Id": entry["Id"], "MessageId": "m", "MD5OfMessageBody": _md5(entry["MessageBody"])}
                    for entry in asked["Entries"]
                ]
                return 200, {"Successful": sent, "Failed": []}
            case _:
                return 200, {}

    def _put(self, asked: dict[str, Any]) -> tuple[int, dict[str, Any]]:
        table, item = asked["TableName"], asked["Item"]
        if not table.endswith(_ONCE_ONLY):
            return 200, {}
        key = _key(table, item)
        if key in self.items:
            refused = {"__type": "com.amazonaws.dynamodb.v20120810#ConditionalCheckFailedException", "message": ""}
            return 400, refused | {"Item": self.items[key]}
        self.items[key] = item
        return 200, {}

    def _update(self, asked: dict[str, Any]) -> tuple[int, dict[str, Any]]:
        """What Powertools notes of a run that is done: `SET #name = :value`, and no other expression."""
        item = self.items.get(_key(asked["TableName"], asked["Key"]), {})
        for name, value in re.findall(r"(#\w+) = (:\w+)", asked["UpdateExpression"]):
            item[asked["ExpressionAttributeNames"][name]] = asked["ExpressionAttributeValues"][value]
        return 200, {}


def _key(table: str, item: dict[str, Any]) -> tuple[str, ...]:
    return table, *(item[name]["S"] for name in ("id", "message_id", "client_and_type") if name in item)


def _md5(text: str) -> str:
    return md5(text.encode(), usedforsecurity=False).hexdigest()


class _Connection(asyncio.Protocol):
    """HTTP/1.1 as botocore speaks it: a head, a body of known length, the next request."""

    def __init__(self, account: Account) -> None:
        self._account = account
        self._buffer = b""

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        self._transport: Any = transport

    def data_received(self, data: bytes) -> None:
        self._buffer += data
        while b"\r\n\r\n" in self._buffer:
            head, _, rest = self._buffer.partition(b"\r\n\r\n")
            lines = head.decode("latin-1").split("\r\n")
            headers = {name.lower(): value for name, _, value in (line.partition(": ") for line in lines[1:])}
            length = int(headers.get("content-length", 0))
            if len(rest) < length:
                return
            self._buffer = rest[length:]
            self._answer(lines[0].split(" ")[1], headers, rest[:length])

    def _answer(self, path: str, headers: dict[str, str], body: bytes) -> None:
        status, told = 200, {}
        if path == "/counts":
            told = dict(self._account.counts)
        elif path == "/reset":
            self._account.items.clear()
            self._account.counts.clear()
        else:
            operation = headers.get("x-amz-target", "PutObject").rpartition(".")[2]
            status, told = self._account.answer(operation, json.loads(body) if body[:1] == b"{" else {})
        content = json.dumps(told).encode()
        head = (
            f"HTTP/1.1 {status} .\r\nContent-Type: application/x-amz-json-1.0\r\nContent-Length: {len(content)}\r\n\r\n"
        )
        self._transport.write(head.encode() + content)


@contextmanager
def stand_in(*program: str) -> Iterator[str]:
    """Run it for the length of the block, in a process of its own; its URL.

    `program` is the module of another, with its arguments.
    """
    command = [sys.executable, "-m", *(program or ("benchmarks.stand_in",))]
    with subprocess.Popen(command, stdout=subprocess.PIPE, text=True) as process:
        assert process.stdout is not None
        try:
            yield f"http://127.0.0.1:{process.stdout.readline().strip()}"
        finally:
            process.terminate()


def counts(url: str) -> dict[str, int]:
    """How often each operation was called since the last `reset`."""
    with urllib.request.urlopen(f"{url}/counts") as answer:  # noqa: S310 - our own
        told: dict[str, int] = json.load(answer)
    return told


def reset(url: str) -> None:
    """Make it forget everything."""
    urllib.request.urlopen(f"{url}/reset").close()  # noqa: S310 - our own


async def serve(account: Account) -> None:
    """Answer for an account, at a port that is printed."""
    server = await asyncio.get_running_loop().create_server(lambda: _Connection(account), "127.0.0.1", 0)
    print(server.sockets[0].getsockname()[1], flush=True)
    await server.serve_forever()


if __name__ == "__main__":
    asyncio.run(serve(Account()))
