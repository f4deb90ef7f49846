"""Writes into docs/deploy.md what to enter in DirectScale's Event Subscriptions: a URL for each event type."""

from pathlib import Path

from tools.pages import with_generated
from tools.schemas import models
from webhooks.event import CUSTOM
from webhooks_cli.subscriptions import subscriptions

PAGE = Path(__file__).parents[1] / "docs" / "deploy.md"
NAME = "subscriptions"


def table() -> str:
    """A row for each event type: those with a number first, and any other type last."""
    named = subscriptions(models().keys() - {CUSTOM}, "/webhooks")
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
