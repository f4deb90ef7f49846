"""An event as its handler's model, or why it does not fit."""

import json
from collections.abc import Mapping

from pydantic import ValidationError

from webhooks.event import AcceptedEvent
from webhooks.events.base import Event
from webhooks.events.vendor import CustomEvent
from webhooks.retries import DeadLetter

type Models = Mapping[str, type[Event]]
"""Models by the event type that each reads."""

_PROBLEMS = 10
"""Validation problems that are stored and logged; of all others their number."""


class DoesNotFit(DeadLetter):
    """The body does not fit its model, so a retry would not help.

    `problems` are stored with the event, since a model's own validators may quote it. `kinds` may be logged.
    """

    def __init__(self, problems: list[str], kinds: list[str]) -> None:
        super().__init__(f"does not fit its model: {'; '.join(problems)}")
        self.kinds = kinds


def model_of(accepted: AcceptedEvent, models: Models) -> type[Event]:
    """The model that an event is read as. Raises `DeadLetter` if there is none."""
    if len(models) == 1:
        (model,) = models.values()
        return model
    found = models.get(accepted.key.event_type) or models.get(CustomEvent.__name__)
    if not found:
        raise DeadLetter(f"the handler has no model for events of type {accepted.key.event_type}")
    return found


def validate[E: Event](model: type[E], accepted: AcceptedEvent) -> E:
    """The event as the model. Raises `DoesNotFit`."""
    try:
        return model.from_accepted(accepted)
    except ValidationError as error:
        found = error.errors(include_url=False, include_context=False, include_input=False)
        left_out = [f"and {len(found) - _PROBLEMS} more"] if len(found) > _PROBLEMS else []
        found = found[:_PROBLEMS]
        problems = [f"{'.'.join(str(step) for step in problem['loc'])}: {problem['msg']}" for problem in found]
        problems += left_out
        kinds = [f"{_field(model, problem['loc'])}: {problem['type']}" for problem in found]
        kinds += left_out
    except json.JSONDecodeError as error:
        problems = kinds = [f"not JSON: {error.msg}"]
    raise DoesNotFit(problems, kinds)


def _field(model: type[Event], location: tuple[int | str, ...]) -> str:
    """The model's field in which a problem is, else `body`: all other names are the sender's."""
    known = {field.alias for field in model.model_fields.values()}
    name = str(location[0]) if location else ""
    return name if name in known else "body"
