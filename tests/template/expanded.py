"""The template as CloudFormation makes resources of it, for the stack `webhooks`."""

import json
import subprocess
from functools import cache
from typing import Any

from tests.template.resources import ROOT

STACK = "webhooks"


@cache
def expanded(*parameters: str) -> dict[str, dict[str, Any]]:
    """All resources by logical id. The parameters, as `Name=value`, differ from those of tools/expand.py."""
    command = (".venv/sam/bin/python", "tools/expand.py", *parameters)
    told = subprocess.run(command, cwd=ROOT, capture_output=True, check=True).stdout
    resources: dict[str, dict[str, Any]] = json.loads(told)["Resources"]
    return resources


def of_kind(kind: str) -> dict[str, dict[str, Any]]:
    """The properties of all resources of a kind, by logical id."""
    return {name: body["Properties"] for name, body in expanded().items() if body["Type"] == f"AWS::{kind}"}


def alarms() -> dict[str, dict[str, Any]]:
    """The alarms by what they tell, without the stack's name: `silence`, `slow-DailyEvent`."""
    return {alarm["AlarmName"].removeprefix(f"{STACK}-"): alarm for alarm in of_kind("CloudWatch::Alarm").values()}
