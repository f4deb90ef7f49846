"""Writes the JSON Schema of every event to docs/schemas/, for handlers and senders in other languages."""

import importlib
import json
import pkgutil
from collections.abc import Iterator
from pathlib import Path

from pydantic.json_schema import GenerateJsonSchema

import webhooks.events
from webhooks.events.base import Event

FOLDER = Path(__file__).parents[1] / "docs" / "schemas"


class _WithoutTitles(GenerateJsonSchema):
    """A field's title would only repeat its name."""

    def field_title_should_be_set(self, schema: object) -> bool:  # noqa: ARG002 - pydantic's signature
        return False


def models() -> dict[str, type[Event]]:
    """Every event model by its event type, in order of name."""
    for module in pkgutil.iter_modules(webhooks.events.__path__, "webhooks.events."):
        importlib.import_module(module.name)
    return dict(sorted((model.__name__, model) for model in _below(Event) if not model.__name__.startswith("_")))


def schemas() -> dict[str, str]:
    """The text of each schema file by its name."""
    return {
        f"{name}.json": json.dumps(model.model_json_schema(schema_generator=_WithoutTitles), indent=2) + "\n"
        for name, model in models().items()
    }


def _below(model: type[Event]) -> Iterator[type[Event]]:
    for inner in model.__subclasses__():
        yield inner
        yield from _below(inner)


def main() -> None:
    """Make the folder hold exactly the schemas of today's models."""
    FOLDER.mkdir(parents=True, exist_ok=True)
    written = schemas()
    for stale in {path.name for path in FOLDER.iterdir()} - written.keys():
        (FOLDER / stale).unlink()
    for name, text in written.items():
        (FOLDER / name).write_text(text)
    print(f"{len(written)} schemas in {FOLDER.relative_to(Path.cwd())}/")


if __name__ == "__main__":
    main()
