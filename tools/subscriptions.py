"""Writes into docs/deploy.md what to enter in DirectScale's Event Subscriptions: a URL for each event type."""

from pathlib import Path

from tools.schemas import models
from webhooks.event import CUSTOM, SUBSCRIPTIONS

PAGE = Path(__file__).parents[1] / "docs" / "deploy.md"
BEGIN, END = "<!-- subscriptions -->\n", "<!-- /subscriptions -->"


def table() -> str:
    """A row for each event type: those with a number first, and any other type last."""
    numbers = {event_type: number for number, event_type in SUBSCRIPTIONS.items()}
    named = sorted(models().keys() - {CUSTOM}, key=lambda event_type: (numbers.get(event_type, "~"), event_type))
    rows = [f"| {one} | {numbers.get(one, 'its name')} | `/webhooks/{one}` |" for one in named]
    return "\n".join(
        (
            "| event | its subscription id | path of the URL |",
            "|---|---|---|",
            *rows,
            "| any other, as your own code posts it | its name | `/webhooks/<its name>` |",
            "",
        )
    )


def main() -> None:
    """Put the table between the page's two markers."""
    before, rest = PAGE.read_text().split(BEGIN)
    after = rest.split(END)[1]
    PAGE.write_text(f"{before}{BEGIN}{table()}{END}{after}")
    print(f"the event subscriptions in {PAGE.relative_to(Path.cwd())}")


if __name__ == "__main__":
    main()
