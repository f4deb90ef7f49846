"""JSON from a sender whose every published sample ends in a trailing comma."""

import json
import re
from collections.abc import Iterator
from typing import Any, NoReturn

from webhooks.errors import MalformedDelivery

MAX_DEPTH = 64
"""Deepest nesting accepted: the default of the vendor's own .NET serializer."""

# A whole string, or a run of anything that can end a value; then, perhaps, a comma right before a closing bracket.
# Strings are consumed whole, so that nothing inside them is touched; an unterminated one reaches to the end.
_TRAILING_COMMA = re.compile(r'("(?:[^"\\]|\\.)*+"?|[^\s\[{,:"]+)(?:(\s*),(?=\s*[\]}]))?', re.DOTALL)

# The only characters that JSON allows to stand as they are and that SQS refuses (they are not in XML 1.0).
_REFUSED_BY_SQS = {0xFFFE: "\\ufffe", 0xFFFF: "\\uffff"}


def strict_object(content: bytes) -> tuple[str, dict[str, Any]]:
    """The sender's text as strict JSON that SQS takes, and the object in it, its integers still text.

    The text has the same value as what was sent, with its numbers and strings to the letter.
    A trailing comma becomes a space, so that the position in an error is the sender's own.
    Raises `MalformedDelivery` with the reason and the position.
    """
    try:
        text = content.decode()
    except UnicodeDecodeError as error:
        raise MalformedDelivery("the body is not UTF-8", error.start) from error
    if text.startswith("\ufeff"):
        text = " " + text[1:]  # a byte order mark, as some of .NET's encoders write it
    if not text.strip():
        raise MalformedDelivery("the body is empty")
    try:
        text, value = _loads(text)
    except json.JSONDecodeError as error:
        raise MalformedDelivery(f"the body is not JSON: {error.msg}", error.pos) from error
    except RecursionError as error:
        raise _too_deep() from error
    if not isinstance(value, dict):
        raise MalformedDelivery("the body is not a JSON object")
    if text.count("{") + text.count("[") > MAX_DEPTH and _deeper_than(value, MAX_DEPTH):
        raise _too_deep()
    return text.translate(_REFUSED_BY_SQS), value


def _loads(text: str) -> tuple[str, object]:
    try:
        return text, _strictly(text)
    except json.JSONDecodeError:
        text = _TRAILING_COMMA.sub(_without_comma, text)
        return text, _strictly(text)


def _strictly(text: str) -> object:
    # Integers stay text: nothing here computes with them, and Python refuses to read very long ones.
    return json.loads(text, parse_int=str, parse_constant=_no_constant)


def _no_constant(name: str) -> NoReturn:
    raise MalformedDelivery(f"the body is not JSON: {name} is not a value")


def _without_comma(match: re.Match[str]) -> str:
    return match[0] if match[2] is None else f"{match[1]}{match[2]} "


def _deeper_than(value: object, depth: int) -> bool:
    level: list[object] = [value]
    for _ in range(depth):
        level = [inner for outer in level for inner in _nested(outer)]
    return bool(level)


def _nested(value: object) -> Iterator[object]:
    children = value.values() if isinstance(value, dict) else value if isinstance(value, list) else ()
    return (child for child in children if isinstance(child, dict | list))


def _too_deep() -> MalformedDelivery:
    return MalformedDelivery(f"the body is nested more than {MAX_DEPTH} levels deep")
