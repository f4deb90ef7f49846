"""No change of a parameter replaces a resource that keeps its name: CloudFormation would refuse the update.

The emulator refuses it for tables alone. https://docs.aws.amazon.com/AWSCloudFormation/latest/UserGuide/troubleshooting.html
"""

import json
from collections.abc import Iterator
from functools import cache
from typing import Any

import pytest

from tests.template.expanded import ROOT, Resources, expanded, with_other_parameters

(SCHEMAS,) = (ROOT / ".venv" / "sam").glob("lib/python*/site-packages/cfnlint/data/schemas")
OFF = ("AlarmEmail=", "DomainName=", "CertificateArn=", "CanaryDeployments=false")


@cache
def create_only(kind: str) -> list[str]:
    """The properties of a type of resource that only its creation sets."""
    number = json.loads((SCHEMAS / "providers" / "us-east-1.json").read_text())[kind]
    schema = json.loads((SCHEMAS / "resources" / f"{number}.json").read_text())
    return [path.removeprefix("/properties/") for path in schema.get("createOnlyProperties", ())]


def refused(before: Resources, after: Resources) -> Iterator[str]:
    """The changes that an update would refuse. A name that refers to a resource is another one's."""
    for name in before.keys() & after.keys():
        old, new = (version[name].get("Properties", {}) for version in (before, after))
        paths = create_only(before[name]["Type"])
        names = [path for path in paths if path.endswith("Name") and isinstance(old.get(path), str)]
        changed = [path for path in paths if old.get(path) != new.get(path)]
        if changed and any(old[path] == new.get(path) for path in names):
            yield f"{name}: {', '.join(changed)}"


@pytest.mark.parametrize("after", [with_other_parameters(), expanded(*OFF)], ids=["other values", "nothing optional"])
def test_an_update_replaces_nothing_that_has_a_name(after: Resources) -> None:
    assert list(refused(expanded(), after)) == []
    assert list(refused(after, expanded())) == []


@pytest.mark.parametrize(
    ("name", "property_", "value"),
    [
        ("CustomEventQueue", "FifoQueue", True),
        ("AlarmTopic", "FifoTopic", True),
        ("CustomEventHandler", "PackageType", "Image"),
        ("InboxTable", "ImportSourceSpecification", {}),
    ],
)
def test_a_break_is_found(name: str, property_: str, value: Any) -> None:
    right = expanded()[name]
    broken = right | {"Properties": right["Properties"] | {property_: value}}
    assert list(refused({name: right}, {name: broken})) == [f"{name}: {property_}"]
