"""Any JSON value as DynamoDB keeps it: itself where it can be kept to the digit, its text elsewhere."""

import json
from decimal import Decimal
from typing import Any

import boto3
import pytest
from boto3.dynamodb.types import TypeDeserializer, TypeSerializer
from hypothesis import given, settings
from hypothesis import strategies as st

from tests.contract.account import aws
from webhooks.aws.attributes import storable

EXPONENTS = st.integers(-200, 200)
NUMBERS = st.integers() | st.builds(lambda digits, exponent: Decimal(f"{digits}E{exponent}"), st.integers(), EXPONENTS)
ANY_TEXT = st.text(st.characters(exclude_categories=[]))
VALUES = st.recursive(
    st.none() | st.booleans() | NUMBERS | ANY_TEXT,
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(ANY_TEXT, inner, max_size=3),
    max_leaves=10,
)


def _kept(value: object) -> Any:
    """What comes back from a table."""
    client = aws("dynamodb")
    client.create_table(
        TableName="T",
        KeySchema=[{"AttributeName": "pk", "KeyType": "HASH"}],
        AttributeDefinitions=[{"AttributeName": "pk", "AttributeType": "S"}],
        BillingMode="PAY_PER_REQUEST",
    )
    client.put_item(TableName="T", Item={"pk": {"S": "1"}, "value": TypeSerializer().serialize(storable(value))})
    return boto3.resource("dynamodb").Table("T").scan()["Items"][0]["value"]


@pytest.mark.parametrize(
    "value",
    [
        None,
        True,
        "",
        "Zoë ☕ \U0001f600",
        0,
        10**37,
        Decimal("20.0"),
        Decimal("-1E-130"),
        Decimal("9.9999999999999999999999999999999999999E+125"),
        [],
        {},
        {"Deep": [{"x": [None, False]}]},
    ],
)
def test_what_dynamodb_can_keep_comes_back_as_it_was(value: object) -> None:
    assert _kept(value) == value


@pytest.mark.parametrize(
    ("value", "kept"),
    [
        (10**38 + 1, str(10**38 + 1)),
        (Decimal("1." + "0" * 38), "1." + "0" * 38),
        (Decimal("1E126"), "1E+126"),
        (Decimal("9E-131"), "9E-131"),
        (Decimal("0E-500"), "0E-500"),
        (Decimal("0E200"), "0E+200"),
        ("\ud800x", "\\ud800x"),
        ({"\udfff": 1}, {"\\udfff": 1}),
        ({"": 1}, {"_": 1}),
    ],
)
def test_what_it_cannot_keep_is_kept_as_text(value: object, kept: object) -> None:
    assert _kept(value) == kept


def test_what_is_nested_too_deep_is_kept_as_the_text_of_its_json() -> None:
    value: object = {"Amount": Decimal("20.0")}
    for _ in range(40):
        value = [value]
    kept = _kept(value)
    for _ in range(24):
        (kept,) = kept
    assert json.loads(kept) == json.loads("[" * 16 + '{"Amount":"20.0"}' + "]" * 16)


def _number(attribute: Any) -> list[Decimal]:
    match attribute:
        case {"N": number}:
            return [Decimal(number)]
        case {"L": inner}:
            return [number for each in inner for number in _number(each)]
        case {"M": inner}:
            return [number for each in inner.values() for number in _number(each)]
        case _:
            return []


@settings(max_examples=200, deadline=None)
@given(VALUES)
def test_any_value_can_be_kept(value: object) -> None:
    attribute = TypeSerializer().serialize(storable(value))
    json.dumps(attribute, ensure_ascii=False).encode()
    assert all(number == 0 or -130 <= number.adjusted() <= 125 for number in _number(attribute))
    assert all(len(number.as_tuple().digits) <= 38 for number in _number(attribute))
    assert TypeDeserializer().deserialize(attribute) == storable(value)


def test_a_value_of_no_kind_of_json_is_left_to_boto3() -> None:
    with pytest.raises(TypeError):
        TypeSerializer().serialize(storable(1.5))
