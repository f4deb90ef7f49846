"""JSON with its numbers to the digit: no float, and integers of any size."""

import json
import re
import secrets
from dataclasses import dataclass
from decimal import Decimal
from typing import Any, NoReturn


@dataclass(frozen=True, slots=True)
class Literal:
    """A JSON value exactly as written: 20.10 does not become 20.1, nor 1e400 infinity."""

    text: str


def loads(text: str) -> Any:
    """The value of a JSON text, each number in it a `Literal`. Raises `ValueError`."""
    return json.loads(text, parse_int=Literal, parse_float=Literal, parse_constant=_refuse)


def dumps(value: Any, indent: int | None = None) -> str:
    """The JSON text of a value with `Literal` and `Decimal` in it; what JSON does not have becomes text."""
    mark, literals = secrets.token_hex(8), list[str]()

    def plain(value: object) -> str:
        if not isinstance(value, Literal | Decimal):
            return str(value)
        literals.append(value.text if isinstance(value, Literal) else str(value))
        return f"{mark}{len(literals) - 1}"

    text = json.dumps(value, indent=indent, ensure_ascii=False, default=plain)
    return re.sub(rf'"{mark}(\d+)"', lambda found: literals[int(found[1])], text) if literals else text


def read_body(body: str) -> dict[str, Any]:
    """The fields of a body, for display. Raises `ValueError`."""
    fields: dict[str, Any] = loads(body)
    return fields


def _refuse(name: str) -> NoReturn:
    raise ValueError(name)
