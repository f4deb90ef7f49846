"""IAM knows each action, resource and condition key of the policies, and of the recorded calls."""

from collections.abc import Iterator
from typing import Any

import pytest

from tests.template.authorization import problems
from tests.template.calls import arns, recorded
from tests.template.expanded import of_kind


def policies() -> Iterator[tuple[str, dict[str, Any]]]:
    """Each statement of each policy, and the resource that has it."""
    roles = of_kind("IAM::Role").items()
    documents = [(name, one["PolicyDocument"]) for name, role in roles for one in role.get("Policies", ())]
    for kind in ("IAM::Policy", "S3::BucketPolicy", "SQS::QueuePolicy"):
        documents += [(name, one["PolicyDocument"]) for name, one in of_kind(kind).items()]
    for name, document in documents:
        yield from ((name, one | {"Resource": arns(one)}) for one in document["Statement"])


def test_iam_knows_what_the_policies_name() -> None:
    assert [(name, each) for name, statement in policies() for each in problems(statement)] == []


@pytest.mark.parametrize("function", ["ingest", "relay", "handler", "poller"])
def test_iam_knows_what_the_calls_need(function: str) -> None:
    """The requests as test_least_privilege.py reads them: they are what the policies are compared with."""
    requests = [request for call in recorded().made[function] for request in call.requests()]
    assert requests
    for one in requests:
        condition = {"StringEquals": dict.fromkeys(key for key, values in one.context.items() if values)}
        assert list(problems({"Action": one.action, "Resource": one.resource, "Condition": condition})) == []


TABLE = "arn:aws:dynamodb:us-east-1:000000000000:table/a"


@pytest.mark.parametrize(
    ("action", "resource", "key", "problem"),
    [
        ("dynamodb:UpdateItems", TABLE, "dynamodb:LeadingKeys", "no such action"),
        ("dynamo:UpdateItem", TABLE, "dynamodb:LeadingKeys", "no such action"),
        ("dynamodb:Upsert*", TABLE, "dynamodb:LeadingKeys", "no such action"),
        ("dynamodb:UpdateItem", f"{TABLE}/index/i", "dynamodb:LeadingKeys", "takes table, not"),
        ("dynamodb:UpdateItem", "arn:aws:sqs:us-east-1:000000000000:a", "dynamodb:LeadingKeys", "takes table, not"),
        ("dynamodb:UpdateItem", TABLE, "dynamodb:LeadingKey", "its requests have no dynamodb:LeadingKey"),
        ("dynamodb:PutItem", TABLE, "dynamodb:Select", "its requests have no dynamodb:Select"),
        ("s3:PutObject", "arn:aws:s3:::a", "aws:SecureTransport", "takes accesspointobject, object, not"),
        ("sqs:SendMessage", "arn:aws:sqs:us-east-1:000000000000:a-*", "sqs:MessageGroupId", "its requests have no"),
    ],
)
def test_a_break_is_found(action: str, resource: str, key: str, problem: str) -> None:
    statement = {"Action": action, "Resource": resource, "Condition": {"StringEquals": {key: "a"}}}
    assert problem in " ".join(problems(statement))
