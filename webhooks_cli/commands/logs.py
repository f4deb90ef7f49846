"""`webhooks logs`: what the functions log about an event."""

from collections.abc import Iterable
from typing import Annotated

import typer

from webhooks_cli.app import Reveal, app, stack_of
from webhooks_cli.operations.event_types import check_spelling
from webhooks_cli.operations.inbox import Inbox
from webhooks_cli.operations.log_line import LogLine
from webhooks_cli.operations.logs import MOST_LINES, LogQuery
from webhooks_cli.operations.stack import Stack
from webhooks_cli.operations.times import parse_moment
from webhooks_cli.output import err, json_line, print_log_line

Id = Annotated[str, typer.Option("--id", help="Only lines of the event with this message id.")]
Type = Annotated[str, typer.Option("--type", help="Only lines of events of this type.")]
Since = Annotated[str, typer.Option(help="2h, 7d or a date; by default an hour ago, or when the event was received.")]
Limit = Annotated[int, typer.Option(min=1, max=MOST_LINES, help="The last lines, if there are more.")]
Follow = Annotated[bool, typer.Option("--follow", "-f", help="Continue until Ctrl-C.")]
JsonLines = Annotated[bool, typer.Option("--json", help="Print a JSON object per line, for scripts.")]


@app.command()
def logs(  # noqa: PLR0913 - options
    context: typer.Context,
    *,
    message_id: Id = "",
    event_type: Type = "",
    since: Since = "",
    limit: Limit = 1000,
    follow: Follow = False,
    reveal: Reveal = False,
    as_json: JsonLines = False,
) -> None:
    """Show the log lines of all functions in order of time; with --id those of one event, from ingest to handler.

    Handlers' own lines, printed or logged, are *** without --reveal. Printed ones name no event: --id leaves them out.

    For example: webhooks logs --id 6f5e2b0c
    """
    begin = parse_moment(since) if since else ""
    stack = stack_of(context)
    query = LogQuery(begin or _received(stack, message_id) or parse_moment("1h"), message_id, event_type, limit)
    shown = _print_all(query.lines(stack, follow=follow), reveal=reveal, as_json=as_json)
    if not shown:
        check_spelling(event_type, stack.event_types)
        err.print(f"no such line since {query.since[:19]}Z; logs arrive after seconds, --since 7d looks further back")
    elif shown == limit:
        err.print(f"these are the last {limit}: --limit shows more")


def _print_all(lines: Iterable[LogLine], *, reveal: bool, as_json: bool) -> int:
    """Print lines, and that some were masked; returns their number."""
    shown = masked = 0
    for line in lines:
        printed = line if reveal else line.masked()
        shown, masked = shown + 1, masked + (printed != line)
        _print(printed, as_json=as_json)
    if masked:
        err.print("what handlers wrote is ***: --reveal shows it")
    return shown


def _print(line: LogLine, *, as_json: bool) -> None:
    if as_json:
        print(json_line(line.data()), flush=True)
    else:
        print_log_line(line)


def _received(stack: Stack, message_id: str) -> str:
    """When the first event with a message id was received; empty if the inbox has none."""
    found = Inbox.of(stack).find(message_id) if message_id else []
    return found[0].received_at if found else ""
