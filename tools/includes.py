"""What the client adds to template.yaml: the files in functions/handlers/ that it includes."""

from pathlib import Path
from typing import Any

import yaml

from tools.errors import ToolFailed

RESOURCES = "functions/handlers/resources.yaml"
VARIABLES = "functions/handlers/variables.yaml"
SETTINGS = "functions/handlers/settings.yaml"


class _Loader(yaml.SafeLoader):
    """Reads dates as texts, as CloudFormation does: `Version: 2012-10-17`."""


_Loader.add_constructor("tag:yaml.org,2002:timestamp", lambda _, node: node.value)


def content(project: Path, location: str) -> dict[str, Any]:
    """The content of an included file. Raises `ToolFailed`, with the line, if CloudFormation could not include it.

    AWS::Include refuses short forms such as `!Ref`, which YAML does not know either.
    """
    try:
        found = yaml.load((project / location).read_text(), _Loader)  # noqa: S506 - it is a safe one
    except (OSError, yaml.YAMLError) as error:
        raise ToolFailed(f"{location} cannot be included: {error}") from error
    if not isinstance(found, dict):
        raise ToolFailed(f"{location} cannot be included: it must have names with values, at least one")
    return found
