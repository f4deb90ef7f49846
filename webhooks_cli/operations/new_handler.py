"""A further handler of events that have their own already: the code that `webhooks new --for` writes."""

import json
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Self

from webhooks.event import CUSTOM
from webhooks.routing import ALL
from webhooks_cli.operations.checkout import Checkout
from webhooks_cli.operations.errors import InvalidInput
from webhooks_cli.operations.event_types import check_spelling, vendor_models
from webhooks_cli.operations.new_type import NewType
from webhooks_cli.operations.samples import sample_body

_MOST_IN_A_LINE = 2
_SAMPLE_OF_ALL = "CreateOrderEvent"

_APP = '''"""{words}."""

{imports}


@handler({models})
def handle(event: {annotation}) -> None:
    """Replace this with what you need."""
    logger.info("taken", occurred_at=event.occurred_at)
'''

_TEST = """from webhooks.testing import run_handler


def test_the_sample_is_handled() -> None:
    result = run_handler(__file__)
    assert (result.retry_after, result.dead_letter) == (None, None)
"""


@dataclass(frozen=True, slots=True)
class NewHandler:
    """The handler's name, and the event types that it takes."""

    name: str
    takes: Sequence[str]

    @classmethod
    def parse(cls, name: str, takes: Sequence[str]) -> Self:
        """From the arguments of a command. Raises `InvalidInput`."""
        NewType.parse(name, ())
        if name in vendor_models():
            raise InvalidInput(f"{name} is an event type: give the handler a name of its own, such as OrderMailing")
        if ALL in takes and len(takes) > 1:
            raise InvalidInput(f"--for {ALL!r} is every event type: name no others")
        for taken in takes:
            if not taken.strip() or taken != taken.strip() or {",", "="} & set(taken):
                raise InvalidInput(f"{taken!r} is not an event type")
        return cls(name, list(dict.fromkeys(takes)))

    def create(self, checkout: Checkout) -> list[Path]:
        """Write its folder, list it, and state what it takes: all or nothing. Returns the files written.

        Raises `OperationFailed`, and `InvalidInput` for a mistyped event type.
        """
        for taken in set(self.takes) - {ALL}:
            check_spelling(taken, checkout.event_types())
        NewType(self.name, ()).check_free(checkout)
        return checkout.add_type(self.name, self._files(), self.takes)

    def _files(self) -> dict[str, str]:
        models = list(dict.fromkeys(each if each in vendor_models() else CUSTOM for each in self.takes))
        many = len(models) > _MOST_IN_A_LINE
        annotation = "Event" if many else " | ".join(models)
        names = sorted([*models, "handler", "logger", *(["Event"] if many else [])], key=lambda n: (n[0].islower(), n))
        listed = "(\n" + "".join(f"    {name},\n" for name in names) + ")" if many else ", ".join(names)
        arguments = ", ".join(models)
        if len(f"@handler({arguments})") > 120:  # noqa: PLR2004 - the line length of the project
            arguments = "\n" + "".join(f"    {model},\n" for model in models)
        words = "Takes every event" if ALL in self.takes else f"Takes {', '.join(self.takes)}"
        app = _APP.format(
            words=words if len(words) < 100 else "Takes events of several types",  # noqa: PLR2004 - as above
            imports=f"from webhooks.handlers import {listed}",
            models=arguments,
            annotation=annotation,
        )
        return {"app.py": app, "test_app.py": _TEST, "sample.json": self._sample()}

    def _sample(self) -> str:
        event_type = _SAMPLE_OF_ALL if ALL in self.takes else self.takes[0]
        body = json.loads(sample_body(event_type)) | {"EventType": event_type}
        return json.dumps(body, indent=2) + "\n"
