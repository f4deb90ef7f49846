"""A fake AWS that answers immediately, so that only the function is measured.

It knows the calls that the functions make: it remembers conditional puts, and accepts everything else. `/counts`
returns the number of calls by operation, `/reset` clears all state, `/disconnect` closes the connections with TLS, as
AWS does after an idle minute.
"""

import asyncio
import json
import re
import ssl
import subprocess
import sys
import tempfile
import time
import urllib.request
from collections import Counter
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from hashlib import md5
from pathlib import Path
from typing import Any

from tools.speed import certificates

TOKEN = "a-token-of-the-fake-aws"  # noqa: S105 - of the fake
_SECRET = {"SecretString": json.dumps({"first": TOKEN})}
_UNIQUE = ("inbox", "once")
"""Suffixes of the tables whose puts require that the key is absent."""

type Answer = tuple[int, dict[str, Any] | str]
"""The status, and the content: JSON, or XML as text."""


@dataclass(slots=True)
class Account:
    """The state of the fake."""

    items: dict[tuple[str, ...], Any] = field(default_factory=dict)
    counts: Counter[str] = field(default_factory=Counter)
    encrypted: set[Any] = field(default_factory=set)

    def answer(self, operation: str, params: dict[str, Any]) -> Answer:
        """Answer a call."""
        self.counts[operation] += 1
        match operation:
            case "PutItem":
                return self._put(params)
            case "UpdateItem":
                return self._update(params)
            case "GetSecretValue":
                return 200, _SECRET
            case "SendMessage":
                return 200, {"MessageId": "m", "MD5OfMessageBody": _md5(params["MessageBody"])}
            case "SendMessageBatch":
                sent = [
                    {"Id": entry["Id"], "MessageId": "m", "MD5OfMessageBody": _md5(entry["MessageBody"])}
                    for entry in params["Entries"]
                ]
                return 200, {"Successful": sent, "Failed": []}
            case _:
                return 200, {}

    def _put(self, params: dict[str, Any]) -> Answer:
        table, item = params["TableName"], params["Item"]
        if not table.endswith(_UNIQUE):
            return 200, {}
        key = _key(table, item)
        if key in self.items:
            failed = {"__type": "com.amazonaws.dynamodb.v20120810#ConditionalCheckFailedException", "message": ""}
            return 400, failed | {"Item": self.items[key]}
        self.items[key] = item
        return 200, {}

    def _update(self, params: dict[str, Any]) -> Answer:
        """What Powertools stores of a completed run: `SET #name = :value`, no other expression."""
        item = self.items.get(_key(params["TableName"], params["Key"]), {})
        for name, value in re.findall(r"(#\w+) = (:\w+)", params["UpdateExpression"]):
            item[params["ExpressionAttributeNames"][name]] = params["ExpressionAttributeValues"][value]
        return 200, {}


class _Connection(asyncio.Protocol):
    """HTTP/1.1 as botocore speaks it: a head, a body of known length, the next request."""

    def __init__(self, account: Account, delay: float) -> None:
        self._account = account
        self._delay = delay
        self._buffer = b""

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        self._transport: Any = transport
        if transport.get_extra_info("sslcontext"):
            self._account.encrypted.add(transport)

    def connection_lost(self, _: Exception | None) -> None:
        self._account.encrypted.discard(self._transport)

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
        status: int = 200
        content: dict[str, Any] | str = {}
        if path == "/counts":
            content = dict(self._account.counts)
        elif path == "/reset":
            self._account.items.clear()
            self._account.counts.clear()
        elif path == "/disconnect":
            for transport in self._account.encrypted:
                transport.abort()
        else:
            status, content = self._account.answer(_operation(headers, body), _params(body))
        text = content if isinstance(content, str) else json.dumps(content)
        kind = "text/xml" if isinstance(content, str) else "application/x-amz-json-1.0"
        head = f"HTTP/1.1 {status} .\r\nContent-Type: {kind}\r\nContent-Length: {len(text.encode())}\r\n\r\n"
        answer = (head + text).encode()
        if self._delay:
            asyncio.get_running_loop().call_later(self._delay, self._transport.write, answer)
        else:
            self._transport.write(answer)


@dataclass(frozen=True, slots=True)
class FakeAws:
    """`url` has no TLS. `secure_url` has, with a certificate of the root in the file `root` for AWS's names too."""

    url: str
    secure_url: str
    root: Path


@contextmanager
def fake_aws(*program: str) -> Iterator[str]:
    """Run the fake for the length of the block, in a process of its own; returns its URL.

    `program` is the module of another fake, with its arguments.
    """
    with _running(*(program or ("tools.speed.fake_aws",))) as (port, *_):
        yield _url(port)


@contextmanager
def fake_aws_with_tls() -> Iterator[FakeAws]:
    """The same, which also speaks TLS."""
    with tempfile.TemporaryDirectory(prefix="webhooks-fake-aws-") as folder:
        root, server = certificates.write(Path(folder))
        with _running("tools.speed.fake_aws", str(server)) as (port, secure_port):
            yield FakeAws(_url(port), _url(secure_port).replace("http", "https"), root)


def counts(url: str) -> dict[str, int]:
    """The number of calls by operation since the last `reset`."""
    with urllib.request.urlopen(f"{url}/counts") as answer:  # noqa: S310 - our own
        counted: dict[str, int] = json.load(answer)
    return counted


def reset(url: str) -> None:
    """Clear all state."""
    urllib.request.urlopen(f"{url}/reset").close()  # noqa: S310 - our own


def disconnect(url: str) -> None:
    """Close all connections with TLS, and wait until their other ends have noticed."""
    urllib.request.urlopen(f"{url}/disconnect").close()  # noqa: S310 - our own
    time.sleep(0.05)


async def serve(account: Account, certificate: str = "", *, delay: float = 0) -> None:
    """Answer for an account, each call after `delay` seconds; prints its free port, and another one with TLS."""
    loop, ports = asyncio.get_running_loop(), []
    for tls in (None, *([_tls(certificate)] if certificate else [])):
        server = await loop.create_server(lambda: _Connection(account, delay), "127.0.0.1", 0, ssl=tls)
        ports.append(server.sockets[0].getsockname()[1])
    print(*ports, flush=True)
    await server.serve_forever()


@contextmanager
def _running(*program: str) -> Iterator[list[str]]:
    with subprocess.Popen([sys.executable, "-m", *program], stdout=subprocess.PIPE, text=True) as process:
        try:
            yield process.stdout.readline().split() if process.stdout else []
        finally:
            process.terminate()


def _tls(certificate: str) -> ssl.SSLContext:
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    context.load_cert_chain(certificate)
    return context


def _url(port: str) -> str:
    return f"http://127.0.0.1:{port}"


def _operation(headers: dict[str, str], body: bytes) -> str:
    """The operation of a request, by the protocol of its service: JSON, query (CloudFormation) or REST (S3)."""
    if target := headers.get("x-amz-target"):
        return target.rpartition(".")[2]
    query = re.search(rb"(?:^|&)Action=(\w+)", body)
    return query[1].decode() if query else "PutObject"


def _params(body: bytes) -> dict[str, Any]:
    return dict(json.loads(body)) if body[:1] == b"{" else {}


def _key(table: str, item: dict[str, Any]) -> tuple[str, ...]:
    return table, *(item[name]["S"] for name in ("id", "message_id", "client_and_type") if name in item)


def _md5(text: str) -> str:
    return md5(text.encode(), usedforsecurity=False).hexdigest()


if __name__ == "__main__":
    asyncio.run(serve(Account(), *sys.argv[1:]))
