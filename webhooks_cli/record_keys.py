"""Under which keys a handler keeps what an event tells, read from the handler's source without running it."""

import ast
from collections.abc import Iterator
from typing import Any

from pydantic import ValidationError

from tools.local.emulator import ROOT
from tools.schemas import models
from webhooks.event import AcceptedEvent
from webhooks.events.base import Event as Model

_HANDLERS = ROOT / "functions" / "handlers"


def fitted(handler: str, event: AcceptedEvent) -> Model | None:
    """The event, complete with its body, as its handler gets it; None where it does not fit or has no model here."""
    model = models().get(handler)
    try:
        return model.from_accepted(event) if model else None
    except ValidationError:
        return None


def record_keys(handler: str, event: Model) -> list[tuple[str, str]]:
    """`pk` and `sk` of each `keep(event, pk, sk)` in a handler that says them by the event alone, as all shipped do.

    Others are left out: only the handler's own run could tell. The source is this checkout's, not what is deployed.
    """
    source = _HANDLERS / handler / "app.py"
    if not source.exists():
        return []
    return list(keys_in(ast.parse(source.read_text()), event))


def keys_in(source: ast.Module, event: Model) -> Iterator[tuple[str, str]]:
    """The same of a handler's parsed source."""
    for node in ast.walk(source):
        match node:
            case ast.Call(func=ast.Name(id="keep"), args=[ast.Name(id=name), pk, sk]):
                try:
                    yield _value(pk, name, event), _value(sk, name, event)
                except Exception:  # noqa: BLE001, S112 - a key that says more than the event knows may fail in any way
                    continue


def _value(expression: ast.expr, name: str, event: Model) -> str:
    code = compile(ast.Expression(expression), "key", "eval")
    value: Any = eval(code, {"__builtins__": {}}, {name: event})  # noqa: S307 - the project's own handler
    return str(value)
