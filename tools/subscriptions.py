"""Writes the table of event subscriptions into docs/deploy.md: a URL for each of the vendor's event types."""

from pathlib import Path

from tools.pages import with_generated
from webhooks.event import CUSTOM
from webhooks_cli.operations.event_types import subscriptions, vendor_models

PAGE = Path(__file__).parents[1] / "docs" / "deploy.md"
NAME = "subscriptions"


def table() -> str:
    """A row for each of the vendor's event types: those with a number first, and one for all other types last."""
    named = subscriptions(vendor_models().keys() - {CUSTOM}, "/webhooks")
    named.sort(key=lambda each: (each.id == each.event_type, each.id))
    rows = [
        f"| {each.event_type} | {'its name' if each.id == each.event_type else each.id} | `{each.url}` |"
        for each in named
    ]
    return "\n".join(
        (
            "| event | its subscription id | path of the URL |",
            "|---|---|---|",
            *rows,
            "| any other, as your own code posts it | its name | `/webhooks/<its name>` |",
        )
    )


def main() -> None:
    """Put the table into the page."""
    PAGE.write_text(with_generated(PAGE.read_text(), NAME, table()))
    print(f"the event subscriptions in {PAGE.relative_to(Path.cwd())}")


if __name__ == "__main__":
    main()
