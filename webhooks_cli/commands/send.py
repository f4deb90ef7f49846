"""`webhooks send`: behaves like DirectScale."""

import random
import sys
from datetime import UTC, datetime
from functools import partial
from pathlib import Path
from typing import Annotated
from urllib.parse import urlsplit

import typer
from rich.progress import Progress

from webhooks_cli.app import Json, app, stack_of
from webhooks_cli.endpoint import Endpoint
from webhooks_cli.errors import ToolFailed
from webhooks_cli.fields import Setting
from webhooks_cli.output import err
from webhooks_cli.report import report
from webhooks_cli.send import Delivery, Wish, deliveries, doubts, types_of
from webhooks_cli.sender import AT_ONCE, Sender, with_duplicates
from webhooks_cli.stack import Stack
from webhooks_cli.tokens import TokenSecret


def _in_a_header(value: str | None) -> str | None:
    if value and not (value.isascii() and value.isprintable() and value == value.strip()):
        raise typer.BadParameter("a header takes visible ASCII characters only")
    return value


def _address(url: str) -> str:
    if url and (urlsplit(url).scheme not in ("http", "https") or not urlsplit(url).hostname):
        raise typer.BadParameter("not a URL like https://example.com/webhooks")
    return url


@app.command()
def send(  # noqa: PLR0913 - an option each
    context: typer.Context,
    types: Annotated[
        list[str] | None,
        typer.Argument(
            metavar="TYPE",
            help="Event types, sent in turn; without one, the story of an order.",
            show_default=False,
        ),
    ] = None,
    *,
    settings: Annotated[
        list[str] | None,
        typer.Option(
            "--set", metavar="FIELD=VALUE", help="Set a field: OrderStatus=Paid, Amount=20.10, EventDateUtc=2h."
        ),
    ] = None,
    body: Annotated[str, typer.Option(metavar="FILE", help="Send this body as it is; - for stdin.")] = "",
    count: Annotated[
        int, typer.Option(min=0, help="How many events; without it, one of each type.", show_default=False)
    ] = 0,
    rate: Annotated[
        float,
        typer.Option(
            min=0, help="Deliveries per second; without it, as fast as it goes, 4 at once.", show_default=False
        ),
    ] = 0.0,
    duplicates: Annotated[
        float, typer.Option(min=0, max=100, help="Per cent that are sent a second time.", show_default=False)
    ] = 0.0,
    shuffle: Annotated[bool, typer.Option("--shuffle", help="Send in no particular order.")] = False,
    message_id: Annotated[
        str | None,
        typer.Option(callback=_in_a_header, help='The message id; of several events -1, -2... follow it; "" for none.'),
    ] = None,
    client: Annotated[str, typer.Option(callback=_in_a_header, help='The client id; "" for none.')] = "acme",
    token: Annotated[
        str,
        typer.Option(callback=_in_a_header, envvar="WEBHOOKS_TOKEN", help="The bearer token; without it, the stack's."),
    ] = "",
    url: Annotated[
        str, typer.Option(callback=_address, help="Send to this very URL, with --token; no stack is needed.")
    ] = "",
    seed: Annotated[
        int | None, typer.Option(help="Repeat the choices of a run, but for dates and message ids.")
    ] = None,
    strict: Annotated[
        bool, typer.Option("--strict", help="No trailing comma, which the vendor's samples have.")
    ] = False,
    as_json: Json = False,
) -> None:
    """Send events as DirectScale does, and count the answers. Exits with 1 if any was not answered 200 in the end.

    Bodies are made up, and fit their models; those of one round are about one associate, order and item.

    Example: webhooks send CreateOrderEvent --set OrderStatus=Paid --count 100 --duplicates 10 --shuffle
    """
    stack = None if url else stack_of(context)
    if url and not token:
        raise typer.BadParameter("--url needs --token")
    content = _read(body) if body else None
    given = tuple(Setting.read(each) for each in settings or ())
    in_turn = types_of(types or [], content)
    wish = Wish(
        url=stack.url if stack else url,
        token=token or _own_token(stack),
        client=client,
        types=in_turn,
        count=count or len(in_turn),
        settings=given,
        content=content,
        message_id=message_id,
        exact=stack is None,
        comma=not strict,
        rate=0.0 if shuffle else rate,
    )
    seed = random.randrange(10**6) if seed is None else seed  # noqa: S311 - to be told and repeated
    dice = random.Random(seed)  # noqa: S311 - the same
    planned = with_duplicates(list(deliveries(wish, dice, datetime.now(UTC))), duplicates / 100, dice)
    if shuffle:
        dice.shuffle(planned)
    for doubt in doubts(wish, planned, stack):
        err.print(doubt)
    err.print(f"seed {seed}")
    _send(wish.url, planned, rate, as_json=as_json)


def _send(url: str, planned: list[Delivery], rate: float, *, as_json: bool) -> None:
    with (
        Endpoint(url, AT_ONCE) as endpoint,
        Progress(console=err, transient=True, disable=not err.is_terminal) as progress,
    ):
        bar = progress.add_task("send", total=len(planned))
        tell = partial(progress.advance, bar)
        sender: Sender[Delivery] = Sender(endpoint.post, at_once=AT_ONCE, rate=rate, tell=tell)
        try:
            sender.run(planned)
        except KeyboardInterrupt:
            done = len(sender.sent.last)
            err.print(
                f"interrupted: {done} of {len(planned)} were sent; --count {len(planned) - done} sends as many more"
            )
            raise typer.Exit(130) from None
        finally:
            progress.stop()
            report(sender.sent, as_json=as_json)
    if refused := sender.sent.refused:
        _, answer = refused[0]
        reason = answer.body.get("reason") or answer.body.get("message") or answer.outcome
        raise ToolFailed(f"{len(refused)} of {len(planned)} not answered 200: {reason}")


def _own_token(stack: Stack | None) -> str:
    tokens = TokenSecret.of(stack).read() if stack else {}
    if not tokens:
        raise ToolFailed("the stack accepts no token: add one with `webhooks tokens add`")
    return next(iter(tokens.values()))


def _read(name: str) -> bytes:
    if name == "-":
        return sys.stdin.buffer.read()
    try:
        return Path(name).read_bytes()
    except OSError as error:
        raise typer.BadParameter(f"--body: {name}: {error.strerror}") from None
