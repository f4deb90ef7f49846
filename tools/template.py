"""The template as data: its resources with the loop expanded, and the environment of each function.

The client's includes (functions/handlers/*.yaml) are left out, and all handlers have the default settings.
"""

import json
from collections.abc import Mapping
from functools import cache
from typing import Any

import yaml

from tools.local.emulator import ROOT
from webhooks.routing import listed

TEMPLATE = ROOT / "template.yaml"
NO_ACCOUNT = {
    "AWS_ACCESS_KEY_ID": "test",
    "AWS_SECRET_ACCESS_KEY": "test",
    "AWS_REGION": "us-east-1",
    "AWS_DEFAULT_REGION": "us-east-1",
}

type Resources = dict[str, dict[str, Any]]


class _Loader(yaml.CSafeLoader):  # ten times as fast as SafeLoader
    """Reads CloudFormation's short tags as the long form: `!Ref X` as `{"Ref": "X"}`."""


@cache
def template() -> dict[str, Any]:
    """The template with every tag in its long form, without expansion of `Fn::ForEach` and includes."""
    loaded: dict[str, Any] = _Loader(TEMPLATE.read_text()).get_single_data()
    return loaded


def default(parameter: str) -> str:
    """The default value of a parameter."""
    return str(template()["Parameters"][parameter]["Default"])


def event_types() -> tuple[str, ...]:
    """The default event types with a handler."""
    return listed(default("EventTypes"))


def resources() -> Resources:
    """The resources by logical id. Other intrinsic functions stay, in their long form."""
    expanded: Resources = {}
    for name, resource in template()["Resources"].items():
        if name.startswith("Fn::ForEach::"):
            variable, _, body = resource
            for value in event_types():
                expanded |= json.loads(json.dumps(body).replace(f"${{{variable}}}", value))
        elif name != "Fn::Transform":
            expanded[name] = resource
    resolved: Resources = _with_default_settings(expanded)
    return resolved


def variables(resource: dict[str, Any]) -> dict[str, str | None]:
    """The environment variables of a function; None for a value that needs AWS."""
    stated: dict[str, Any] = dict(resource["Properties"]["Environment"]["Variables"])
    stated.pop("PARAMETERS", None)  # for SAM; no function reads it
    stated.pop("Fn::Transform", None)
    return {name: _literal(value) for name, value in stated.items()}


def environment(resource: dict[str, Any], parameters: Mapping[str, str]) -> dict[str, str]:
    """The environment of a function outside AWS; `parameters` has the values that need AWS, by variable.

    A variable that is not among them has the default of its parameter in the template.
    """
    stated = resource["Properties"]["Environment"]["Variables"]
    return NO_ACCOUNT | {
        name: value or (parameters[name] if name in parameters else default(stated[name]["Ref"]))
        for name, value in variables(resource).items()
    }


def _with_default_settings(value: Any) -> Any:
    """Replace `Fn::FindInMap` by its default value."""
    match value:
        case {"Fn::FindInMap": [*_, {"DefaultValue": found}]}:
            return found
        case dict():
            return {name: _with_default_settings(inner) for name, inner in value.items()}
        case list():
            return [_with_default_settings(inner) for inner in value]
    return value


def _literal(value: Any) -> str | None:
    text = value.get("Fn::Sub", "${") if isinstance(value, dict) else str(value)
    return None if "${" in text else text


def _long_form(loader: _Loader, tag: str, node: yaml.Node) -> dict[str, Any]:
    name = tag if tag in {"Ref", "Condition"} else f"Fn::{tag}"
    value = _value(loader, node)
    if tag == "GetAtt" and isinstance(value, str):
        value = value.split(".", 1)
    return {name: value}


def _value(loader: _Loader, node: yaml.Node) -> Any:
    if isinstance(node, yaml.MappingNode):
        return loader.construct_mapping(node, deep=True)
    if isinstance(node, yaml.SequenceNode):
        return loader.construct_sequence(node, deep=True)
    return node.value


_Loader.add_multi_constructor("!", _long_form)
