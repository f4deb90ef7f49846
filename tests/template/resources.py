"""The template as it is written, for tests of other suites."""

from tools.template import load_template

TEMPLATE = load_template()


def event_types() -> list[str]:
    """The default of EventTypes."""
    return [name.strip() for name in TEMPLATE["Parameters"]["EventTypes"]["Default"].split(",")]
