"""`webhooks send`: sends events as DirectScale does."""

import math
import random
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from functools import partial
from ipaddress import ip_address
from typing import Annotated, Any, Self
from urllib.parse import urlsplit

import typer

from webhooks_cli.app import Json, app, file_or_stdin, names_stack, secret_of_stdin, stack_of
from webhooks_cli.operations.endpoint import AT_ONCE, Answer, Endpoint, Sender, Sent, with_duplicates
from webhooks_cli.operations.errors import InvalidInput, OperationFailed
from webhooks_cli.operations.event_types import check_spelling
from webhooks_cli.operations.sending import Delivery, SendPlan, Setting, types_of
from webhooks_cli.operations.stack import Stack
from webhooks_cli.operations.tokens import TokenSecret
from webhooks_cli.output import err, out, print_json, print_rows, print_table, progress_bar

_FEW = 20
_STDIN = "-"


def _header[Value: (str, str | None)](value: Value) -> Value:
    if value and not (value.isascii() and value.isprintable() and value == value.strip()):
        raise typer.BadParameter("a header takes visible ASCII characters only")
    return value


def _address(url: str) -> str:
    try:
        parts = urlsplit(url)
        host, _ = parts.hostname or "", parts.port
    except ValueError:
        raise typer.BadParameter("not a URL like https://example.com/webhooks") from None
    if url and (parts.scheme not in ("http", "https") or not host):
        raise typer.BadParameter("not a URL like https://example.com/webhooks")
    if parts.scheme == "http" and not _is_loopback(host):
        raise typer.BadParameter("anybody on the way could read the token: use https, except for loopback")
    return url


def _is_loopback(host: str) -> bool:
    host = host.lower().rstrip(".")
    try:
        return ip_address(host).is_loopback
    except ValueError:
        return host == "localhost" or host.endswith(".localhost")


Types = Annotated[
    list[str] | None,
    typer.Argument(
        metavar="TYPE", help="Event types, sent in turn; by default the story of an order.", show_default=False
    ),
]
Settings = Annotated[
    list[str] | None,
    typer.Option("--set", metavar="FIELD=VALUE", help="Set a field: OrderStatus=Paid, Amount=20.10, EventDateUtc=2h."),
]
Body = Annotated[str, typer.Option(metavar="FILE", help="Send this body as it is; - for stdin.")]
MoreTypes = Annotated[list[str] | None, typer.Option("--type", help="The same as TYPE; repeatable.")]
AnyType = Annotated[bool, typer.Option("--any-type", help="Send a type although it looks like a mistyped other one.")]
Count = Annotated[
    int | None, typer.Option(min=1, help="How many events; by default one of each type.", show_default=False)
]
Rate = Annotated[
    float, typer.Option(min=0, help="Deliveries per second; by default no limit, 4 at once.", show_default=False)
]
Duplicates = Annotated[
    float, typer.Option(min=0, max=100, help="Per cent that are sent a second time.", show_default=False)
]
Shuffle = Annotated[bool, typer.Option("--shuffle", help="Send in random order.")]
MessageId = Annotated[
    str | None,
    typer.Option(callback=_header, help='The message id; several events get -1, -2... appended; "" for none.'),
]
Client = Annotated[str, typer.Option(callback=_header, help='The client id; "" for none.')]
Token = Annotated[
    str,
    typer.Option(
        callback=_header, envvar="WEBHOOKS_TOKEN", help="The bearer token, - for stdin; by default the stack's."
    ),
]
Url = Annotated[str, typer.Option(callback=_address, help="Send to exactly this URL, with --token; needs no stack.")]
Seed = Annotated[
    int,
    typer.Option(
        default_factory=lambda: random.randrange(10**6),  # noqa: S311 - printed, to be repeated
        help="Repeat the choices of a run, except dates and message ids.",
        show_default=False,
    ),
]
Strict = Annotated[bool, typer.Option("--strict", help="No trailing comma, which the vendor's samples have.")]


@app.command()
def send(  # noqa: PLR0913 - options
    context: typer.Context,
    types: Types = None,
    *,
    more_types: MoreTypes = None,
    any_type: AnyType = False,
    settings: Settings = None,
    body: Body = "",
    count: Count = None,
    rate: Rate = 0.0,
    duplicates: Duplicates = 0.0,
    shuffle: Shuffle = False,
    message_id: MessageId = None,
    client: Client = "acme",
    token: Token = "",
    url: Url = "",
    seed: Seed,
    strict: Strict = False,
    as_json: Json = False,
) -> None:
    """Send events as DirectScale does, and count the answers. Exits with 1 if any was not answered 200 in the end.

    Bodies are generated and fit their models; those of one round are about one associate, order and item.

    Example: webhooks send CreateOrderEvent --set OrderStatus=Paid --count 100 --duplicates 10 --shuffle
    """
    asked = _Asked(types, more_types, any_type, settings, body, count, message_id, client, strict)
    to = _Destination.of(context, url, token, body)
    course = _Course(rate, duplicates, shuffle, seed)
    _send(asked.plan(to, course), to.stack, course, as_json=as_json)


@dataclass(frozen=True, slots=True)
class _Destination:
    """Where to send: a URL, and a token that it accepts; `stack` is None if the URL was given."""

    url: str
    token: str
    stack: Stack | None

    @classmethod
    def of(cls, context: typer.Context, url: str, token: str, body: str) -> Self:
        """The stack's endpoint, unless a URL was given. The token comes from stdin if that was asked for."""
        stack = None if url else stack_of(context)
        if url and not token:
            raise InvalidInput("--url needs --token")
        if url and names_stack(context):
            raise InvalidInput("--url sends to exactly this URL: leave out --stack, --profile and --region")
        if token == _STDIN == body:
            raise InvalidInput("--token and --body cannot both come from stdin")
        token = _header(secret_of_stdin("The token")) if token == _STDIN else token
        if url and not token:
            raise InvalidInput("stdin has no token")
        return cls(stack.url if stack else url, token or _own_token(stack), stack)


