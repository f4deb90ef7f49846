"""Load on a server: a fixed number of events in flight, a new one for each answer."""

import asyncio
import json
import time
from collections.abc import AsyncIterator, Awaitable, Callable, Iterator, Sequence
from contextlib import asynccontextmanager
from dataclasses import dataclass
from statistics import quantiles
from typing import Any

from benchmarks.runtime_api import RuntimeApi
from tools.bodies import SAMPLE, body
from tools.speed.fake_aws import TOKEN

SIZE = 2048
"""Bytes of a body."""

type Send = Callable[[str], Awaitable[None]]
"""Delivers an event with a message id, and waits for the answer. Raises `NotAccepted`."""

_BODY = body(SIZE)
_ID = "the-id-of-the-message"
_HEADERS: dict[str, str] = SAMPLE["headers"] | {
    "authorization": f"Bearer {TOKEN}",
    "content-length": str(SIZE),
    "x-directscale-message-id": _ID,
}
_EVENT = json.dumps(SAMPLE | {"headers": _HEADERS, "body": _BODY})
_REQUEST = "\r\n".join(
    ["POST /webhooks HTTP/1.1", *(f"{name}: {value}" for name, value in _HEADERS.items()), "", _BODY]
)


class NotAccepted(Exception):
    """A new event was not answered with "accepted"."""


@dataclass(frozen=True, slots=True)
class Load:
    """The latency of each event, and the duration, in seconds."""

    latencies: list[float]
    elapsed: float

    def summary(self) -> dict[str, float]:
        """Events a second, and percentiles of the latency in milliseconds."""
        cuts = quantiles(self.latencies, n=100, method="inclusive")
        milliseconds = {f"p{share}": 1000 * cuts[share - 1] for share in (50, 95, 99)}
        return {"events_per_second": len(self.latencies) / self.elapsed} | milliseconds


async def drive(sends: Sequence[Send], ids: Iterator[str], seconds: float) -> Load:
    """Keep one event in flight for each of `sends` until the time is up."""
    latencies = []
    began = time.perf_counter()

    async def send_in_turn(send: Send) -> None:
        while (started := time.perf_counter()) - began < seconds:
            await send(next(ids))
            latencies.append(time.perf_counter() - started)

    async with asyncio.TaskGroup() as group:
        for send in sends:
            group.create_task(send_in_turn(send))
    return Load(latencies, time.perf_counter() - began)


@asynccontextmanager
async def over_http(port: int, in_flight: int) -> AsyncIterator[list[Send]]:
    """To a local server, each on a connection of its own that stays open."""
    connections = [await asyncio.open_connection("127.0.0.1", port) for _ in range(in_flight)]
    try:
        yield [_post(*connection) for connection in connections]
    finally:
        for _, writer in connections:
            writer.close()


def to_function(api: RuntimeApi, in_flight: int) -> list[Send]:
    """To a function, as API Gateway's event."""

    async def send(message_id: str) -> None:
        answer: dict[str, Any] = json.loads(await api.invoke(_EVENT.replace(_ID, message_id).encode()))
        _check(answer["statusCode"], answer["body"])

    return [send] * in_flight


def _post(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> Send:
    async def send(message_id: str) -> None:
        writer.write(_REQUEST.replace(_ID, message_id).encode())
        head = (await reader.readuntil(b"\r\n\r\n")).decode("latin-1").lower()
        content = await reader.readexactly(int(head.partition("content-length: ")[2].partition("\r\n")[0]))
        _check(int(head.split(" ")[1]), content)

    return send


def _check(status: int, content: str | bytes) -> None:
    if status != 200 or json.loads(content)["status"] != "accepted":  # noqa: PLR2004 - OK
        raise NotAccepted(f"{status}: {content!r}")
