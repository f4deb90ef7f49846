"""Runs a function from the working tree: a live `make up` deploys this file in place of the function's app.py.

Before each call the times of the function's files are compared, and what changed is imported anew. Only the standard
library is imported here: this runs where the function runs, in the emulator's interpreter with the stack's layers.

What happens is also appended to a file, a JSON object per line, for `webhooks dev`.
"""

import importlib
import json
import linecache
import os
import sys
import tempfile
import time
import traceback
from collections.abc import Iterator
from contextlib import suppress
from datetime import UTC, datetime
from functools import cache
from pathlib import Path
from typing import Any, TextIO

SETTINGS = "live.json"
"""The arguments of `Live`, in a file beside this one."""

NOTHING: dict[str, Any] = {"Records": []}
"""No message: `webhooks dev --debug` calls the function with it to learn how to attach."""

_NO_DEBUGGER = "breakpoint() is passed over: `webhooks dev TYPE --debug` lets an editor stop there"

_POLL_SECONDS = 0.05
_MARGIN = 15_000
"""Milliseconds before the function's timeout at which it stops to wait for a file that can be imported."""

type Times = dict[str, int]


class NotImportable(Exception):
    """The function's code cannot be imported, and nobody saved it anew in time."""


def handle(event: Any, context: Any) -> Any:
    """What Lambda calls."""
    return _function().call(event, context)


@cache
def _function() -> "Live":
    return Live(**json.loads(Path(__file__).with_name(SETTINGS).read_text()))


class Live:
    """A function whose code is in `folder`, and the product's package in `core`.

    `stream` is the file to append to, and `debug` that of `webhooks dev --debug`.
    """

    def __init__(self, name: str, folder: str, core: str, stream: str, debug: str) -> None:
        self.name = name
        self._debugging = importlib.import_module("live_debug").Debugging(name, Path(debug))
        self._roots = [folder, core]
        self._stream = stream
        self._times: Times | None = None
        self._handle: Any = None
        sys.path[:0] = self._roots
        # A file that is saved twice within a second would be read from its old bytecode.
        sys.dont_write_bytecode, sys.pycache_prefix = True, tempfile.mkdtemp(prefix="no-bytecode-")
        self._out = sys.stdout
        sys.breakpointhook = lambda *_, **__: print(_NO_DEBUGGER)  # pdb would read the next event as a command
        sys.stdout = _Tee(self._out, lambda line: self.emit(line=line))

    def call(self, event: Any, context: Any) -> Any:
        """Call the function as it is now. While it cannot be imported, wait for the next save."""
        debugged = self._debugging.follow()
        if event == NOTHING:
            return debugged
        try:
            self._refresh(context)
        except NotImportable:
            if not isinstance(event, dict) or "Records" not in event:
                raise
            return self._left_on_queue(event["Records"])
        self.emit(begun=len(event.get("Records", ())) if isinstance(event, dict) else 0)
        return self._handle(event, context)

    def emit(self, **fields: Any) -> None:
        """Append to the stream."""
        line = json.dumps({"at": datetime.now(UTC).isoformat(), "handler": self.name} | fields, default=repr)
        with suppress(OSError), open(self._stream, "ab", buffering=0) as stream:  # noqa: PTH123 - at once
            stream.write(f"{line}\n".encode())

    def _refresh(self, context: Any) -> None:
        reported: Times | None = None
        while (found := self._found()) != self._times:
            self._forget(found)
            try:
                self._handle = importlib.import_module("app").handle
                self._times = found
                self._observe()
            except (Exception, SystemExit) as error:
                self._times = None
                if reported != found:
                    self._report(error, "broken")
                    reported = found
                if context.get_remaining_time_in_millis() < _MARGIN:
                    raise NotImportable(f"{self._roots[0]}: {type(error).__name__}: {error}") from error
                time.sleep(_POLL_SECONDS)

    def _found(self) -> Times:
        """The Python files with their times."""
        return dict(pair for root in self._roots for pair in _times(root))

    def _forget(self, found: Times) -> None:
        """Forget the modules of the function, and those of the product if one of them changed."""
        known = self._times or {}
        changed = {path for path in found.keys() | known.keys() if found.get(path) != known.get(path)}
        folder, core = (root + os.sep for root in self._roots)
        forgotten = (folder, core) if any(path.startswith(core) for path in changed) else (folder,)
        sys.modules.pop("app", None)  # at first this file
        for name, module in list(sys.modules.items()):
            if _path(module).startswith(forgotten):
                del sys.modules[name]
        importlib.invalidate_caches()
        linecache.checkcache()
        if known:
            self.emit(reloaded=sorted(changed))

    def _observe(self) -> None:
        """Report whole tracebacks, which the log must not contain on AWS, and what happens to the records."""
        loggable: Any = sys.modules.get("webhooks.aws.loggable")
        if loggable is None or hasattr(loggable, "observed"):
            return
        fields = loggable.observed = loggable.fields

        def reported(error: Exception, handle: Any) -> Any:
            self._report(error, "traceback")
            return fields(error, handle)

        loggable.fields = reported
        _Puts(self).watch(sys.modules["webhooks.aws.clients"].dynamodb().meta.events)

    def _report(self, error: BaseException, what: str) -> None:
        text = _shown(error, self._roots[0])
        print(text, file=self._out, flush=True)
        self.emit(**{what: text})

    def _left_on_queue(self, records: list[dict[str, Any]]) -> dict[str, Any]:
        """Let the queue hand out the messages once more at once: nothing was tried."""
        sqs = importlib.import_module("boto3").client("sqs")
        url = os.environ["QUEUE_URL_PREFIX"] + os.environ["POWERTOOLS_SERVICE_NAME"]
        for record in records:
            sqs.change_message_visibility(QueueUrl=url, ReceiptHandle=record["receiptHandle"], VisibilityTimeout=0)
        return {"batchItemFailures": [{"itemIdentifier": record["messageId"]} for record in records]}


