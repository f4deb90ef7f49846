"""Load, and Lambda's Runtime API."""

import asyncio
import json
from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import asynccontextmanager, nullcontext
from itertools import count
from typing import Any

import pytest

from benchmarks.load import Load, NotAccepted, drive, over_http, to_function
from benchmarks.runtime_api import FunctionFailed, RuntimeApi, runtime_api

type Environment = tuple[asyncio.StreamReader, asyncio.StreamWriter]


def test_summary_of_latencies() -> None:
    load = Load([each / 1000 for each in range(101)], elapsed=2.0)
    assert load.summary() == pytest.approx({"events_per_second": 50.5, "p50": 50, "p95": 95, "p99": 99})


def test_events_in_flight_have_their_own_ids() -> None:
    flying, most, sent = 0, 0, list[str]()

    async def send(message_id: str) -> None:
        nonlocal flying, most
        flying += 1
        most = max(most, flying)
        await asyncio.sleep(0.001)
        flying -= 1
        sent.append(message_id)

    load = asyncio.run(drive([send] * 3, map(str, count()), seconds=0.05))
    assert (most, flying) == (3, 0)
    assert sorted(sent, key=int) == [str(number) for number in range(len(load.latencies))]


def test_each_invocation_gets_its_answer() -> None:
    async def three(api: RuntimeApi) -> None:
        async with _environment(api) as one, _environment(api) as two, _environment(api) as three:
            await api.environments(3)
            invoked = [asyncio.ensure_future(api.invoke(event)) for event in (b"a", b"b", b"c")]
            taken = {environment: await _next(environment) for environment in (one, two, three)}
            for environment in (two, three, one):
                invocation_id, event = taken[environment]
                await _post(environment, f"invocation/{invocation_id}/response", event + b" answered")
            assert await asyncio.gather(*invoked) == [b"a answered", b"b answered", b"c answered"]

    _with_api(three)


@pytest.mark.parametrize("where", ["invocation/{}/error", "init/error"])
def test_error_of_the_function_is_raised(where: str) -> None:
    async def failing(api: RuntimeApi) -> None:
        invoked = asyncio.ensure_future(api.invoke(b"{}"))
        async with _environment(api) as environment:
            invocation_id, _ = await _next(environment) if "{}" in where else ("", b"")
            await _post(environment, where.format(invocation_id), b"KeyError")
        with pytest.raises(FunctionFailed, match="KeyError"):
            await invoked

    _with_api(failing)


@pytest.mark.parametrize(
    ("status", "outcome", "counts"), [(200, "accepted", True), (200, "duplicate", False), (401, "accepted", False)]
)
def test_only_accepted_events_count(status: int, outcome: str, *, counts: bool) -> None:
    answer = {"statusCode": status, "body": json.dumps({"status": outcome})}

    async def answering(api: RuntimeApi) -> None:
        (send,) = to_function(api, 1)
        sending = asyncio.ensure_future(send("an-id"))
        async with _environment(api) as environment:
            invocation_id, event = await _next(environment)
            await _post(environment, f"invocation/{invocation_id}/response", json.dumps(answer).encode())
        assert json.loads(event)["headers"]["x-directscale-message-id"] == "an-id"
        with nullcontext() if counts else pytest.raises(NotAccepted, match=str(status)):
            await sending

    _with_api(answering)


def test_http_connection_stays_open() -> None:
    seen: list[tuple[str, dict[str, Any]]] = []

    async def serve(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        for status in (200, 500):
            head = (await reader.readuntil(b"\r\n\r\n")).decode()
            seen.append((head, json.loads(await reader.readexactly(2048))))
            writer.write(f"HTTP/1.1 {status} .\r\nContent-Length: 21\r\n\r\n".encode() + b'{"status":"accepted"}')
        writer.close()

    async def deliver() -> None:
        server = await asyncio.start_server(serve, "127.0.0.1", 0)
        async with over_http(server.sockets[0].getsockname()[1], 1) as (send,):
            await send("first")
            with pytest.raises(NotAccepted):
                await send("second")
        server.close()

    asyncio.run(deliver())
    (first, body), (second, same_body) = seen
    assert "x-directscale-message-id: first\r\n" in first
    assert "x-directscale-message-id: second\r\n" in second
    assert body == same_body


def _with_api(test: Callable[[RuntimeApi], Awaitable[None]]) -> None:
    async def run() -> None:
        async with runtime_api() as api:
            await test(api)

    asyncio.run(asyncio.wait_for(run(), timeout=10))


@asynccontextmanager
async def _environment(api: RuntimeApi) -> AsyncIterator[Environment]:
    reader, writer = await asyncio.open_connection("127.0.0.1", api.port)
    try:
        yield reader, writer
    finally:
        writer.close()


async def _next(environment: Environment) -> tuple[str, bytes]:
    environment[1].write(b"GET /2018-06-01/runtime/invocation/next HTTP/1.1\r\nHost: here\r\n\r\n")
    head, content = await _answer(environment)
    return head["lambda-runtime-aws-request-id"], content


async def _post(environment: Environment, where: str, content: bytes) -> None:
    head = f"POST /2018-06-01/runtime/{where} HTTP/1.1\r\nContent-Length: {len(content)}\r\n\r\n"
    environment[1].write(head.encode() + content)
    head_of_answer, _ = await _answer(environment)
    assert head_of_answer["status"] == "HTTP/1.1 202 Accepted"


async def _answer(environment: Environment) -> tuple[dict[str, str], bytes]:
    status, *lines = (await environment[0].readuntil(b"\r\n\r\n")).decode().strip().split("\r\n")
    head = {name.lower(): value for name, _, value in (line.partition(": ") for line in lines)}
    return head | {"status": status}, await environment[0].readexactly(int(head["content-length"]))
