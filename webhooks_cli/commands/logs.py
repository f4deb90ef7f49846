"""`webhooks logs`: what the functions say of an event."""

import json
import time
from collections.abc import Iterable, Iterator, Sequence
from datetime import UTC, datetime, timedelta
from typing import Annotated

import typer
from rich.text import Text

from webhooks.dates import timestamp
from webhooks.event import CUSTOM
from webhooks_cli.app import app, stack_of
from webhooks_cli.inbox import Inbox
from webhooks_cli.insights import MOST_LINES, Found, field, search
from webhooks_cli.log_lines import OF_CRASHES, OF_OURS, Line
from webhooks_cli.output import err, legible, out
from webhooks_cli.stack import Stack
from webhooks_cli.times import moment

_STYLES = {"WARNING": "yellow", "ERROR": "red"}
_PAUSE = 2.0
_LATE = timedelta(minutes=1)
"""For so long a line may take until Insights has it."""


@app.command()
def logs(  # noqa: PLR0913 - an option each
    context: typer.Context,
    *,
    message_id: Annotated[str, typer.Option("--id", help="Only lines of the event with this message id.")] = "",
    event_type: Annotated[str, typer.Option("--type", help="Only lines of events of this type.")] = "",
    since: Annotated[str, typer.Option(help="2h, 7d or a date; else an hour ago, or when the event came in.")] = "",
    limit: Annotated[int, typer.Option(min=1, max=MOST_LINES, help="The last lines, if there are more.")] = 1000,
    follow: Annotated[bool, typer.Option("--follow", "-f", help="Go on until Ctrl-C.")] = False,
    as_json: Annotated[bool, typer.Option("--json", help="Print a JSON object per line, for scripts.")] = False,
) -> None:
    """Show the log lines of all functions in order of time; with --id those of one event, from ingest to handler.

    For example: webhooks logs --id 6f5e2b0c
    """
    begin = moment(since) if since else ""
    stack = stack_of(context)
    begin = begin or _received(stack, message_id) or moment("1h")
    functions = ["ingest", "relay", *_handlers(stack, event_type)]
    patterns = [OF_OURS] if message_id or event_type else [f"{OF_OURS}|{OF_CRASHES}"]
    patterns += [field("message_id", message_id)] if message_id else []
    patterns += [field("event_type", event_type)] if event_type else []
    shown = 0
    for line in _lines(stack, functions, patterns, begin, limit, follow=follow):
        shown += 1
        if as_json:
            print(json.dumps(line.data()), flush=True)
        else:
            out.print(Text(legible(line.text()), style=_STYLES.get(line.level, "")), soft_wrap=True)
    if not shown:
        err.print(f"no such line since {begin[:19]}Z; logs arrive after some seconds, --since 7d looks further back")
    elif shown == limit:
        err.print(f"these are the last {limit}: there may be more before them, which --limit shows")


def _lines(  # noqa: PLR0913 - what is searched, and how
    stack: Stack, functions: Sequence[str], patterns: Sequence[str], since: str, limit: int, *, follow: bool
) -> Iterator[Line]:
    """The lines in order of time; of one moment, ingest's first. With `follow`, without an end."""
    found = search(stack, functions, patterns, since, limit)
    yield from _in_order(found, functions)[-limit:]
    while follow:
        time.sleep(_PAUSE)
        seen = {each.id for each in found}
        found = search(stack, functions, patterns, timestamp(datetime.now(UTC) - _LATE), MOST_LINES)
        yield from _in_order((each for each in found if each.id not in seen), functions)


def _in_order(found: Iterable[Found], functions: Sequence[str]) -> list[Line]:
    return sorted(map(Line.of, found), key=lambda line: (line.at, functions.index(line.function)))


def _received(stack: Stack, message_id: str) -> str:
    """When the first event of a message id came in; empty where the inbox holds none."""
    found = Inbox.of(stack).find(message_id) if message_id else []
    return found[0].received_at if found else ""


def _handlers(stack: Stack, event_type: str) -> Sequence[str]:
    if not event_type:
        return stack.event_types
    return [event_type if event_type in stack.event_types else CUSTOM]
