"""Lambda's Runtime API, as far as a runtime needs it: environments poll for the next invocation, and post its result.

An invocation waits if no environment is free; Lambda would start another environment.
"""

import asyncio
import time
import uuid
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager, closing, suppress
from dataclasses import dataclass, field

_VERSION = "/2018-06-01/runtime"
_TRACE = "Root=1-6165cee0-b12f3eb66f742ea42ad2a641;Parent=53995c3f42cd8ad8;Sampled=0"
_TIMEOUT = 30
"""Seconds, for a start and for an invocation."""


class FunctionFailed(Exception):
    """The error that the runtime reports."""


@dataclass(frozen=True, slots=True)
class Invocation:
    """An event and its future answer."""

    event: bytes
    answer: asyncio.Future[bytes]
    id: str = field(default_factory=lambda: str(uuid.uuid4()))

    def headers(self) -> dict[str, str]:
        """The headers of the event."""
        return {
            "Lambda-Runtime-Aws-Request-Id": self.id,
            "Lambda-Runtime-Deadline-Ms": str(int((time.time() + _TIMEOUT) * 1000)),
            "Lambda-Runtime-Invoked-Function-Arn": "arn:aws:lambda:us-east-1:000000000000:function:ingest",
            "Lambda-Runtime-Trace-Id": _TRACE,
        }


class RuntimeApi:
    """The server that environments talk to; see `runtime_api`."""

    def __init__(self) -> None:
        self.port = 0
        self._connected: asyncio.Queue[None] = asyncio.Queue()
        self._waiting: asyncio.Queue[Invocation] = asyncio.Queue()
        self._running: dict[str, Invocation] = {}

    async def environments(self, number: int) -> None:
        """Wait until as many more environments have connected. Raises `TimeoutError`."""
        async with asyncio.timeout(_TIMEOUT):
            for _ in range(number):
                await self._connected.get()

    async def invoke(self, event: bytes) -> bytes:
        """The function's answer. Raises `FunctionFailed`, also if it could not be loaded, and `TimeoutError`."""
        invocation = Invocation(event, asyncio.get_running_loop().create_future())
        self._waiting.put_nowait(invocation)
        async with asyncio.timeout(_TIMEOUT):
            return await invocation.answer

    async def serve(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        """Serve one connection to its end."""
        self._connected.put_nowait(None)
        with suppress(asyncio.QueueShutDown), closing(writer):
            while head := await _head(reader):
                path, length = head
                content = await reader.readexactly(length)
                if path == f"{_VERSION}/invocation/next":
                    invocation = await self._waiting.get()
                    self._running[invocation.id] = invocation
                    writer.write(_response("200 OK", invocation.event, invocation.headers()))
                else:
                    await self._complete(path, content)
                    writer.write(_response("202 Accepted", b'{"status":"OK"}'))

    def close(self) -> None:
        """Disconnect the environments that wait."""
        self._waiting.shutdown(immediate=True)

    async def _complete(self, path: str, content: bytes) -> None:
        *_, invocation_id, result = path.split("/")
        if result == "response":
            self._running.pop(invocation_id).answer.set_result(content)
        else:
            # An environment that failed to start has no invocation: the next one gets its error.
            failed = self._running.pop(invocation_id, None) or await self._waiting.get()
            failed.answer.set_exception(FunctionFailed(content.decode()))


@asynccontextmanager
async def runtime_api() -> AsyncIterator[RuntimeApi]:
    """Serve on loopback for the length of the block."""
    api = RuntimeApi()
    async with await asyncio.start_server(api.serve, "127.0.0.1", 0) as server:
        api.port = server.sockets[0].getsockname()[1]
        with closing(api):
            yield api


async def _head(reader: asyncio.StreamReader) -> tuple[str, int] | None:
    """The path of the next request and the length of its body; None if the connection is closed."""
    try:
        lines = (await reader.readuntil(b"\r\n\r\n")).decode("latin-1").split("\r\n")
    except (asyncio.IncompleteReadError, ConnectionResetError):
        return None
    headers = {name.lower(): value for name, _, value in (line.partition(": ") for line in lines[1:])}
    return lines[0].split(" ")[1], int(headers.get("content-length", 0))


def _response(status: str, content: bytes, headers: dict[str, str] | None = None) -> bytes:
    every = {"Content-Type": "application/json", "Content-Length": str(len(content))} | (headers or {})
    lines = [f"HTTP/1.1 {status}", *(f"{name}: {value}" for name, value in every.items()), "", ""]
    return "\r\n".join(lines).encode() + content
