"""Check the template as the transforms leave it against CloudFormation's resource schemas. Run by `make lint`.

cfn-lint on template.yaml (`sam validate --lint`) sees neither what SAM adds nor the values of parameters, and while a
transform is left it does not check actions of IAM: docs/decisions/0052-a-second-engine.md. This runs in the environment
of the SAM CLI: .venv/sam/bin/python -m tools.schemas [--project DIR] [REGION ...]
"""

import argparse
import json
import logging
import os
import re
import sys
from collections.abc import Iterator
from multiprocessing import get_context
from pathlib import Path
from typing import Any

from cfnlint.api import lint
from cfnlint.config import ManualArgs
from cfnlint.helpers import REGIONS
from cfnlint.schema.manager import PROVIDER_SCHEMA_MANAGER

from tools.conditions import holds
from tools.expand import ROOT, expanded

OFF = {
    "AlarmEmail": "",
    "CanaryDeployments": "false",
    "DomainName": "",
    "CertificateArn": "",
    "AlarmsPerType": "false",
    "DashboardEnabled": "false",
}
"""What tools/expand.py switches on."""
DOMAIN = "arn:{partition}:acm:{region}:000000000000:certificate/00000000-0000-0000-0000-000000000000"
VARIANTS: dict[str, dict[str, str]] = {
    # A Region each: the domain's certificate and every ARN are of it. cn-north-1 is another partition.
    # The client's own resources are in the first, as they may refer to each of the client's types.
    "us-east-1": OFF,
    "eu-central-1": {"EventTypes": "CustomEvent,OrderEvent", "Takes": "OrderEvent=*", "CertificateArn": DOMAIN},
    "ap-southeast-2": OFF
    | {"EventTypes": "CustomEvent", "DomainName": "a.example.com", "CertificateArn": DOMAIN, "Architecture": "x86_64"},
    "cn-north-1": OFF | {"EventTypes": "CustomEvent", "AlarmEmail": "a@example.com", "CanaryDeployments": "true"},
}
IGNORED = [
    "W2001",  # the expansion has put in the parameters and the mapping
    "W7001",
    "W8001",  # so each condition is known
    "W8003",
]
_REFERENCE = re.compile(r"\$\{(\w+)(?:\.[\w.]+)?\}")


def as_deployed(project: Path, region: str) -> dict[str, Any]:
    """The template of a Region's variant, without transforms and without what its conditions leave out."""
    partition, suffix = ("aws-cn", "amazonaws.com.cn") if region.startswith("cn-") else ("aws", "amazonaws.com")
    own = {"AWS::Region": region, "AWS::Partition": partition, "AWS::URLSuffix": suffix}
    given = {key: value.format(partition=partition, region=region) for key, value in VARIANTS[region].items()}
    os.environ["AWS_DEFAULT_REGION"] = region  # SAM chooses the partition by it
    template = expanded(project, own | given, ours=_is_ours(region))
    for section in ("Resources", "Outputs"):
        existing = {
            name: {key: value for key, value in one.items() if key != "Condition"}
            for name, one in template[section].items()
            if "Condition" not in one or holds(template["Conditions"], one["Condition"])
        }
        template[section] = _with_subs(existing, template["Resources"].keys())
    return template


def _is_ours(region: str) -> bool:
    return "EventTypes" in VARIANTS[region]


def _with_subs(node: Any, resources: Any) -> Any:
    """Put Fn::Sub back where SAM resolved the parameters of one and left its references to resources as text."""
    match node:
        case {"Fn::Sub": _}:
            return node
        case dict():
            return {key: _with_subs(value, resources) for key, value in node.items()}
        case list():
            return [_with_subs(value, resources) for value in node]
        case str() if any(found[1] in resources for found in _REFERENCE.finditer(node)):
            return {"Fn::Sub": node}
    return node


def findings(project: Path, region: str) -> tuple[list[str], set[str]]:
    """What cfn-lint says of a Region's variant, and each property that can only be read; and our types of resources."""
    template = as_deployed(project, region)
    settings = ManualArgs(regions=[region], include_checks=["I3510"], ignore_checks=IGNORED)
    found = lint(json.dumps(template), config=settings)
    lines = [f"{region}: {one.rule.id} {'/'.join(map(str, one.path or ()))}: {one.message}" for one in found]
    lines += [f"{region}: {path}: is read-only" for path in _read_only(template, region)]
    return lines, {resource["Type"] for resource in template["Resources"].values()} if _is_ours(region) else set()


def _read_only(template: dict[str, Any], region: str) -> Iterator[str]:
    """The properties that can only be read: cfn-lint 1.58 has a rule, E3040, that never applies."""
    for name, resource in template["Resources"].items():
        schema = PROVIDER_SCHEMA_MANAGER.get_resource_schema(region, resource["Type"]).schema
        for path in schema.get("readOnlyProperties", ()):
            node: Any = {"properties": resource.get("Properties", {})}
            for part in path.strip("/").split("/"):
                node = node.get(part) if isinstance(node, dict) else None
            if node is not None:
                yield f"Resources/{name}{path}"


def regions_without(types: set[str]) -> Iterator[str]:
    """Each Region that lacks a type of resource."""
    for region in REGIONS:
        for missing in sorted(types - set(PROVIDER_SCHEMA_MANAGER.get_resource_types(region))):
            yield f"{region}: has no {missing}"


def main() -> None:
    """Print the findings and fail if there are any."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--project", type=Path, default=ROOT, metavar="DIR")
    parser.add_argument("regions", nargs="*", metavar="REGION", help=f"default: {' '.join(VARIANTS)}")
    options = parser.parse_args()
    for name in ("cfnlint", "samtranslator"):
        logging.getLogger(name).setLevel(logging.ERROR)
    with get_context("fork").Pool() as pool:
        several = pool.starmap(findings, [(options.project, region) for region in options.regions or VARIANTS])
    lines, types = zip(*several, strict=True)
    found = [*(line for each in lines for line in each), *regions_without(set().union(*types))]
    print(*found, sep="\n", end="\n" if found else "")
    sys.exit(f"{len(found)} findings in the expanded template" if found else 0)


if __name__ == "__main__":
    main()
