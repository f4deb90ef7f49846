"""The event types that have a handler of their own, read from where they are listed: EventTypes in template.yaml."""

import re

from tools.local.emulator import ROOT
from webhooks_cli.errors import ToolFailed

TEMPLATE = ROOT / "template.yaml"

_LIST = re.compile(r"^  EventTypes:\n(?:    .*\n)+?    Default: >-\n((?:      \w+,?\n)+)", re.MULTILINE)
_LAST = "      CustomEvent"


def event_types(template: str) -> list[str]:
    """The types in the text of a template, in their order. Raises `ToolFailed` where there is no such list."""
    return [name.strip() for name in _found(template)[1].split(",")]


def with_event_type(template: str, name: str) -> str:
    """The text with one more type: a line of its own, before CustomEvent. Raises `ToolFailed` as `event_types`."""
    found = _found(template)
    longer = found[1].replace(_LAST, f"      {name},\n{_LAST}", 1)
    return template[: found.start(1)] + longer + template[found.end(1) :]


def _found(template: str) -> re.Match[str]:
    found = _LIST.search(template)
    if found is None or _LAST not in found[1]:
        raise ToolFailed("template.yaml: the default of EventTypes is not a list of one type a line with CustomEvent")
    return found
