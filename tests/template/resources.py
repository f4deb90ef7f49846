"""The template's parts, as its tests look at them."""

from collections.abc import Iterator
from pathlib import Path
from typing import Any

from tools.template import load_template

ROOT = Path(__file__).parents[2]
TEMPLATE = load_template()


def event_types() -> list[str]:
    return [name.strip() for name in TEMPLATE["Parameters"]["EventTypes"]["Default"].split(",")]


def bodies(kind: str) -> dict[str, dict[str, Any]]:
    """All resources of a kind, those of the loop included, by logical id."""
    _, _, looped = TEMPLATE["Resources"]["Fn::ForEach::Handlers"]
    plain = {name: body for name, body in TEMPLATE["Resources"].items() if not name.startswith("Fn::")}
    return {name: body for name, body in (plain | looped).items() if body["Type"] == f"AWS::{kind}"}


def resources(kind: str) -> dict[str, dict[str, Any]]:
    """Their properties."""
    return {name: body.get("Properties", {}) for name, body in bodies(kind).items()}


def statements() -> Iterator[tuple[str, dict[str, Any]]]:
    """All statements of the roles, with the role's logical id."""
    for role, properties in resources("IAM::Role").items():
        for policy in properties["Policies"]:
            for statement in policy["PolicyDocument"]["Statement"]:
                yield role, statement


def as_list(value: Any) -> list[Any]:
    return value if isinstance(value, list) else [value]
