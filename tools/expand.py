"""Print the template as CloudFormation would process it, as JSON: includes, loop and SAM resources expanded.

For tools that cannot read `Fn::ForEach`, and for the tests. It calls the SAM CLI's own code, so it runs in that
environment: .venv/sam/bin/python -m tools.expand [--ours] [--project DIR] [Parameter=value ...]
"""

import argparse
import json
import logging
import os
import sys
from collections.abc import Collection
from pathlib import Path
from typing import Any

from samcli.commands.validate.lib.exceptions import InvalidSamDocumentException
from samcli.lib.cfn_language_extensions.sam_integration import expand_language_extensions
from samcli.yamlhelper import yaml_parse
from samtranslator.model.exceptions import InvalidDocumentException
from samtranslator.translator.transform import transform

from tools.errors import ToolFailed
from tools.includes import RESOURCES, VARIABLES, content

ROOT = Path(__file__).parents[1]
TYPES = Path("functions/handlers/types.yaml")
OWN = (RESOURCES, VARIABLES)
"""The client's includes that may refer to any type of the client's."""

PARAMETERS = {
    # Everything optional is switched on, so that it is checked too.
    "AlarmEmail": "nobody@example.com",
    "CanaryDeployments": "true",
    "AlarmsPerType": "true",
    "DashboardEnabled": "true",
    "DomainName": "webhooks.example.com",
    "CertificateArn": "arn:aws:acm:us-east-1:000000000000:certificate/00000000-0000-0000-0000-000000000000",
    "AWS::StackName": "webhooks",
    "AWS::AccountId": "000000000000",
    "AWS::Region": "us-east-1",
    "AWS::Partition": "aws",
    "AWS::URLSuffix": "amazonaws.com",
}


class NoPolicies:
    """The loader of AWS managed policies that SAM asks for; the template names none."""

    def load(self) -> dict[str, str]:
        """No policy."""
        return {}


def expanded(project: Path, parameters: dict[str, str], *, ours: bool = False) -> dict[str, Any]:
    """The template of a project without transforms, for the stack `webhooks`.

    With `ours`, the client's own resources and variables are left out. Values that only AWS knows stay `Ref` or
    `Fn::GetAtt`.
    """
    template = yaml_parse((project / "template.yaml").read_text())
    template = with_includes(template, project, OWN if ours else ())
    defaults = {name: parameter["Default"] for name, parameter in template["Parameters"].items()}
    types = {"EventTypes": ",".join(yaml_parse((project / TYPES).read_text())["EventTypes"])}
    values = defaults | types | PARAMETERS | parameters
    unrolled = expand_language_extensions(template, values, enabled=True).expanded_template
    for resource in unrolled["Resources"].values():
        for code in {"CodeUri", "ContentUri"} & set(resource.get("Properties", {})):
            resource["Properties"][code] = "s3://packages/" + resource["Properties"][code]
    return dict(transform(unrolled, {}, NoPolicies()))


def with_includes(node: Any, project: Path, left_out: Collection[str] = ()) -> Any:
    """A part of a template in which each `AWS::Include` is replaced by its content, or by none if it is left out."""
    match node:
        case {"Fn::Transform": {"Name": "AWS::Include", "Parameters": {"Location": location}}, **siblings}:
            added = {} if location in left_out else content(project, location)
            return with_includes(siblings, project, left_out) | added
        case dict():
            return {key: with_includes(value, project, left_out) for key, value in node.items()}
        case list():
            return [with_includes(value, project, left_out) for value in node]
    return node


if __name__ == "__main__":
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--ours", action="store_true", help=f"leave out {' and '.join(OWN)}")
    parser.add_argument("--project", type=Path, default=ROOT, metavar="DIR")
    parser.add_argument("parameters", nargs="*", metavar="Parameter=value")
    options = parser.parse_args()
    os.environ["AWS_DEFAULT_REGION"] = PARAMETERS["AWS::Region"]  # SAM does not translate without one
    logging.disable()  # what is wrong is printed below
    given = dict(argument.split("=", 1) for argument in options.parameters)
    try:
        print(json.dumps(expanded(options.project, given, ours=options.ours), indent=1))
    except (ToolFailed, InvalidSamDocumentException) as error:
        sys.exit(str(error))
    except InvalidDocumentException as error:
        sys.exit("\n".join(cause.message for cause in error.causes))
