"""Any JSON value in DynamoDB: unchanged where it can be stored exactly, as text elsewhere."""

import json
from decimal import Decimal
from typing import Any

import boto3
import pytest
from boto3.dynamodb.types import TypeDeserializer, TypeSerializer
from hypothesis import given, settings
from hypothesis import strategies as st

from tests.contract.account import aws, create_table
from webhooks.aws.attributes import storable

EXPONENTS = st.integers(-200, 200)
NUMBERS = st.integers() | st.builds(lambda digits, exponent: Decimal(f"{digits}E{exponent}"), st.integers(), EXPONENTS)
ANY_TEXT = st.text(st.characters(exclude_categories=[]))
VALUES = st.recursive(
    st.none() | st.booleans() | NUMBERS | ANY_TEXT,
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(ANY_TEXT, inner, max_size=3),
    max_leaves=10,
)
DEEP: Any = {"Amount": Decimal("20.0")}
for _ in range(40):
    DEEP = [DEEP]


def _stored(value: object) -> Any:
    serialized = TypeSerializer().serialize(storable(value))
    key = {"pk": {"S": "1"}, "sk": {"S": "1"}}
    aws("dynamodb").put_item(TableName=create_table("RecordsTable"), Item=key | {"value": serialized})
    return boto3.resource("dynamodb").Table("RecordsTable").scan()["Items"][0]["value"]


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
        {"Deep": [{"x": [None, False]}, [], {}]},
    ],
)
def test_a_value_that_fits_comes_back_unchanged(value: object) -> None:
    assert _stored(value) == value


@pytest.mark.parametrize(
    ("value", "text"),
    [
        (10**38 + 1, str(10**38 + 1)),
        (Decimal("1." + "0" * 38), "1." + "0" * 38),
        (Decimal("1E126"), "1E+126"),
        (Decimal("9E-131"), "9E-131"),
        (Decimal("0E-500"), "0E-500"),
        (Decimal("0E200"), "0E+200"),
        ("\ud800x", "\\ud800x"),
        ({"\udfff": 1, "": 2}, {"\\udfff": 1, "_": 2}),
    ],
)
def test_any_other_value_is_stored_as_text(value: object, text: object) -> None:
    assert _stored(value) == text


def test_deep_nesting_is_stored_as_its_json() -> None:
    stored = _stored(DEEP)
    for _ in range(24):
        (stored,) = stored
    assert json.loads(stored) == json.loads("[" * 16 + '{"Amount":"20.0"}' + "]" * 16)


@settings(max_examples=100, deadline=None)
@given(VALUES)
def test_any_value_can_be_stored(value: object) -> None:
    attribute = TypeSerializer().serialize(storable(value))
    json.dumps(attribute, ensure_ascii=False).encode()
    for number in _numbers(attribute):
        assert number == 0 or -130 <= number.adjusted() <= 125
        assert len(number.as_tuple().digits) <= 38
    assert TypeDeserializer().deserialize(attribute) == storable(value)


def _numbers(attribute: Any) -> list[Decimal]:
    match attribute:
        case {"N": number}:
            return [Decimal(number)]
        case {"L": inner}:
            return [number for each in inner for number in _numbers(each)]
        case {"M": inner}:
            return [number for each in inner.values() for number in _numbers(each)]
        case _:
            return []


def test_other_values_are_left_to_boto3() -> None:
    with pytest.raises(TypeError):
        TypeSerializer().serialize(storable(1.5))
