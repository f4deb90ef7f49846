"""Prints the template with its loop expanded, as JSON: for tools that do not know Fn::ForEach, and for tests.

The SAM CLI's own code does it, so it runs in the SAM CLI's environment: .venv/sam/bin/python tools/expand.py
"""

import json
from pathlib import Path
from typing import Any

from samcli.lib.cfn_language_extensions.sam_integration import expand_language_extensions
from samcli.yamlhelper import yaml_parse

TEMPLATE = Path(__file__).parents[1] / "template.yaml"

# With everything that is optional, so that it is looked at too.
CHOSEN = {
    "AlarmEmail": "nobody@example.com",
    "DomainName": "webhooks.example.com",
    "CertificateArn": "arn:aws:acm:us-east-1:000000000000:certificate/00000000-0000-0000-0000-000000000000",
    "AWS::StackName": "webhooks",
    "AWS::AccountId": "000000000000",
    "AWS::Region": "us-east-1",
    "AWS::Partition": "aws",
    "AWS::URLSuffix": "amazonaws.com",
}


def expanded(template: dict[str, Any]) -> dict[str, Any]:
    """The template for the stack `webhooks`, with the default event types. What only AWS can tell stays a `Ref`."""
    defaults = {name: given["Default"] for name, given in template["Parameters"].items() if "Default" in given}
    result = expand_language_extensions(template, parameter_values=defaults | CHOSEN, enabled=True)
    return dict(result.expanded_template)


if __name__ == "__main__":
    print(json.dumps(expanded(yaml_parse(TEMPLATE.read_text())), indent=1))
