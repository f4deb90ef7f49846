"""Lambda's Runtime API, as much of it as a runtime needs: environments ask for the next invocation, and answer it.

What is invoked while no environment is free waits in a queue, which Lambda has not: it starts an environment more.
"""

import asyncio
import time
import uuid
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager, closing, suppress
from dataclasses import dataclass, field

_VERSION = "/2018-06-01/runtime"
_TRACE = "Root=1-6165cee0-b12f3eb66f742ea42ad2a641;Parent=53995c3f42cd8ad8;Sampled=0"
_SECONDS = 30
"""That a start may take, and an invocation."""


class FunctionFailed(Exception):
    """What the function raised, as its runtime tells it."""


@dataclass(frozen=True, slots=True)
class Invocation:
    """One event, and who waits for its answer."""

    event: bytes
    answer: asyncio.Future[bytes]
    id: str = field(default_factory=lambda: str(uuid.uuid4()))

    def head(self) -> dict[str, str]:
        """What an environment is told beside the event."""
        return {
            "Lambda-Runtime-Aws-Request-Id": self.id,
            "Lambda-Runtime-Deadline-Ms": str(int((time.time() + _SECONDS) * 1000)),
            "Lambda-Runtime-Invoked-Function-Arn": "arn:aws:lambda:us-east-1:000000000000:function:ingest",
            "Lambda-Runtime-Trace-Id": _TRACE,
        }


class RuntimeApi:
    """What environments talk to; see `runtime_api`."""

    def __init__(self) -> None:
        self.port = 0
        self._asked: asyncio.Queue[None] = asyncio.Queue()
        self._waiting: asyncio.Queue[Invocation] = asyncio.Queue()
        self._running: dict[str, Invocation] = {}

    async def environments(self, number: int) -> None:
        """Wait until so many environments more have asked for the first time. Raises `TimeoutError`."""
        async with asyncio.timeout(_SECONDS):
            for _ in range(number):
                await self._asked.get()

    async def invoke(self, event: bytes) -> bytes:
        """What the function answers to an event.

        Raises `FunctionFailed`, also if it could not be loaded, and `TimeoutError`.
        """
        invocation = Invocation(event, asyncio.get_running_loop().create_future())
        self._waiting.put_nowait(invocation)
        async with asyncio.timeout(_SECONDS):
            return await invocation.answer

    async def serve(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        """One connection, to its end."""
        self._asked.put_nowait(None)
        with suppress(asyncio.QueueShutDown), closing(writer):
            while head := await _head(reader):
                path, length = head
                content = await reader.readexactly(length)
                if path == f"{_VERSION}/invocation/next":
                    invocation = await self._waiting.get()
                    self._running[invocation.id] = invocation
                    writer.write(_answer("200 OK", invocation.event, invocation.head()))
                else:
                    await self._take(path, content)
                    writer.write(_answer("202 Accepted", b'{"status":"OK"}'))

    def close(self) -> None:
        """Send away the environments that wait."""
        self._waiting.shutdown(immediate=True)

    async def _take(self, path: str, content: bytes) -> None:
        *_, invocation_id, what = path.split("/")
        if what == "response":
            self._running.pop(invocation_id).answer.set_result(content)
        else:
            # An environment that could not begin has taken no invocation: the next one bears it.
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
    """Path and length of the body of the next request, if there is one."""
    try:
        lines = (await reader.readuntil(b"\r\n\r\n")).decode("latin-1").split("\r\n")
    except (asyncio.IncompleteReadError, ConnectionResetError):
        return None
    headers = {name.lower(): value for name, _, value in (line.partition(": ") for line in lines[1:])}
    return lines[0].split(" ")[1], int(headers.get("content-length", 0))


def _answer(status: str, content: bytes, headers: dict[str, str] | None = None) -> bytes:
    told = {"Content-Type": "application/json", "Content-Length": str(len(content))} | (headers or {})
    lines = [f"HTTP/1.1 {status}", *(f"{name}: {value}" for name, value in told.items()), "", ""]
    return "\r\n".join(lines).encode() + content
