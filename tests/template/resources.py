"""The template as it is written, for tests of other suites."""

from tools.template import template

TEMPLATE = template()


def event_types() -> list[str]:
    """The default of EventTypes."""
    return [name.strip() for name in TEMPLATE["Parameters"]["EventTypes"]["Default"].split(",")]
