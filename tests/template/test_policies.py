"""The evaluator of policies, on AWS's own documented cases."""

from typing import Any

import pytest

from tests.template.policies import Request, allows

UPDATE = {"Effect": "Allow", "Action": ["dynamodb:UpdateItem"], "Resource": "arn:aws:dynamodb:::table/a"}
SCORES = UPDATE | {
    "Condition": {
        "ForAllValues:StringEquals": {"dynamodb:Attributes": ["UserId", "TopScore"]},
        "StringEqualsIfExists": {"dynamodb:ReturnValues": ["NONE", "UPDATED_NEW"]},
    }
}
OWN = UPDATE | {"Condition": {"ForAllValues:StringLike": {"dynamodb:LeadingKeys": "OrderEvent#*"}}}
TLS = {"Effect": "Deny", "Action": "*", "Resource": "*", "Condition": {"Bool": {"aws:SecureTransport": "false"}}}


def update(**context: tuple[str, ...]) -> Request:
    """A request whose context has keys of DynamoDB."""
    keys = {f"dynamodb:{name}": values for name, values in context.items()}
    return Request("dynamodb:UpdateItem", "arn:aws:dynamodb:::table/a", keys)


@pytest.mark.parametrize(
    ("request_", "allowed"),
    [
        (update(Attributes=("UserId",)), True),
        (update(Attributes=("UserId", "TopScore"), ReturnValues=("UPDATED_NEW",)), True),
        (update(Attributes=("UserId", "Wins")), False),
        (update(Attributes=("UserId",), ReturnValues=("ALL_OLD",)), False),
        (update(), True),
    ],
    ids=str,
)
def test_all_values_must_match_and_absent_ones_do(request_: Request, allowed: bool) -> None:
    assert allows([SCORES], request_) is allowed


@pytest.mark.parametrize(("key", "allowed"), [("OrderEvent#1", True), ("ReorderEvent#1", False), ("OrderEvent", False)])
def test_a_pattern_matches_the_whole_value(key: str, allowed: bool) -> None:
    assert allows([OWN], update(LeadingKeys=(key,))) is allowed


def test_one_mismatching_key_denies() -> None:
    assert not allows([OWN], update(LeadingKeys=("OrderEvent#1", "DailyEvent#1")))


@pytest.mark.parametrize(
    "other", [{"Action": "dynamodb:PutItem"}, {"Resource": "arn:aws:dynamodb:::table/a/index/i"}], ids=str
)
def test_a_statement_allows_no_more_than_it_says(other: dict[str, Any]) -> None:
    assert allows([UPDATE], update())
    assert not allows([UPDATE | other], update())


def test_what_is_denied_is_not_allowed() -> None:
    plain = Request("dynamodb:UpdateItem", "arn:aws:dynamodb:::table/a", {"aws:SecureTransport": ("false",)})
    assert not allows([UPDATE, TLS], plain)
    assert allows([UPDATE, TLS], update())


@pytest.mark.parametrize("unknown", [{"NotAction": "a"}, {"Condition": {"Null": {"a": "true"}}}], ids=str)
def test_what_it_does_not_know_is_an_error(unknown: dict[str, Any]) -> None:
    with pytest.raises((NotImplementedError, KeyError)):
        allows([UPDATE | unknown], update())
