"""`webhooks status`: the health of the stack."""

from dataclasses import asdict
from datetime import UTC, datetime, timedelta

import typer

from webhooks.dates import timestamp
from webhooks_cli.app import Json, app, stack_of
from webhooks_cli.operations.health import Health, Retired, TypeHealth
from webhooks_cli.operations.times import age, parse_moment
from webhooks_cli.output import print_json, print_table

_TOKENS_SINCE = "30d"


@app.command()
def status(context: typer.Context, *, as_json: Json = False) -> None:
    """Show each event type's queue, the events on no queue yet, and when each token was last used in 30 days.

    Messages in flight are with their handler, or hidden until their retry.
    SQS's counts are approximate; the age of the oldest message comes from CloudWatch, some minutes late.
    """
    stack = stack_of(context)
    health = Health.of(stack, tokens_since=parse_moment(_TOKENS_SINCE))
    if as_json:
        print_json({"stack": stack.name, "endpoint": stack.url} | asdict(health))
        return
    columns = ["Type", "Paused", "Waiting", "In flight", "Dead letters", "Oldest", "Last event"]
    print_table(columns, map(_row, health.event_types), title=f"{stack.name}: {stack.url}")
    if health.retired:
        print_table(["Retired", "Since (UTC)", "Queue"], map(_retired, health.retired))
    print_table(["Unpublished", "Oldest"], [[health.unpublished.count, _ago(health.unpublished.oldest)]])
    print_table(["Token", "Last use"], ([use.label, _ago(use.last_use) or "not in 30 days"] for use in health.tokens))


def _retired(each: Retired) -> list[object]:
    return [each.name, each.since[:19], "to be deleted when it is empty" if each.has_queue else "deleted"]


def _row(each: TypeHealth) -> list[object]:
    counts = (each.waiting, each.in_flight, each.dead_letters)
    return [each.event_type, "yes" if each.paused else "", *counts, _age(each.oldest_seconds), _ago(each.last_event)]


def _ago(at: str | None) -> str:
    return f"{age(at)} ago" if at else ""


def _age(seconds: int | None) -> str | None:
    return None if seconds is None else age(timestamp(datetime.now(UTC) - timedelta(seconds=seconds)))
