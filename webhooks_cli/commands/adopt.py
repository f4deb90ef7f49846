"""`webhooks adopt`: a new stack takes over what a deleted one left."""

from dataclasses import asdict
from typing import Annotated

import typer

from webhooks_cli.app import DryRun, Json, Yes, app, confirm, stack_of
from webhooks_cli.operations.adoption import Adopted, number_of_items, remains_of
from webhooks_cli.operations.adoption import adopt as adopt_
from webhooks_cli.output import err, print_json, progress_bar
from webhooks_cli.signals import stopping_with

Deleted = Annotated[str, typer.Argument(metavar="DELETED", help="The name of the deleted stack.", show_default=False)]


@app.command()
def adopt(
    context: typer.Context, deleted: Deleted, *, dry_run: DryRun = False, yes: Yes = False, as_json: Json = False
) -> None:
    """Copy what a deleted stack left (events, runs, records, large bodies, tokens) into a stack.

    Duplicates are then recognized, and events that were not handled are published. Nothing that the stack has is
    overwritten, and nothing of the deleted one is changed. Run it again if it was stopped.

    For example: webhooks --stack webhooks-live-2 adopt webhooks-live
    """
    stack = stack_of(context)
    remains = remains_of(deleted, stack)
    number = number_of_items(remains, stack)
    err.print(f"{deleted} left its tokens, {remains.bucket}, and about {number} items in {', '.join(remains.tables)}")
    if dry_run:
        err.print("nothing is copied")
        return
    confirm(f"Copy all of it into {stack.name}?", yes=yes)
    with stopping_with(lambda: "run it again to copy the rest"), progress_bar() as progress:
        bar = progress.add_task("copied", total=number)
        adopted = adopt_(remains, stack, lambda items: progress.advance(bar, items))
    if as_json:
        print_json(asdict(adopted))
    _report(adopted)


def _report(adopted: Adopted) -> None:
    err.print(
        f"copied: {adopted.events} events, {adopted.runs} runs and failures, {adopted.records} records, "
        f"{adopted.documents} documents, {adopted.tokens} tokens"
    )
    if adopted.unfinished:
        err.print(f"{adopted.unfinished} events were not handled: the relay publishes them within minutes")
    if adopted.dead:
        err.print(f"{adopted.dead} are dead letters, on no queue any more: webhooks replay --state dead-letter")
