"""A reader of JSON with trailing commas, written from the specification and independent of the code under test.

It loses nothing: numbers and pairs stay as they are written.
"""

import re
from collections.abc import Callable
from dataclasses import dataclass

MAX_DEPTH = 64

_SPACE = re.compile(r"[ \t\n\r]*+")
_NUMBER = re.compile(r"-?(?:0|[1-9][0-9]*+)(?:\.[0-9]++)?(?:[eE][-+]?[0-9]++)?")
_STRING = re.compile(r'"((?:[^"\\\x00-\x1f]++|\\["\\/bfnrt]|\\u[0-9a-fA-F]{4})*+)"')
_ESCAPE = re.compile(r"\\(?:u([0-9a-fA-F]{4})|(.))", re.DOTALL)
_LITERALS = {"true": True, "false": False, "null": None}
_SHORT = {"b": "\b", "f": "\f", "n": "\n", "r": "\r", "t": "\t"}


class Unreadable(Exception):
    """Not JSON, even with trailing commas allowed, or nested too deep."""


@dataclass(frozen=True)
class Number:
    """A number as written."""

    text: str


class Pairs(tuple[tuple[str, object], ...]):
    """An object, with its names in order and repeated ones included."""

    __slots__ = ()


def read(text: str) -> object:
    """The value of a whole text."""
    value, end = _value(text, _skip(text, 0), 0)
    if _skip(text, end) != len(text):
        raise Unreadable
    return value


def _value(text: str, at: int, depth: int) -> tuple[object, int]:
    if text[at : at + 1] in {"{", "["}:
        return _container(text, at, depth + 1)
    if text[at : at + 1] == '"':
        return _string(text, at)
    for name, literal in _LITERALS.items():
        if text.startswith(name, at):
            return literal, at + len(name)
    number = _NUMBER.match(text, at)
    if number is None:
        raise Unreadable
    return Number(number[0]), number.end()


def _container(text: str, at: int, depth: int) -> tuple[object, int]:
    if depth > MAX_DEPTH:
        raise Unreadable
    if text[at] == "{":
        pairs, at = _items(text, at, "}", lambda at: _pair(text, at, depth))
        return Pairs(pairs), at
    return _items(text, at, "]", lambda at: _value(text, at, depth))


def _items[Item](
    text: str, at: int, closing: str, item_at: Callable[[int], tuple[Item, int]]
) -> tuple[list[Item], int]:
    items = []
    at = _skip(text, at + 1)
    while text[at : at + 1] != closing:
        item, at = item_at(at)
        items.append(item)
        at = _skip(text, at)
        if text[at : at + 1] == ",":
            at = _skip(text, at + 1)
        elif text[at : at + 1] != closing:
            raise Unreadable
    return items, at + 1


def _pair(text: str, at: int, depth: int) -> tuple[tuple[str, object], int]:
    name, at = _string(text, at)
    at = _skip(text, at)
    if text[at : at + 1] != ":":
        raise Unreadable
    value, at = _value(text, _skip(text, at + 1), depth)
    return (name, value), at


def _string(text: str, at: int) -> tuple[str, int]:
    found = _STRING.match(text, at)
    if found is None:
        raise Unreadable
    plain = _ESCAPE.sub(lambda escape: chr(int(escape[1], 16)) if escape[1] else _short(escape[2]), found[1])
    # Two escaped halves of one character are that character; a half alone stays one.
    return plain.encode("utf-16-le", "surrogatepass").decode("utf-16-le", "surrogatepass"), found.end()


def _short(letter: str) -> str:
    return _SHORT.get(letter, letter)


def _skip(text: str, at: int) -> int:
    found = _SPACE.match(text, at)
    return found.end() if found else at
