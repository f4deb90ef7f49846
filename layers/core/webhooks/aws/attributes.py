"""Any JSON value in a form that DynamoDB can store."""

import json
from decimal import Decimal, DecimalException

from boto3.dynamodb.types import DYNAMODB_CONTEXT

_SMALLEST, _LARGEST = -130, 125
"""The exponents that DynamoDB stores: boto3 takes slightly more."""
_MAX_DEPTH = 24
"""DynamoDB accepts 32 levels of nesting, including the item's own."""


def storable(value: object, depth: int = 0) -> object:  # noqa: PLR0911 - one per kind of JSON value
    """The value itself if DynamoDB can store it exactly, else its text.

    For unknown fields: numbers of more than 38 digits, lone surrogates, empty names, deep nesting.
    """
    if isinstance(value, str):
        return value.encode("utf-8", "backslashreplace").decode()
    if isinstance(value, bool) or value is None:
        return value
    if isinstance(value, int | Decimal):
        return value if _fits(Decimal(value)) else str(value)
    if depth == _MAX_DEPTH:
        return json.dumps(value, default=str)
    if isinstance(value, dict):
        return {str(storable(name)) or "_": storable(inner, depth + 1) for name, inner in value.items()}
    if isinstance(value, list):
        return [storable(inner, depth + 1) for inner in value]
    return value


def _fits(number: Decimal) -> bool:
    try:
        return _SMALLEST <= DYNAMODB_CONTEXT.create_decimal(number).adjusted() <= _LARGEST
    except DecimalException:
        return False
