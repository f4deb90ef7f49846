"""Prints the resources of the template as CloudFormation makes them of it: loop expanded, SAM translated; as JSON.

For tools that do not know Fn::ForEach, and for tests. The SAM CLI's own code does it, so it runs in its environment:
.venv/sam/bin/python tools/expand.py [Parameter=value ...]
"""

import json
import logging
import os
import sys
from pathlib import Path
from typing import Any

from samcli.lib.cfn_language_extensions.sam_integration import expand_language_extensions
from samcli.yamlhelper import yaml_parse
from samtranslator.translator.transform import transform

TEMPLATE = Path(__file__).parents[1] / "template.yaml"

CHOSEN = {
    # All that is optional, so that it is looked at too.
    "AlarmEmail": "nobody@example.com",
    "CanaryDeployments": "true",
    "DomainName": "webhooks.example.com",
    "CertificateArn": "arn:aws:acm:us-east-1:000000000000:certificate/00000000-0000-0000-0000-000000000000",
    "AWS::StackName": "webhooks",
    "AWS::AccountId": "000000000000",
    "AWS::Region": "us-east-1",
    "AWS::Partition": "aws",
    "AWS::URLSuffix": "amazonaws.com",
}


class NoPolicies:
    """What SAM asks for AWS's managed policies: the template names none."""

    def load(self) -> dict[str, str]:
        """No policy."""
        return {}


def expanded(template: dict[str, Any], **parameters: str) -> dict[str, Any]:
    """The template without transforms, for the stack `webhooks`. What only AWS can tell stays a `Ref` or `GetAtt`."""
    defaults = {name: given["Default"] for name, given in template["Parameters"].items()}
    unrolled = expand_language_extensions(template, defaults | CHOSEN | parameters, enabled=True).expanded_template
    for resource in unrolled["Resources"].values():
        for code in {"CodeUri", "ContentUri"} & set(resource.get("Properties", {})):
            resource["Properties"][code] = "s3://packages/" + resource["Properties"][code]
    return dict(transform(unrolled, {}, NoPolicies()))


if __name__ == "__main__":
    os.environ["AWS_DEFAULT_REGION"] = CHOSEN["AWS::Region"]  # SAM does not translate without
    logging.getLogger("samtranslator").setLevel(logging.ERROR)
    given = dict(argument.split("=", 1) for argument in sys.argv[1:])
    print(json.dumps(expanded(yaml_parse(TEMPLATE.read_text()), **given), indent=1))
