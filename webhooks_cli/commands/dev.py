"""`webhooks dev`: each event of some handlers as it runs on the local stack, and the last one again on each save."""

import json
import select
import sys
import termios
import tty
from collections.abc import Collection, Iterator
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass, field
from datetime import UTC, datetime
from functools import cache
from pathlib import Path
from typing import Annotated, Any

import typer
from rich.text import Text

from webhooks_cli.app import app, stack_of
from webhooks_cli.operations.checkout import Checkout
from webhooks_cli.operations.debugging import NAME, PORT, add_launch_entry, debugging, end_debugging, launch_entry
from webhooks_cli.operations.errors import InvalidInput, OperationFailed
from webhooks_cli.operations.inbox import Inbox
from webhooks_cli.operations.live import (
    FAILED,
    Files,
    Stream,
    difference,
    last_event,
    live_checkout,
    send_again,
    send_sample,
)
from webhooks_cli.operations.log_line import Found, LogLine
from webhooks_cli.operations.stack import Stack
from webhooks_cli.output import cell, out, printable
from webhooks_cli.signals import stopping_with

Types = Annotated[list[str] | None, typer.Argument(metavar="[TYPE]...", help="The handlers; by default all.")]
Again = Annotated[bool, typer.Option("--again", help="On a save, run the last event again also if it was handled.")]

Debug = Annotated[bool, typer.Option("--debug", help="Let an editor attach to the handler, once for all saves.")]
Port = Annotated[int, typer.Option("--port", help="With --debug: where the editor attaches.", min=0, max=65535)]
VsCode = Annotated[bool, typer.Option("--vscode", help="With --debug: add the entry to .vscode/launch.json.")]

_POLL_SECONDS = 0.1
_FEW = 3
_SOON = 5.0
"""Seconds after a save within which an attempt is the save's."""
_INDENT = " " * 9
_ENDS = {
    "handled": "green",
    "handled, but not recorded": "yellow",
    "handled before": "dim",
    "deferred": "yellow",
    "failed": "red",
    "dead letter": "red",
    "failure not handled": "red",
}
"""The lines with which the product ends an attempt, and their colours."""


@app.command()
def dev(  # noqa: PLR0913 - the options of the command
    context: typer.Context,
    types: Types = None,
    *,
    again: Again = False,
    debug: Debug = False,
    port: Port = PORT,
    vscode: VsCode = False,
) -> None:
    """Show each event of these handlers on the stack of `make up`: lines, tracebacks, and what it changed in records.

    When you save their code, the last event is sent to its handler again if it failed.

    For example: webhooks dev FinalizeOrderEvent --debug
    """
    if context.obj.name:
        raise InvalidInput("`webhooks dev` works on the stack of `make up`")
    if debug and len(types or ()) != 1:
        raise InvalidInput("--debug is for one handler: name it")
    if vscode and not debug:
        raise InvalidInput("--vscode belongs to --debug")
    stack, checkout = stack_of(context), live_checkout()
    names = [stack.deployed(name) for name in types or stack.event_types]
    end_debugging(stack, checkout)
    loop = _Loop(stack, Files(checkout, names), Stream(checkout.live_stream), _Screen(checkout.root), again=again)
    with stopping_with(lambda: "the stack keeps running"), ExitStack() as running:
        if debug:
            attached = debugging(stack, checkout, names[0], port, _waits)
            _say_how_to_attach(checkout, names[0], running.enter_context(attached), vscode=vscode)
        loop.run(has_keys=running.enter_context(_keys()))


@cache
def _waits() -> None:
    """Say it once."""
    out.print("an event is running: debugging begins when it ends", soft_wrap=True)


def _say_how_to_attach(checkout: Checkout, handler: str, port: int, *, vscode: bool) -> None:
    out.print(f"debugging {handler} on 127.0.0.1:{port}: attach once, then save as often as you like", soft_wrap=True)
    out.print(f"VS Code: {_launch(checkout, port, add=vscode)}", soft_wrap=True)
    out.print(f"PyCharm: a run configuration 'Attach to DAP', remote address 127.0.0.1:{port}", soft_wrap=True)


def _launch(checkout: Checkout, port: int, *, add: bool) -> str:
    """What VS Code needs. A launch.json that cannot be changed is no reason to stop."""
    entry = json.dumps(launch_entry(port))
    if not add:
        return f"start {entry} in launch.json, which --vscode adds"
    try:
        return f"start '{NAME}', now in {add_launch_entry(checkout, port).relative_to(checkout.root)}"
    except OperationFailed as failure:
        return f"{failure}: {entry}"


