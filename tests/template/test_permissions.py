"""IAM: a role for each function, without wildcards that could be narrower."""

import re
from collections.abc import Iterator
from typing import Any

import pytest

from tests.template.expanded import as_list, expanded, of_kind

FUNCTIONS = of_kind("Lambda::Function")
ROLES = {name: role for name, role in of_kind("IAM::Role").items() if name != "CodeDeployServiceRole"}
NARROW = re.compile(
    r"arn:aws:sqs:[\w-]+:\d+:webhooks-(?:events|dead-letters)-\*|\$\{Bucket\.Arn\}/\w+/\*|\$\{InboxTable\.Arn\}/index/\w+"
)


def statements() -> Iterator[tuple[str, dict[str, Any]]]:
    for name, role in ROLES.items():
        for policy in role["Policies"]:
            for statement in policy["PolicyDocument"]["Statement"]:
                if statement["Effect"] == "Allow":
                    yield name, statement


@pytest.mark.parametrize(("role", "statement"), list(statements()))
def test_no_wildcard_could_be_narrower(role: str, statement: dict[str, Any]) -> None:
    assert not [action for action in as_list(statement["Action"]) if "*" in action], role
    if statement["Action"] == "cloudwatch:GetMetricData":  # has no resources
        return
    for resource in as_list(statement["Resource"]):
        assert isinstance(resource, dict) or NARROW.fullmatch(resource), role


@pytest.mark.parametrize("role", ROLES)
def test_a_role_has_no_managed_policy(role: str) -> None:
    assert "ManagedPolicyArns" not in ROLES[role]


def test_no_two_functions_share_a_role() -> None:
    roles = [function["Role"]["Fn::GetAtt"][0] for function in FUNCTIONS.values()]
    assert len(set(roles)) == len(roles)
    assert set(roles) == set(ROLES)


@pytest.mark.parametrize("name", FUNCTIONS)
def test_a_function_writes_to_its_own_log(name: str) -> None:
    group = FUNCTIONS[name]["LoggingConfig"]["LogGroup"]
    role = FUNCTIONS[name]["Role"]["Fn::GetAtt"][0]
    (logs,) = (one for owner, one in statements() if owner == role and "logs:PutLogEvents" in one["Action"])
    granted = logs["Resource"]["Fn::GetAtt"][0]
    assert group in ({"Ref": granted}, expanded()[granted]["Properties"]["LogGroupName"])
