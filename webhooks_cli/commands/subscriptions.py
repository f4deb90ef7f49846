"""`webhooks subscriptions`."""

from dataclasses import asdict

import typer

from webhooks_cli.app import Json, app, stack_of
from webhooks_cli.operations.event_types import subscriptions
from webhooks_cli.output import print_json, print_table


@app.command("subscriptions")
def list_subscriptions(context: typer.Context, *, as_json: Json = False) -> None:
    """Show which URL to enter in Corporate Admin (Tools > Developer Tools > Event Subscriptions) for which event.

    The vendor documents the subscription ids 0, 2 and 3; 1, 4 and 5 are inferred from them.
    """
    stack = stack_of(context)
    listed = subscriptions(stack.routing, stack.url)
    if as_json:
        print_json([asdict(each) for each in listed])
    else:
        rows = [(each.event_type, each.id or "its own name", each.url) for each in listed]
        print_table(("Event type", "Subscription id", "URL"), rows)
