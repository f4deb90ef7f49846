"""What the template says of its functions, tables and queues, its loop unrolled."""

import json
from collections.abc import Mapping
from typing import Any

from tests.template_loader import load_template

NO_ACCOUNT = {
    "AWS_ACCESS_KEY_ID": "test",
    "AWS_SECRET_ACCESS_KEY": "test",
    "AWS_REGION": "us-east-1",
    "AWS_DEFAULT_REGION": "us-east-1",
}


def resources() -> dict[str, dict[str, Any]]:
    """The template's resources by logical id. Intrinsic functions stand as they are, in their long form."""
    template = load_template()
    unrolled: dict[str, dict[str, Any]] = {}
    for name, resource in template["Resources"].items():
        if name.startswith("Fn::ForEach::"):
            variable, values, body = resource
            for value in template["Parameters"][values["Ref"]]["Default"].split(","):
                unrolled |= json.loads(json.dumps(body).replace(f"${{{variable}}}", value.strip()))
        elif name != "Fn::Transform":  # the client's own resources
            unrolled[name] = resource
    return unrolled


def variables(resource: dict[str, Any]) -> dict[str, str | None]:
    """The environment variables of a function, with the value of those that hold one without AWS, else None."""
    stated: dict[str, Any] = dict(resource["Properties"]["Environment"]["Variables"])
    stated.pop("PARAMETERS", None)  # for SAM; no function reads it
    stated.pop("Fn::Transform", None)  # the client's own variables
    return {name: _literal(value) for name, value in stated.items()}


def environment(resource: dict[str, Any], parameters: Mapping[str, str]) -> dict[str, str]:
    """What a function finds, in no account: what AWS would fill in comes from parameters, by the variable's name."""
    return NO_ACCOUNT | {name: value or parameters[name] for name, value in variables(resource).items()}


def _literal(value: Any) -> str | None:
    text = value.get("Fn::Sub", "${") if isinstance(value, dict) else str(value)
    return None if "${" in text else text
