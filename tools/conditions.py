"""CloudFormation's conditions, where all values in them are known."""

from collections.abc import Mapping
from typing import Any


def holds(conditions: Mapping[str, Any], condition: Any, parameters: Mapping[str, str] | None = None) -> bool:
    """Whether a condition holds, by name or written out. Raises `NotImplementedError` for a form that is not known."""
    match condition:
        case str() | {"Condition": _}:
            name = condition if isinstance(condition, str) else condition["Condition"]
            return holds(conditions, conditions[name], parameters)
        case {"Fn::Equals": [left, right]}:
            return bool(_value(left, parameters) == _value(right, parameters))
        case {"Fn::Not": [one]}:
            return not holds(conditions, one, parameters)
        case {"Fn::And": several}:
            return all(holds(conditions, one, parameters) for one in several)
        case {"Fn::Or": several}:
            return any(holds(conditions, one, parameters) for one in several)
    raise NotImplementedError(condition)


def _value(operand: Any, parameters: Mapping[str, str] | None) -> Any:
    return (parameters or {})[operand["Ref"]] if isinstance(operand, dict) else operand
