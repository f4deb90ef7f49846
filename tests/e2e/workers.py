"""The processes in which the functions of a stack run: each remembers what it has read, as the tokens."""

import psutil

from tools.local.client import wait_until
from tools.local.stack import LocalStack


def forget(stack: LocalStack, function: str) -> None:
    """Kill the processes of a function, by its short name as `ingest`: its next invocation remembers nothing."""
    for worker in workers(stack, function):
        worker.kill()
    wait_until(lambda: workers(stack, function), lambda left: not left, f"the processes of {function} end")


def workers(stack: LocalStack, function: str) -> list[psutil.Process]:
    """The living processes of a function."""
    children = psutil.Process(stack.emulator.pid).children(recursive=True)
    return [child for child in children if _runs(child, f"{stack.name}-{function}")]


def _runs(process: psutil.Process, function: str) -> bool:
    try:
        return (
            process.status() != psutil.STATUS_ZOMBIE and process.environ().get("AWS_LAMBDA_FUNCTION_NAME") == function
        )
    except psutil.Error:
        return False