@dataclass(frozen=True, slots=True)
class _Course:
    """At what rate and in which order to send, and how many per cent twice."""

    rate: float
    duplicates: float
    shuffle: bool
    seed: int

    def planned(self, plan: SendPlan) -> list[Delivery]:
        """The deliveries of a plan."""
        rng = random.Random(self.seed)  # noqa: S311 - to be repeated
        planned = with_duplicates(list(plan.deliveries(rng, datetime.now(UTC))), self.duplicates / 100, rng)
        if self.shuffle:
            rng.shuffle(planned)
        return planned


@dataclass(frozen=True, slots=True)
class _Asked:
    """The events that were asked for."""

    types: list[str] | None
    more_types: list[str] | None
    any_type: bool
    settings: list[str] | None
    body: str
    count: int | None
    message_id: str | None
    client: str
    strict: bool

    def plan(self, to: _Destination, course: _Course) -> SendPlan:
        """What to send. Raises `InvalidInput` for a mistyped type."""
        content = file_or_stdin(self.body) if self.body else None
        requested = [*(self.types or []), *(self.more_types or [])]
        for name in () if self.any_type else requested:
            check_spelling(name, to.stack.event_types if to.stack else (), "; --any-type sends it as it is")
        in_turn = types_of(requested, content)
        return SendPlan(
            url=to.url,
            token=to.token,
            client=self.client,
            types=in_turn,
            count=self.count or len(in_turn),
            settings=tuple(Setting.parse(each) for each in self.settings or ()),
            content=content,
            message_id=self.message_id,
            exact=to.stack is None,
            comma=not self.strict,
            rate=0.0 if course.shuffle else course.rate,
        )


def _send(plan: SendPlan, stack: Stack | None, course: _Course, *, as_json: bool) -> None:
    planned = course.planned(plan)
    for warning in plan.warnings(planned, stack):
        err.print(warning)
    err.print(f"seed {course.seed}")
    _deliver(plan.url, planned, course.rate, as_json=as_json)


def _deliver(url: str, planned: list[Delivery], rate: float, *, as_json: bool) -> None:
    with Endpoint(url, AT_ONCE) as endpoint, progress_bar() as progress:
        bar = progress.add_task("send", total=len(planned))
        advance = partial(progress.advance, bar)
        sender: Sender[Delivery] = Sender(endpoint.post, at_once=AT_ONCE, rate=rate, progress=advance)
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
            _report(sender.sent, as_json=as_json)
    if refused := sender.sent.refused:
        _, answer = refused[0]
        reason = answer.body.get("reason") or answer.body.get("message") or answer.outcome
        raise OperationFailed(f"{len(refused)} of {len(planned)} not answered 200: {reason}")


def _own_token(stack: Stack | None) -> str:
    tokens = TokenSecret.of(stack).read() if stack else {}
    if not tokens:
        raise OperationFailed("the stack accepts no token: add one with `webhooks tokens add`")
    return next(iter(tokens.values()))


def _report(sent: Sent[Delivery], *, as_json: bool) -> None:
    """Print the answers: one by one if there are few, otherwise counted."""
    if as_json:
        print_json(_data(sent))
        return
    if len(sent.last) <= _FEW:
        rows = [(*_ids(*each), _outcome(each[1].status, each[1].outcome)) for each in sent.last]
        print_rows(("message id", "event type", "answer"), rows)
    if len(sent.last) > _FEW or sent.answers.total() > len(sent.last):
        print_table(("answer", "times"), [(_outcome(*each), times) for each, times in sorted(sent.answers.items())])
    latency = ", ".join(f"{name} {value} ms" for name, value in _milliseconds(sent.seconds).items())
    out.print(f"{sent.answers.total()} in {sent.elapsed:.1f} s; time to the answer: {latency or 'no answer'}")


def _data(sent: Sent[Delivery]) -> dict[str, Any]:
    return {
        "answers": [
            {"status": status, "outcome": outcome, "count": times}
            for (status, outcome), times in sorted(sent.answers.items())
        ],
        "milliseconds": _milliseconds(sent.seconds),
        "seconds": round(sent.elapsed, 3),
        "events": [
            dict(zip(("message_id", "event_type"), _ids(request, answer), strict=True))
            | {"status": answer.status, "outcome": answer.outcome}
            for request, answer in sent.last
        ],
    }


def _milliseconds(seconds: Sequence[float]) -> dict[str, int]:
    """Percentiles: the smallest value that so many per cent do not exceed."""
    ordered = sorted(seconds)
    ranks = {percent: max(0, math.ceil(len(ordered) * percent / 100) - 1) for percent in (50, 95, 99)}
    return {f"p{percent}": round(ordered[rank] * 1000) for percent, rank in ranks.items()} if ordered else {}


def _ids(request: Delivery, answer: Answer) -> tuple[str, str]:
    """Message id and event type, as the endpoint read them."""
    return (
        str(answer.body.get("messageId") or request.message_id),
        str(answer.body.get("eventType") or request.event_type),
    )


def _outcome(status: int, outcome: str) -> str:
    return f"{status} {outcome}" if status else outcome
