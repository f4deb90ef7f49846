import asyncio
import json
from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import asynccontextmanager, nullcontext
from itertools import count
from typing import Any

import pytest

from benchmarks.load import Load, NotAccepted, drive, over_http, to_function
from benchmarks.runtime_api import FunctionFailed, RuntimeApi, runtime_api
from benchmarks.throughput import of_turns, table

type Environment = tuple[asyncio.StreamReader, asyncio.StreamWriter]


def test_a_hundred_latencies_become_events_a_second_and_percentiles() -> None:
    load = Load([each / 1000 for each in range(101)], elapsed=2.0)
    assert load.summary() == pytest.approx({"events_per_second": 50.5, "p50": 50, "p95": 95, "p99": 99})


def test_so_many_are_in_flight_and_each_event_has_an_id_of_its_own() -> None:
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


def test_the_runtime_api_gives_each_answer_to_whoever_asked() -> None:
    async def all_three(api: RuntimeApi) -> None:
        async with _environment(api) as one, _environment(api) as two, _environment(api) as three:
            await api.environments(3)
            asked = [asyncio.ensure_future(api.invoke(event)) for event in (b"a", b"b", b"c")]
            taken = {environment: await _next(environment) for environment in (one, two, three)}
            for environment in (two, three, one):
                invocation_id, event = taken[environment]
                await _tell(environment, f"invocation/{invocation_id}/response", event + b" answered")
            assert await asyncio.gather(*asked) == [b"a answered", b"b answered", b"c answered"]

    _with_api(all_three)


@pytest.mark.parametrize("where", ["invocation/{}/error", "init/error"])
def test_what_the_function_raises_is_raised(where: str) -> None:
    async def failing(api: RuntimeApi) -> None:
        asked = asyncio.ensure_future(api.invoke(b"{}"))
        async with _environment(api) as environment:
            invocation_id, _ = await _next(environment) if "{}" in where else ("", b"")
            await _tell(environment, where.format(invocation_id), b"out of luck")
        with pytest.raises(FunctionFailed, match="out of luck"):
            await asked

    _with_api(failing)


@pytest.mark.parametrize(
    ("status", "told", "counts"), [(200, "accepted", True), (200, "duplicate", False), (401, "accepted", False)]
)
def test_no_answer_but_accepted_is_counted(status: int, told: str, *, counts: bool) -> None:
    answer = {"statusCode": status, "body": json.dumps({"status": told})}

    async def answering(api: RuntimeApi) -> None:
        (send,) = to_function(api, 1)
        sending = asyncio.ensure_future(send("an-id"))
        async with _environment(api) as environment:
            invocation_id, event = await _next(environment)
            await _tell(environment, f"invocation/{invocation_id}/response", json.dumps(answer).encode())
        assert json.loads(event)["headers"]["x-directscale-message-id"] == "an-id"
        with nullcontext() if counts else pytest.raises(NotAccepted, match=str(status)):
            await sending

    _with_api(answering)


def test_over_http_the_same_body_is_sent_on_one_connection() -> None:
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


def test_the_table_tells_the_middle_turn_and_the_spread() -> None:
    turns = [
        {"events_per_second": speed, "p50": 1.0, "p95": 2.0, "p99": 3.0, "cpu_ms": 4.0, "busy": 0.5, "others": 0.25}
        for speed in (300.0, 100.0, 200.0)
    ]
    told = {"turns": 3, "seconds": 3.0, "bytes": 2048, "cores": 2, "fsync_ms": 0.3, "uvloop": True}
    shown = table(told | {"receivers": {"this receiver": {"8": of_turns(turns)}}})
    assert "| 8 | this receiver | 200 (100 to 300) | 1.0 | 2.0 | 3.0 | 4.00 | 50% |" in shown
    assert "Medians of 3 turns of 3 s each" in shown


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


async def _tell(environment: Environment, where: str, content: bytes) -> None:
    head = f"POST /2018-06-01/runtime/{where} HTTP/1.1\r\nContent-Length: {len(content)}\r\n\r\n"
    environment[1].write(head.encode() + content)
    head_of_answer, _ = await _answer(environment)
    assert head_of_answer["status"] == "HTTP/1.1 202 Accepted"


async def _answer(environment: Environment) -> tuple[dict[str, str], bytes]:
    status, *lines = (await environment[0].readuntil(b"\r\n\r\n")).decode().strip().split("\r\n")
    head = {name.lower(): value for name, _, value in (line.partition(": ") for line in lines)}
    return head | {"status": status}, await environment[0].readexactly(int(head["content-length"]))
