"""Roles: exact statements, and no wildcard that could be narrower."""

from typing import Any

import pytest

from tests.template.resources import as_list, statements

NARROW = (
    ":${AWS::StackName}-events-*",  # the queues' names start alike; the list is only known when the loop is expanded
    "${Bucket.Arn}/bodies/*",
    "${Bucket.Arn}/rejected/*",
    "${InboxTable.Arn}/index/unpublished",
)


@pytest.mark.parametrize(("role", "statement"), list(statements()))
def test_no_statement_has_a_wildcard_that_could_be_narrower(role: str, statement: dict[str, Any]) -> None:
    assert all("*" not in action for action in as_list(statement["Action"])), role
    for resource in as_list(statement["Resource"]):
        if "Fn::Sub" in resource:
            assert resource["Fn::Sub"].endswith(NARROW), role
        else:
            assert set(resource) == {"Fn::GetAtt"}, role
