"""`webhooks rejected`: authorized deliveries that were no event."""

from typing import Annotated

import typer

from webhooks_cli.app import Json, Reveal, app, file_or_stdin, stack_of
from webhooks_cli.operations.errors import OperationFailed
from webhooks_cli.operations.rejected import Rejected, newest, resend
from webhooks_cli.operations.times import parse_moment
from webhooks_cli.operations.tokens import TokenSecret
from webhooks_cli.output import err, print_details, print_json, print_rows

rejected = typer.Typer(
    help="Authorized deliveries from which no event could be read: see them, repair them, send them again.",
    no_args_is_help=True,
)
app.add_typer(rejected, name="rejected")

Name = Annotated[str, typer.Argument(metavar="REJECTED", help="As listed: 2026-11-24/...", show_default=False)]
Since = Annotated[str, typer.Option(help="Received since: 2h, 7d or a date.")]
Limit = Annotated[int, typer.Option(min=1, help="How many at once.")]
Body = Annotated[str, typer.Option(metavar="FILE", help="Send this body instead of the stored one; - for stdin.")]
Type = Annotated[str, typer.Option("--type", help="The event type, if the delivery did not name it.")]


@rejected.command("list")
def list_(context: typer.Context, *, since: Since = "7d", limit: Limit = 20, as_json: Json = False) -> None:
    """List the rejected deliveries of the last 7 days, the newest first, and why they were rejected.

    For example: webhooks rejected list --since 30d
    """
    begin = parse_moment(since)
    found, more = newest(stack_of(context), begin, limit)
    if as_json:
        print_json([each.summary() for each in found])
    elif found:
        columns = ["Received at (UTC)", "Reason", "At", "Type", "Client", "Message id", "Rejected"]
        print_rows(columns, ([at[:19], *rest] for at, *rest in (each.summary().values() for each in found)))
    if more:
        err.print(f"only the last {limit}: there are more, see --limit")
    elif not found:
        err.print(f"no rejected deliveries since {begin[:19]}Z; --since 30d looks further back")


@rejected.command()
def show(context: typer.Context, name: Name, *, reveal: Reveal = False, as_json: Json = False) -> None:
    """Show a rejected delivery: headers, body and reason. Without --reveal, personal data is shown as ***.

    For example: webhooks rejected show 2026-11-24/6f5e2b0c --reveal
    """
    details = Rejected.find(stack_of(context), name).details(reveal=reveal)
    if as_json:
        print_json([details])
    else:
        print_details("Rejected", details)


@rejected.command("resend")
def resend_(
    context: typer.Context, name: Name, *, body: Body = "", event_type: Type = "", as_json: Json = False
) -> None:
    """Post a rejected delivery to the endpoint again, with its own headers and the stack's token.

    It is deleted when the answer is 200. If it is rejected again, the endpoint stores it once more.

    For example: webhooks rejected resend 2026-11-24/6f5e2b0c --body repaired.json
    """
    content = file_or_stdin(body) if body else None
    stack = stack_of(context)
    found = Rejected.find(stack, name)
    tokens = TokenSecret.of(stack).read()
    if not tokens:
        raise OperationFailed("the stack accepts no token: add one with `webhooks tokens add`")
    answer = resend(stack, found, next(iter(tokens.values())), content, event_type)
    if as_json:
        print_json({"status": answer.status} | {"answer": answer.body})
    message_id = answer.body.get("messageId") or "-"
    err.print(f"{answer.status} {answer.outcome} as {message_id}; the rejected delivery is deleted")
