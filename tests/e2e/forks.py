"""Runs a Python command many times without starting Python each time: imported once, then forked.

`forks.py serve SOCKET MODULE` imports the module's `main`; `forks.py run SOCKET WORDS...` runs it as a process of its
own, with the caller's files, folder and environment. It needs nothing but the standard library, so that it serves
commands of other virtual environments.
"""

import json
import os
import signal
import socket
import sys
import traceback
from collections.abc import Callable
from pathlib import Path

_LARGEST = 200_000


def serve(path: str, module: str) -> None:
    """Serve until killed."""
    imported = __import__(module, fromlist=["main"])
    signal.signal(signal.SIGCHLD, signal.SIG_IGN)
    with socket.socket(socket.AF_UNIX) as server:
        server.bind(path)
        server.listen()
        while True:
            caller, _ = server.accept()
            if not os.fork():
                _run(caller, imported.main)
            caller.close()


def _run(caller: socket.socket, main: Callable[[], int | None]) -> None:
    """In the child: become the caller's command, and answer with its exit code."""
    signal.signal(signal.SIGCHLD, signal.SIG_DFL)
    asked, files, _, _ = socket.recv_fds(caller, _LARGEST, 3)
    words, folder, environment = json.loads(asked)
    for number, file in enumerate(files):
        os.dup2(file, number)
    os.chdir(folder)
    os.environ.update(environment)
    sys.argv[1:] = words
    code = 1
    try:
        code = main() or 0
    except SystemExit as ended:
        code = ended.code if isinstance(ended.code, int) else int(bool(ended.code))
        if isinstance(ended.code, str):
            print(ended.code, file=sys.stderr)  # noqa: T201 - as Python does
    except BaseException:  # noqa: BLE001 - as Python does
        traceback.print_exc()
    finally:
        for stream in (sys.stdout, sys.stderr):
            stream.flush()
        caller.send(bytes([code]))
        os._exit(code)


def run(path: str, *words: str) -> int:
    """Have the server run its command; returns the exit code."""
    with socket.socket(socket.AF_UNIX) as server:
        server.connect(path)
        asked = json.dumps([words, str(Path.cwd()), dict(os.environ)]).encode()
        socket.send_fds(server, [asked], [0, 1, 2])
        return (server.recv(1) or b"\1")[0]


if __name__ == "__main__":
    command, *rest = sys.argv[1:]
    if command == "run":
        sys.exit(run(*rest))
    serve(*rest)
