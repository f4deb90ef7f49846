"""The template as CloudFormation processes it, for a stack named `webhooks`."""

import json
import subprocess
from functools import cache
from pathlib import Path
from typing import Any

ROOT = Path(__file__).parents[2]
STACK = "webhooks"

type Resources = dict[str, dict[str, Any]]


MOST_TYPES = 34
"""As many event types as a stack can hold: CloudFormation allows 500 resources."""

_OTHER = (
    "EventTypes=" + ",".join(["CustomEvent", *(f"Type{number}Event" for number in range(MOST_TYPES - 1))]),
    *("Architecture=x86_64", "RetentionDays=40", "LogRetentionDays=7", "MaximumConcurrency=0"),
)


def with_other_parameters() -> Resources:
    """The resources with other values of the parameters, all at once, since each expansion takes a second."""
    return expanded(*_OTHER)


@cache
def expanded(*arguments: str) -> Resources:
    """The product's own resources by logical id; a client's (resources.yaml) are left out.

    The arguments are those of tools/expand.py.
    """
    return _resources("--ours", *arguments)


def with_clients(project: Path) -> Resources:
    """All resources of another clone."""
    return _resources("--project", str(project))


def of_kind(kind: str) -> Resources:
    """The properties of all resources of a kind by logical id."""
    return {name: body["Properties"] for name, body in expanded().items() if body["Type"] == f"AWS::{kind}"}


def alarms() -> Resources:
    """The alarms by name, without the stack's: `silence`, `failing`, and with AlarmsPerType `failing-DailyEvent`."""
    found: Resources = {}
    for per_type in ("false", "true"):  # the expansion empties what has a condition that is false
        for resource in expanded(f"AlarmsPerType={per_type}").values():
            off = {"false": "HasAlarmsPerType", "true": "HasAlarmsForAll"}[per_type]
            if resource["Type"] == "AWS::CloudWatch::Alarm" and resource.get("Condition") != off:
                found[resource["Properties"]["AlarmName"].removeprefix(f"{STACK}-")] = resource["Properties"]
    return found


def as_list(value: Any) -> list[Any]:
    """An IAM element, which may be one value or several."""
    return value if isinstance(value, list) else [value]


def _resources(*arguments: str) -> Resources:
    command = (".venv/sam/bin/python", "-m", "tools.expand", *arguments)
    output = subprocess.run(command, cwd=ROOT, capture_output=True, check=True).stdout
    resources: Resources = json.loads(output)["Resources"]
    return resources
