"""The limits of AWS that a stage could exceed, checked before anything is uploaded: AWS would fail halfway."""

import json
import re
import subprocess
from collections.abc import Iterator, Mapping, Sequence
from typing import Any

from tools.errors import ToolFailed
from tools.includes import VARIABLES
from tools.local.emulator import ROOT
from tools.stages import Stage, parameters_of
from webhooks.event import CUSTOM

type Resources = Mapping[str, Mapping[str, Any]]

MOST_RESOURCES = 500
ENVIRONMENT_BYTES = 4096
"""Of a function's variables, as Lambda measures them: names and values as one JSON object."""

_REFERENCE = "-" * 100
"""In place of a name or ARN that only AWS knows."""

NAMES = {
    "AWS::Lambda::Function": ("FunctionName", 64),
    "AWS::SQS::Queue": ("QueueName", 80),
    "AWS::S3::Bucket": ("BucketName", 63),
    "AWS::IAM::Role": ("RoleName", 64),
    "AWS::DynamoDB::Table": ("TableName", 255),
    "AWS::CloudWatch::Alarm": ("AlarmName", 255),
    "AWS::CloudWatch::Dashboard": ("DashboardName", 255),
    "AWS::SNS::Topic": ("TopicName", 256),
    "AWS::ApiGatewayV2::Api": ("Name", 128),
    "AWS::SecretsManager::Secret": ("Name", 512),
    "AWS::Logs::LogGroup": ("LogGroupName", 512),
}
"""Resources that bear a name, its property, and how long it may be."""


def check_limits(chosen: Stage, account: str, region: str) -> None:
    """Raise `ToolFailed` with all that AWS would refuse of a stage."""
    wrong = [*_wrong_values(chosen)]
    if not wrong:  # or the template could not be read
        place = {"AWS::StackName": chosen.stack, "AWS::AccountId": account, "AWS::Region": region}
        resources = _expanded(chosen, place)
        wrong += _long_names(resources, chosen.stack, chosen.handlers)
        wrong += _large_environments(resources)
        if len(resources) > MOST_RESOURCES:
            wrong.append(_too_many(resources, chosen.handlers))
    if wrong:
        raise ToolFailed("AWS would refuse this, so nothing was deployed:\n  " + "\n  ".join(wrong))


def _wrong_values(chosen: Stage) -> Iterator[str]:
    """Values that their parameters in template.yaml do not allow."""
    for name, parameter in parameters_of(chosen.project).items():
        value = chosen.parameters[name]
        allowed = [each if isinstance(each, str) else json.dumps(each) for each in parameter.get("AllowedValues", [])]
        if allowed and value not in allowed:
            yield f"{name} is {value}; it may be {', '.join(allowed)}"
        if parameter["Type"] == "Number":
            low, high = parameter.get("MinValue", "-inf"), parameter.get("MaxValue", "inf")
            if not re.fullmatch(r"-?\d+(\.\d+)?", value) or not float(low) <= float(value) <= float(high):
                bounds = f"{low} to {high}" if "MaxValue" in parameter else f"{low} or more"
                yield f"{name} is {value}; it may be {bounds}: {parameter['Description']}"
    if CUSTOM not in chosen.handlers:
        yield f"EventTypes must include {CUSTOM}, which receives every type without a handler of its own"


def _expanded(chosen: Stage, place: Mapping[str, str]) -> Resources:
    """All resources, the client's own too, as CloudFormation counts them."""
    values = [f"{name}={value}" for name, value in {**chosen.parameters, **place}.items()]
    command = [".venv/sam/bin/python", "-m", "tools.expand", "--project", str(chosen.project.resolve()), *values]
    ran = subprocess.run(command, cwd=ROOT, capture_output=True, text=True, check=False)
    if ran.returncode:
        raise ToolFailed(f"the template cannot be expanded:\n{ran.stderr.strip()}")
    resources: Resources = json.loads(ran.stdout)["Resources"]
    return resources


def _long_names(resources: Resources, stack: str, handlers: Sequence[str]) -> Iterator[str]:
    """Of each limit the name that exceeds it most."""
    longest: dict[str, str] = {}
    for resource in resources.values():
        kind, (prop, _) = resource["Type"], NAMES.get(resource["Type"], ("", 0))
        name = resource.get("Properties", {}).get(prop)
        if isinstance(name, str) and len(name) > len(longest.get(kind, "")):
            longest[kind] = name
    for kind, name in longest.items():
        prop, most = NAMES[kind]
        if len(name) > most:
            of_type = next((each for each in sorted(handlers, key=len, reverse=True) if name.endswith(each)), "")
            cause = f"the longest event type, {of_type}, or " if of_type else ""
            yield f"{kind} {name}: {len(name)} characters, at most {most}. Shorten {cause}stack_name, {stack}"
    if stack != stack.lower():
        yield f"stack_name {stack}: the bucket's name begins with it and must be in lower case"


def _large_environments(resources: Resources) -> Iterator[str]:
    for resource in resources.values():
        stated = resource.get("Properties", {}).get("Environment", {})
        if resource["Type"] != "AWS::Lambda::Function" or not stated:
            continue
        known = {name: _REFERENCE if isinstance(value, dict) else value for name, value in stated["Variables"].items()}
        size = len(json.dumps(known, separators=(",", ":")).encode())
        if size > ENVIRONMENT_BYTES:
            large = max(known, key=lambda name: len(str(known[name])))
            yield (
                f"{resource['Properties']['FunctionName']}: its environment has {size} bytes, at most "
                f"{ENVIRONMENT_BYTES}; the largest variable is {large}. Shorten the names in EventTypes and Takes, "
                f"or {VARIABLES}"
            )


def _too_many(resources: Resources, handlers: Sequence[str]) -> str:
    # The name of a handler can begin with that of another one.
    each = min(sum(name.startswith(handler) for name in resources) for handler in handlers)
    fitting = (MOST_RESOURCES - len(resources) + each * len(handlers)) // each
    return (
        f"{len(resources)} resources, at most {MOST_RESOURCES}: {len(handlers)} handlers of {each} each. "
        f"{fitting} handlers fit; retire some (`webhooks retire`), or divide them between two stacks"
    )
