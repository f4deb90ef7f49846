"""The template as data, so that a change of it reaches the tests."""

from pathlib import Path
from typing import Any

import yaml

TEMPLATE = Path(__file__).parent.parent / "template.yaml"


class _Loader(yaml.SafeLoader):
    """Reads CloudFormation's short tags as the long form: `!Ref X` as `{"Ref": "X"}`."""


def load_template(path: Path = TEMPLATE) -> dict[str, Any]:
    """The template, with every tag in its long form and `Fn::ForEach` as it stands."""
    template: dict[str, Any] = _Loader(path.read_text()).get_single_data()
    return template


def _long_form(loader: _Loader, tag: str, node: yaml.Node) -> dict[str, Any]:
    name = tag if tag in {"Ref", "Condition"} else f"Fn::{tag}"
    value = _value(loader, node)
    if tag == "GetAtt" and isinstance(value, str):
        value = value.split(".", 1)
    return {name: value}


def _value(loader: _Loader, node: yaml.Node) -> Any:
    if isinstance(node, yaml.MappingNode):
        return loader.construct_mapping(node, deep=True)
    if isinstance(node, yaml.SequenceNode):
        return loader.construct_sequence(node, deep=True)
    return node.value


_Loader.add_multi_constructor("!", _long_form)
