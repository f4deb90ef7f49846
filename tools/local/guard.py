"""Runs the emulator behind a guard, in one process: `python guard.py FOLDER`, with the emulator's interpreter.

ministack runs code for every client: it checks no signature, accepts any `Host` and `Origin`, and lets every origin
read its answers. A web page could therefore run code as the developer, directly or by DNS rebinding. The guard answers
403 to what a browser sends for such a page, before it reaches ministack.

FOLDER contains SAM's translator, which ministack needs to expand SAM templates. Three gaps of ministack are closed
here too, because only this process can: its logs do not say why a function cannot be imported, its Logs Insights does
not know `not like`, and it unpacks each layer anew for each process of a function.
"""

import importlib
import os
import re
import sys
import tempfile
import threading
import zipfile
from collections.abc import Awaitable, Callable, Iterable
from pathlib import Path
from types import SimpleNamespace
from typing import Any

type Message = dict[str, Any]
type Receive = Callable[[], Awaitable[Message]]
type Send = Callable[[Message], Awaitable[None]]
type Application = Callable[[Message, Receive, Send], Awaitable[None]]
"""An ASGI application: https://asgi.readthedocs.io/en/latest/specs/www.html."""

ENDPOINT_HOST = "webhooks.localhost"
"""The name of the API whose endpoint is also http://127.0.0.1:PORT/webhooks."""

_MACHINE = rb"127\.0\.0\.1|localhost"
_PORT = rb"(:[0-9]+)?"
_BY_ADDRESS = re.compile(rb"(%b)%b" % (_MACHINE, _PORT), re.IGNORECASE)
_LOCAL = re.compile(rb"(%b|[\w.-]+\.localhost)%b" % (_MACHINE, _PORT), re.IGNORECASE)
_ENDPOINT = re.compile(r"/webhooks(/.*)?")


def guarded(application: Application, access_key: str) -> Application:
    """The application, for clients on this machine that are not web pages.

    With any other `Host`, as from a container, a request must be signed with `access_key`.
    """

    async def guard(scope: Message, receive: Receive, send: Send) -> None:
        if scope["type"] == "lifespan":
            await application(scope, receive, send)
        elif not _is_admitted(scope, access_key):
            await _refuse(scope, send)
        else:
            await application(_routed(scope), receive, _without_cors(send))

    return guard


def _is_admitted(scope: Message, access_key: str) -> bool:
    hosts = _values(scope, b"host")
    if len(hosts) != 1 or not scope["path"].startswith("/"):
        return False
    (host,) = hosts
    signed = any(b"Credential=%b/" % access_key.encode() in value for value in _values(scope, b"authorization"))
    return (
        (signed or _LOCAL.fullmatch(host) is not None)
        and all(origin == b"http://" + host for origin in _values(scope, b"origin"))
        # Browsers send it to loopback over plain HTTP too: https://www.w3.org/TR/fetch-metadata/
        and all(site in {b"none", b"same-origin"} for site in _values(scope, b"sec-fetch-site"))
    )


def _values(scope: Message, name: bytes) -> list[bytes]:
    headers: Iterable[tuple[bytes, bytes]] = scope["headers"]
    return [value for key, value in headers if key.lower() == name]


async def _refuse(scope: Message, send: Send) -> None:
    if scope["type"] == "websocket":
        await send({"type": "websocket.close"})  # before it is accepted: the server answers 403
        return
    await send({"type": "http.response.start", "status": 403, "headers": [(b"content-type", b"text/plain")]})
    await send({"type": "http.response.body", "body": b"The emulator serves programs on this machine only.\n"})


def _routed(scope: Message) -> Message:
    # ministack finds an API only by its Host, and not every client resolves names under .localhost.
    (host,) = _values(scope, b"host")
    if not _BY_ADDRESS.fullmatch(host) or not _ENDPOINT.fullmatch(scope["path"]):
        return scope
    others = [(name, value) for name, value in scope["headers"] if name.lower() != b"host"]
    return {**scope, "headers": [(b"host", ENDPOINT_HOST.encode()), *others]}


def _without_cors(send: Send) -> Send:
    async def send_without(message: Message) -> None:
        if message["type"] == "http.response.start":
            headers = message.get("headers", ())
            allowed = [pair for pair in headers if pair[0].lower() != b"access-control-allow-origin"]
            message = {**message, "headers": allowed}
        await send(message)

    return send_without


def _logging_failures(execute: Callable[..., Message]) -> Callable[..., Message]:
    def execute_and_log(*arguments: Any) -> Message:
        result = execute(*arguments)
        if result.get("error") and not result["log"]:
            result["log"] = f"[ERROR] {result['body']['errorMessage']}"
        return result

    return execute_and_log


def _knowing_not_like(compiled: Callable[[str], Any]) -> Callable[[str], Any]:
    def compile_filter(stage: str) -> Any:
        matches = compiled(stage.replace(" not like /", " like /", 1))
        if " not like /" not in stage or matches is None:
            return matches
        return lambda record: not matches(record)

    return compile_filter


def _complete_logs() -> None:
    runtime: Any = importlib.import_module("ministack.core.lambda_runtime")
    runtime._PYTHON_WORKER_SCRIPT = runtime._PYTHON_WORKER_SCRIPT.replace(  # noqa: SLF001
        '"error": str(e)}', '"error": traceback.format_exc()}', 1
    )
    functions: Any = importlib.import_module("ministack.services.lambda_svc")
    functions._execute_function_warm = _logging_failures(functions._execute_function_warm)  # noqa: SLF001
    logs: Any = importlib.import_module("ministack.services.cloudwatch_logs")
    logs._compile_insights_filter = _knowing_not_like(logs._compile_insights_filter)  # noqa: SLF001


class _Zip(zipfile.ZipFile):
    """Unpacks a layer once. ministack unpacks it for each process of a function: thousands of files each time."""

    _unpacking = threading.Lock()

    def namelist(self) -> list[str]:
        """None: ministack looks for names outside of the folder, which `extractall` does not follow anyway."""
        return []

    def extractall(self, path: Any = None, *_: Any) -> None:
        """Unpack functions, and link to layers."""
        folder = Path(path)
        if not folder.name.startswith("layer_"):
            super().extractall(folder, self.infolist())
            return
        content = hash(tuple((member.filename, member.CRC) for member in self.infolist()))
        unpacked = Path(tempfile.gettempdir(), f"layer{content}")
        with self._unpacking:
            if not unpacked.exists():
                unfinished = Path(tempfile.mkdtemp())
                super().extractall(unfinished, self.infolist())
                unfinished.rename(unpacked)
        folder.rmdir()
        folder.symlink_to(unpacked)


def main() -> None:
    """Run ministack as its own command does, with the guarded application."""
    sys.path.append(sys.argv.pop())
    _complete_logs()
    ministack: Any = importlib.import_module("ministack.app")
    ministack.app = guarded(ministack.app, os.environ["AWS_ACCESS_KEY_ID"])
    runtime: Any = importlib.import_module("ministack.core.lambda_runtime")
    runtime.zipfile = SimpleNamespace(**vars(zipfile) | {"ZipFile": _Zip})
    ministack.main()


if __name__ == "__main__":
    main()
