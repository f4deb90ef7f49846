"""What may be logged of an error that a handler raised."""

import traceback
from collections.abc import Callable
from inspect import unwrap
from typing import Any

from webhooks.aws.once import HandlerExited
from webhooks.validation import DoesNotFit

_FRAMES = 5
"""Frames of a failure's stack that are logged: so many of the handler's file, and so many of the innermost."""


def fields(error: Exception, handle: Callable[..., object]) -> dict[str, Any]:
    """The fields of its log line: not its text, which may quote the body."""
    if isinstance(error, DoesNotFit):
        return {"error": "ValidationError", "problems": error.kinds}
    raised: BaseException = (error.__cause__ or error) if isinstance(error, HandlerExited) else error
    return {"error": type(raised).__name__, "stack": _stack(raised, handle)}


def _stack(error: BaseException, handle: Callable[..., object]) -> list[str]:
    """The innermost frames, and those of the handler's own file however deep the error was raised."""
    frames = traceback.extract_tb(error.__traceback__)
    code = getattr(unwrap(handle), "__code__", None)
    own = [number for number, frame in enumerate(frames) if code and frame.filename == code.co_filename]
    shown = {*own[:1], *own[-_FRAMES:], *range(len(frames))[-_FRAMES:]}
    return traceback.format_list(frames[number] for number in sorted(shown))
