"""Event types: their models, JSON Schemas and subscriptions.

The models of the vendor's types are part of this package. A type of the client's own has its model in its folder of the
checkout, which is imported only when that type is asked for.
"""

import importlib
import pkgutil
import sys
from collections.abc import Iterable, Iterator
from contextlib import redirect_stdout
from dataclasses import dataclass
from difflib import get_close_matches
from functools import cache
from pathlib import Path
from typing import Any

from pydantic.json_schema import GenerateJsonSchema

import webhooks.events
from webhooks.app_module import app_module
from webhooks.event import CUSTOM, SUBSCRIPTIONS
from webhooks.events.base import Event
from webhooks.events.vendor import CustomEvent
from webhooks.routing import ALL, Routing
from webhooks_cli.operations.checkout import Checkout
from webhooks_cli.operations.errors import InvalidInput, OperationFailed

_SIMILAR = 0.85
"""From this ratio on, one name is taken for a mistyped other one."""


class NoModel(OperationFailed):
    """The event type has no model, or its model cannot be imported."""


@cache
def vendor_models() -> dict[str, type[Event]]:
    """The models of the vendor's event types by their names, and that of CustomEvent."""
    found: dict[str, type[Event]] = {}
    for info in pkgutil.iter_modules(webhooks.events.__path__, "webhooks.events."):
        module = importlib.import_module(info.name)
        found |= {
            name: model
            for name, model in _models_in(module)
            if model.__module__ == info.name and model is not Event and name[0] != "_"
        }
    return dict(sorted(found.items()))


def model_of(event_type: str) -> type[Event]:
    """The model of an event type; that of CustomEvent if it has none, or none that can be imported."""
    try:
        return required_model(event_type)
    except (NoModel, OSError):
        return CustomEvent


def required_model(event_type: str) -> type[Event]:
    """The model of an event type. Raises `NoModel`."""
    if model := vendor_models().get(event_type):
        return model
    checkout = Checkout.find()
    folder = checkout.folder_of(event_type) if checkout else None
    if not folder:
        raise NoModel(
            f"{event_type} is no event type of the vendor, and there is no folder functions/handlers/{event_type}"
        )
    found = _own_model(folder)
    if isinstance(found, str):
        raise NoModel(f"{folder / 'app.py'} {found}")
    return found


def check_spelling(event_type: str, deployed: Iterable[str] = (), hint: str = "") -> None:
    """Raise `InvalidInput` for a type that nobody knows, but that looks like one that is known."""
    known = {*deployed, *vendor_models()}
    if not event_type or event_type in known or event_type.isdecimal() or own_folder(event_type):
        return
    by_lower = {name.lower(): name for name in known}
    for similar in get_close_matches(event_type.lower(), by_lower, 1, _SIMILAR):
        raise InvalidInput(f"there is no type {event_type}: did you mean {by_lower[similar]}?{hint}")


def own_folder(event_type: str) -> Path | None:
    """The folder of a type of the client's own; None for the vendor's types and where there is no checkout."""
    checkout = None if event_type in vendor_models() else Checkout.find()
    return checkout.folder_of(event_type) if checkout else None


class _WithoutTitles(GenerateJsonSchema):
    """The title of a field would only repeat its name."""

    def field_title_should_be_set(self, schema: object) -> bool:  # noqa: ARG002 - pydantic's signature
        return False


def schema(event_type: str) -> dict[str, Any]:
    """The JSON Schema of an event type's bodies. Raises `NoModel`."""
    return required_model(event_type).model_json_schema(schema_generator=_WithoutTitles)


@dataclass(frozen=True, slots=True)
class Subscription:
    """An event subscription of Corporate Admin: the vendor's id of the type, None for custom events, and its URL."""

    event_type: str
    id: str | None
    url: str


def subscriptions(routing: Routing, endpoint: str) -> list[Subscription]:
    """The subscriptions of all types that a handler takes. A custom event is subscribed to by its own name.

    Its body repeats the name.
    """
    own = [name for name in routing.names if routing.own(name) == name]
    ids = {name: number for number, name in SUBSCRIPTIONS.items()}
    return [
        Subscription(name, None, endpoint)
        if name == CUSTOM
        else Subscription(name, ids.get(name, name), f"{endpoint}/{name}")
        for name in dict.fromkeys((*own, *(each for each in routing.further if each != ALL)))
    ]


@cache
def _own_model(folder: Path) -> type[Event] | str:
    """The client's own model in a folder's app.py, or why there is none: that of the type's name, else the only one.

    It may be imported from another module of the client's.
    """
    try:
        with redirect_stdout(sys.stderr), app_module(folder) as module:  # what it prints is no output of the command
            models = {name: model for name, model in _models_in(module) if not model.__module__.startswith("webhooks.")}
    except KeyboardInterrupt:
        raise
    except BaseException as error:  # noqa: BLE001 - the client's own code may fail in any way, here without AWS
        return f"cannot be imported here: {type(error).__name__}: {error}"
    if folder.name in models or len(models) == 1:
        return models.get(folder.name) or next(iter(models.values()))
    return "defines no model of its own"


def _models_in(module: Any) -> Iterator[tuple[str, type[Event]]]:
    for name, member in vars(module).items():
        if isinstance(member, type) and issubclass(member, Event):
            yield name, member
