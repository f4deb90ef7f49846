"""`webhooks tokens`: which tokens the endpoint accepts."""

from typing import Annotated

import typer

from webhooks.policy import TOKENS_FRESH_FOR, TOKENS_REFRESH_PAUSE
from webhooks_cli.app import DryRun, Json, Yes, app, confirm, secret_of_stdin, stack_of
from webhooks_cli.operations.times import age, parse_moment
from webhooks_cli.operations.tokens import (
    TokenSecret,
    accepted,
    added,
    checked_label,
    checked_token,
    fingerprint,
    last_uses,
    new_token,
    retired,
    why_ignored,
)
from webhooks_cli.output import err, print_json, print_table, printable

tokens = typer.Typer(no_args_is_help=True, help="List, add and retire the tokens that the endpoint accepts.")
app.add_typer(tokens, name="tokens")

_LOOK_BACK, _RECENT = "30d", "1d"

Label = Annotated[str, typer.Argument(help="The name of the token: letters, digits, dots, dashes, underscores.")]


@tokens.command("list")
def list_tokens(context: typer.Context, *, as_json: Json = False) -> None:
    """List the tokens by label: a fingerprint (of its SHA-256), and when it was last used in the last 30 days.

    Entries of the secret that the endpoint ignores are listed too, without their values.
    """
    stack, since = stack_of(context), parse_moment(_LOOK_BACK)
    entries = TokenSecret.of(stack).entries()
    uses = last_uses(stack, list(accepted(entries)), since)
    rows = [_row(label, value, uses.get(label)) for label, value in entries.items()]
    if as_json:
        print_json(rows)
        return
    columns = ("label", "fingerprint", "last used")
    print_table(columns, [(row["label"], row["fingerprint"], _use(row)) for row in rows])


@tokens.command("add")
def add_token(
    context: typer.Context,
    label: Label,
    *,
    from_stdin: Annotated[
        bool, typer.Option("--from-stdin", help="Read the Extension Secret that you already have, one line.")
    ] = False,
) -> None:
    """Create a token and print it, only this once; within 30 seconds the endpoint accepts it too.

    Example: webhooks tokens add 2026-12
    """
    checked_label(label)
    secret = TokenSecret.of(stack_of(context))
    token = checked_token(secret_of_stdin("The Extension Secret") if from_stdin else new_token())
    secret.change(added(label, token))
    if not from_stdin:
        print(token)
    err.print(
        f"The endpoint accepts {label} within {TOKENS_REFRESH_PAUSE:.0f} seconds. Then:\n"
        "1. In Corporate Admin > Tools > Developer Tools > Extension Settings, enter it as the Extension Secret.\n"
        "2. Watch `webhooks tokens list` until the old token is no longer used, for a day or more.\n"
        "3. webhooks tokens retire <the old label>"
    )


@tokens.command("retire")
def retire_token(context: typer.Context, label: Label, *, dry_run: DryRun = False, yes: Yes = False) -> None:
    """Remove a token: within 5 minutes the endpoint refuses it. The last token cannot be removed.

    An entry of the secret that the endpoint ignores can be removed too.

    Example: webhooks tokens retire first
    """
    stack = stack_of(context)
    secret = TokenSecret.of(stack)
    entries = secret.entries()
    left = accepted(retired(label)(entries))
    ignored = why_ignored(label, entries[label])
    if dry_run or not yes:
        use = (
            "the endpoint ignores it."
            if ignored
            else _last_use(last_uses(stack, [label], parse_moment(_RECENT)).get(label))
        )
        err.print(f"{printable(label)}: {use} Accepted from then on: {', '.join(left) or 'none'}.")
    if dry_run:
        return
    confirm(f"Retire {label}?", yes=yes)
    secret.change(retired(label))
    if ignored:
        err.print(f"{printable(label)} is removed from the secret; the endpoint ignored it.")
        return
    minutes = TOKENS_FRESH_FOR / 60
    err.print(f"{label} is retired: within {minutes:.0f} minutes the endpoint refuses it.")


def _row(label: str, value: object, used: str | None) -> dict[str, str | None]:
    if ignored := why_ignored(label, value):
        return {"label": label, "fingerprint": None, "last_used": None, "ignored": ignored}
    return {"label": label, "fingerprint": fingerprint(str(value)), "last_used": used, "ignored": None}


def _use(row: dict[str, str | None]) -> str:
    return f"ignored: {row['ignored']}" if row["ignored"] else _ago(row["last_used"])


def _ago(last_used: str | None) -> str:
    return f"{age(last_used)} ago" if last_used else "not in the last 30 days"


def _last_use(last_used: str | None) -> str:
    if not last_used:
        return "not used in the last day."
    return f"used {age(last_used)} ago! Deliveries with it will be refused."
