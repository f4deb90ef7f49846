"""What AWS's own transforms may do otherwise than the SAM CLI's, and the template avoids."""

from collections.abc import Iterator
from typing import Any

from tests.template.resources import TEMPLATE

LISTS = {name for name, each in TEMPLATE["Parameters"].items() if each["Type"] == "CommaDelimitedList"}


def bare_lists(node: Any) -> Iterator[str]:
    """The list parameters to which a part of the template refers, but for those that `Fn::Join` makes a text of."""
    match node:
        case {"Ref": str(name)} if name in LISTS:
            yield name
        case {"Fn::Join": _}:
            return
        case dict():
            yield from (found for child in node.values() for found in bare_lists(child))
        case list():
            yield from (found for child in node for found in bare_lists(child))


def below(node: Any, function: str) -> Iterator[Any]:
    """The arguments of a function, wherever it is."""
    for key, child in node.items() if isinstance(node, dict) else enumerate(node) if isinstance(node, list) else ():
        if key == function:
            yield child
        yield from below(child, function)


def test_no_list_is_written_as_json() -> None:
    written = list(below(TEMPLATE["Resources"], "Fn::ToJsonString"))
    assert written
    assert [name for each in written for name in bare_lists(each)] == []


def test_no_rule_refers_to_a_list() -> None:
    """A rule's documented functions take lists that are written out, or the parameters of a type."""
    assert TEMPLATE["Rules"]
    assert list(bare_lists(TEMPLATE["Rules"])) == []


def test_a_list_has_no_spaces() -> None:
    assert LISTS
    assert [name for name in LISTS if " " in TEMPLATE["Parameters"][name]["Default"]] == []
