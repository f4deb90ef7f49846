"""Keeps the local stack running until Ctrl-C, and prints how to reach it. With `--stop` it stops the one that runs."""

import fcntl
import os
import signal
import sys
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from pathlib import Path
from typing import NoReturn

from botocore.exceptions import BotoCoreError, ClientError

from tools.errors import ToolFailed
from tools.local.client import wait_until
from tools.local.emulator import ROOT
from tools.local.progress import console
from tools.local.stack import STATE, LocalStack, local_stack, remembered_while
from webhooks_cli.operations.checkout import Checkout
from webhooks_cli.operations.logs import LogQuery
from webhooks_cli.operations.stack import Target
from webhooks_cli.operations.times import now
from webhooks_cli.output import print_log_line
from webhooks_cli.signals import stopping_cleanly

PID_FILE = STATE.with_name("up.pid")
"""Locked for as long as the process whose id it holds keeps a stack running in this checkout."""

_LIVE = """Live: handlers, ingest, relay and layers/core run from your working tree, as you save them.
template.yaml, dependencies and requirements.txt need make redeploy. In another terminal, `webhooks dev` shows each
event, and tries the last one again when you save. LIVE=0 make up runs what was built."""
_BUILT = "After a change of yours: make redeploy."

_BODY = '{"OrderNumber": 7, "OrderStatus": "Paid", "EventType": "CreateOrderEvent"}'


def main() -> None:
    """Run until interrupted, or stop what runs."""
    with stopping_cleanly():
        if sys.argv[1:] == ["--stop"]:
            stop()
        else:
            up()


def up() -> None:
    """Run until interrupted. Raises `ToolFailed` if this checkout has a running stack."""
    live = os.environ.get("LIVE") != "0"
    with _only_one():
        Checkout(ROOT).live_stream.unlink(missing_ok=True)
        with local_stack(live=live) as stack, remembered_while(stack, live=live):
            _print_usage(stack, live=live)
            _print_logs()


def stop(pid_file: Path = PID_FILE) -> None:
    """Stop the `make up` of this checkout and wait until it has cleaned up. Raises `ToolFailed` if none runs."""
    pid = running_pid(pid_file)
    if pid is None:
        raise ToolFailed("no `make up` runs in this checkout")
    os.kill(pid, signal.SIGTERM)
    wait_until(lambda: running_pid(pid_file), lambda left: left != pid, f"the end of process {pid}")
    console.print(f"stopped `make up` (process {pid})")


def running_pid(pid_file: Path = PID_FILE) -> int | None:
    """The process that keeps a stack running, None if there is none: a lock ends with its process."""
    if not pid_file.exists():
        return None
    with pid_file.open() as file:
        try:
            fcntl.flock(file, fcntl.LOCK_SH | fcntl.LOCK_NB)
        except BlockingIOError:
            return int(file.read())
    return None


@contextmanager
def _only_one(pid_file: Path = PID_FILE) -> Iterator[None]:
    pid_file.parent.mkdir(exist_ok=True)
    with pid_file.open("a+") as file:
        try:
            fcntl.flock(file, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError:
            file.seek(0)
            raise ToolFailed(
                f"`make up` already runs in this checkout (process {file.read()}): "
                "stop it with Ctrl-C in its terminal or with `make down`, or update it with `make redeploy`"
            ) from None
        file.truncate(0)
        print(os.getpid(), end="", file=file, flush=True)
        yield


def _print_logs() -> NoReturn:
    """Print what the functions log, as it is: nobody else sees this terminal."""
    while True:
        with suppress(BotoCoreError, ClientError):  # the emulator may be too busy to answer
            for line in LogQuery(now()).lines(Target("", "", "").find(), follow=True):
                print_log_line(line)


def _print_usage(stack: LocalStack, *, live: bool) -> None:
    console.print(
        f"""
[bold]The stack is up.[/]
  endpoint   {stack.url}
  token      {stack.token}
  AWS APIs   {stack.emulator.url}   (access key and secret: test)

Send it an event:

curl {stack.url} \\
  -H 'Authorization: Bearer {stack.token}' \\
  -H 'Content-Type: application/json; charset=UTF-8' \\
  -d '{_BODY}'

{_LIVE if live else _BUILT} Ctrl-C or make down stops it. What the functions log follows.""",
        soft_wrap=True,
    )


if __name__ == "__main__":
    main()
