"""The processes that run a stack's functions."""

import psutil

from tools.local.client import wait_until
from tools.local.stack import LocalStack


def forget(stack: LocalStack, function: str) -> None:
    """Kill the processes of a function, by its short name: the next one has nothing in memory, as the tokens."""
    killed = [
        child for child in psutil.Process(stack.emulator.pid).children() if _runs(child, f"{stack.name}-{function}")
    ]
    for worker in killed:
        worker.kill()
    wait_until(lambda: [one for one in killed if _is_alive(one)], lambda left: not left, f"the end of {function}")


def _runs(process: psutil.Process, function: str) -> bool:
    try:
        return process.environ().get("AWS_LAMBDA_FUNCTION_NAME") == function
    except psutil.Error:
        return False


def _is_alive(process: psutil.Process) -> bool:
    try:
        return process.status() != psutil.STATUS_ZOMBIE
    except psutil.NoSuchProcess:
        return False