class _Puts:
    """Asks DynamoDB for the old state of each record that is put, and reports both."""

    def __init__(self, live: Live) -> None:
        self._live = live
        self._new: dict[str, Any] = {}

    def watch(self, events: Any) -> None:
        """Register with a client of DynamoDB."""
        events.register("provide-client-params.dynamodb.PutItem", self._ask)
        events.register("after-call.dynamodb.PutItem", self._answered)

    def _ask(self, params: dict[str, Any], **_: Any) -> dict[str, Any] | None:
        self._new = params.get("Item", {}) if params.get("TableName") == os.environ.get("RECORDS_TABLE") else {}
        return params | {"ReturnValues": "ALL_OLD"} if self._new else None

    def _answered(self, parsed: dict[str, Any], **_: Any) -> None:
        if self._new and "Error" not in parsed:
            self._live.emit(before=parsed.get("Attributes", {}), after=self._new)


class _Tee:
    """A text stream of which each whole line is passed on too, without metrics."""

    def __init__(self, stream: TextIO, line: Any) -> None:
        self._stream = stream
        self._line = line
        self._rest = ""

    def write(self, text: str) -> int:
        """Write to the stream."""
        *lines, self._rest = (self._rest + text).split("\n")
        for line in lines:
            if not line.startswith('{"_aws":'):
                self._line(line)
        return self._stream.write(text)

    def __getattr__(self, name: str) -> Any:
        return getattr(self._stream, name)


def _path(module: Any) -> str:
    """The file of a module; a package without `__init__.py` has none, but folders."""
    return getattr(module, "__file__", None) or next(iter(getattr(module, "__path__", ())), "")


def _times(root: str) -> Iterator[tuple[str, int]]:
    """The Python files under a folder with their times; one that is just replaced is left out."""
    for folder, folders, files in os.walk(root, followlinks=True):
        folders[:] = [each for each in folders if each != "__pycache__"]
        for file in files:
            if file.endswith(".py"):
                path = f"{folder}{os.sep}{file}"
                with suppress(OSError):
                    yield path, os.stat(path).st_mtime_ns  # noqa: PTH116 - a hundred files before each call


def _shown(error: BaseException, folder: str) -> str:
    """The whole traceback from the function's own first frame on."""
    frames = error.__traceback__
    while frames and not frames.tb_frame.f_code.co_filename.startswith(folder + os.sep):
        frames = frames.tb_next
    return "".join(traceback.format_exception(error.with_traceback(frames or error.__traceback__))).rstrip()