@dataclass
class _Screen:
    """Prints reports of functions as people read them."""

    root: Path
    saved_at: float = 0.0
    _begun: dict[str, float] = field(default_factory=dict)
    _tracebacks: dict[str, str] = field(default_factory=dict)
    _records: dict[str, list[dict[str, Any]]] = field(default_factory=dict)

    def show(self, report: dict[str, Any]) -> None:
        """Print a report, or remember it until its attempt ends."""
        name, at = report["handler"], datetime.fromisoformat(report["at"]).timestamp()
        if "begun" in report:
            self._begun[name] = at
        elif "broken" in report:
            self._print(at, f"{name} cannot be imported; its events wait for the next save", "red")
            self._indented(report["broken"])
        elif "traceback" in report:
            self._tracebacks[name] = report["traceback"]
        elif "after" in report:
            self._records.setdefault(name, []).append(report)
        elif "line" in report:
            self._line(name, at, report["line"])

    def say(self, text: str, style: str = "") -> None:
        """Print a line of the command's own."""
        self._print(datetime.now(UTC).timestamp(), text, style)

    def _line(self, name: str, at: float, text: str) -> None:
        line = LogLine.parse(Found("", report_time(at), name, text))
        if line.message not in _ENDS or not line.fields:
            shown = line.message if not line.fields else line.text().partition("  ")[2]
            self._indented(shown)
            return
        begun = self._begun.get(name, at)
        seconds = at - begun
        soon = begun - self.saved_at < _SOON
        after_save = f" ({at - self.saved_at:.2f} s after the save)" if soon else ""
        again = f", again in {line.fields['again_in_seconds']} s" if "again_in_seconds" in line.fields else ""
        event = f"{name} {line.fields.get('message_id', '')}"
        self._print(at, f"{event} {line.message} in {seconds:.2f} s{again}{after_save}", _ENDS[line.message])
        self._indented(self._tracebacks.pop(name, ""))
        for record in self._records.pop(name, ()):
            self._record(record["before"], record["after"])

    def _record(self, before: dict[str, Any], after: dict[str, Any]) -> None:
        key = f"{after['pk']['S']} {after['sk']['S']}"
        changes = list(difference(before, after))
        if not before:
            self._indented(f"{key}  new, {len(changes)} fields")
        elif not changes:
            self._indented(f"{key}  unchanged")
        for name, old, new in changes if before else ():
            self._indented(f"{key}  {name}  {cell(old)} → {cell(new)}")

    def _print(self, at: float, text: str, style: str) -> None:
        clock = datetime.fromtimestamp(at).astimezone().strftime("%H:%M:%S")
        out.print(Text(f"{clock} {printable(text)}", style=style), soft_wrap=True)

    def _indented(self, text: str) -> None:
        for line in text.replace(f"{self.root}/", "").splitlines():
            out.print(Text(f"{_INDENT}{printable(line)}"), soft_wrap=True)


@dataclass
class _Loop:
    """Watches files, reports and keys. `_current` is the handler that the keys are about."""

    stack: Stack
    files: Files
    stream: Stream
    screen: _Screen
    again: bool
    _current: str = ""

    def __post_init__(self) -> None:
        self.inbox = Inbox.of(self.stack)
        self._current = next(iter(self.files.handlers))

    def run(self, *, has_keys: bool) -> None:
        """Watch until somebody quits."""
        self.introduce(has_keys=has_keys)
        while self.step(_key(wait=_POLL_SECONDS, has_keys=has_keys)):
            pass

    def introduce(self, *, has_keys: bool) -> None:
        """Say what is watched, and what the keys do."""
        names = list(self.files.handlers)
        folders = [f"functions/handlers/{name}" for name in names]
        watched = ", ".join(folders) if len(folders) <= _FEW else f"{len(folders)} handlers"
        last = last_event(self.inbox, names[0]) if len(names) == 1 else None
        known = f"; last event {last.event.key.message_id} ({last.state_in(names[0])})" if last else ""
        out.print(f"watching {watched} and layers/core/webhooks{known}", soft_wrap=True)
        if has_keys:
            out.print("r run the last event again · s send a sample · q quit")

    def step(self, key: str) -> bool:
        """Look once at everything; False at the end."""
        for report in self.stream.read():
            if report["handler"] in self.files.handlers:
                self._current = report["handler"]
                self.screen.show(report)
        if saved := self.files.changed():
            self._saved(saved)
        if key == "r":
            self._resend(self._current, again=True)
        elif key == "s":
            self._try(lambda: self.screen.say(f"{self._current} sample {send_sample(self.stack, self._current)} sent"))
        return key != "q"

    def _saved(self, saved: Collection[Path]) -> None:
        names = ", ".join(str(path.relative_to(self.files.checkout.root)) for path in saved)
        later = ": this takes effect with `make redeploy`" if self.files.need_redeploy(saved) else ""
        self.screen.say(f"{names} saved{later}", "yellow" if later else "")
        self.screen.saved_at = max((path.stat().st_mtime for path in saved if path.exists()), default=0.0)
        for handler in self.files.handlers_of(saved):
            self._try(lambda handler=handler: self._resend(handler, again=False))

    def _resend(self, handler: str, *, again: bool) -> None:
        last = last_event(self.inbox, handler)
        state = last.state_in(handler) if last else None
        if last is None:
            if again:
                self.screen.say(f"{handler} has no event yet: s sends a sample")
            return
        if again or self.again or state in FAILED:
            self._current = handler
            self.screen.say(f"{handler} {last.event.key.message_id} is sent again")
            send_again(self.stack, self.inbox, last, handler, again=state not in FAILED)

    def _try(self, act: Any) -> None:
        try:
            act()
        except OperationFailed as failure:
            self.screen.say(str(failure), "red")


def report_time(at: float) -> str:
    """A moment as Logs Insights has it."""
    return datetime.fromtimestamp(at, UTC).strftime("%Y-%m-%d %H:%M:%S.%f")[:23]


@contextmanager
def _keys() -> Iterator[bool]:
    """Read keys as they are pressed, if a person is there."""
    if not sys.stdin.isatty():
        yield False
        return
    before = termios.tcgetattr(sys.stdin)
    tty.setcbreak(sys.stdin)
    try:
        yield True
    finally:
        termios.tcsetattr(sys.stdin, termios.TCSADRAIN, before)


def _key(*, wait: float, has_keys: bool) -> str:
    """The key that is pressed within so many seconds; empty for none."""
    ready, _, _ = select.select([sys.stdin] if has_keys else [], [], [], wait)
    return sys.stdin.read(1) if ready else ""
