"""`webhooks status`: how the stack fares."""

from dataclasses import asdict
from datetime import UTC, datetime, timedelta

import typer

from webhooks.dates import timestamp
from webhooks_cli.app import Json, app, stack_of
from webhooks_cli.health import Health
from webhooks_cli.output import print_json, print_table
from webhooks_cli.times import age, moment

_TOKENS_SINCE = "30d"


@app.command()
def status(context: typer.Context, *, as_json: Json = False) -> None:
    """Show each event type's queue, what is not on a queue yet, and when each token was last used in 30 days.

    Messages in flight are with their handler, or hidden until they are tried again.
    Their numbers are SQS's, and nearly right; the age of the oldest is CloudWatch's, and some minutes old.
    """
    stack = stack_of(context)
    health = Health.of(stack, tokens_since=moment(_TOKENS_SINCE))
    if as_json:
        print_json({"stack": stack.name, "endpoint": stack.url} | asdict(health))
        return
    columns = ["Type", "Paused", "Waiting", "In flight", "Dead letters", "Oldest", "Last event"]
    rows = (
        [
            told.event_type,
            "yes" if told.paused else "",
            *(told.waiting, told.in_flight, told.dead_letters),
            _age(told.oldest_seconds),
            _ago(told.last_event),
        ]
        for told in health.event_types
    )
    print_table(columns, rows, title=f"{stack.name}: {stack.url}")
    print_table(["Unpublished", "Oldest"], [[health.unpublished.count, _ago(health.unpublished.oldest)]])
    print_table(["Token", "Last use"], ([use.label, _ago(use.last_use) or "not in 30 days"] for use in health.tokens))


def _ago(at: str | None) -> str:
    return f"{age(at)} ago" if at else ""


def _age(seconds: int | None) -> str | None:
    return None if seconds is None else age(timestamp(datetime.now(UTC) - timedelta(seconds=seconds)))
