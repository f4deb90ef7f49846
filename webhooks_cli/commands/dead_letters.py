"""`webhooks dead-letters list` and `show`: which events were given up, and why."""

from collections.abc import Callable, Sequence
from dataclasses import asdict, dataclass, replace
from typing import Annotated, Any, Self

import typer

from webhooks.event import CUSTOM
from webhooks_cli.app import Json, app, stack_of
from webhooks_cli.dead_letters import Pile, Tally, go_through, piles
from webhooks_cli.errors import ToolFailed
from webhooks_cli.groups import Groups
from webhooks_cli.interrupts import stopping_with
from webhooks_cli.letter_told import told, told_in_full
from webhooks_cli.letters import Choice, Letter
from webhooks_cli.output import err, json_text, out, print_json, print_table
from webhooks_cli.stack import Stack
from webhooks_cli.times import age

dead_letters = typer.Typer(
    help="Events that were given up: see why, send them to their handler again, or discard them.", no_args_is_help=True
)
app.add_typer(dead_letters, name="dead-letters")

Type = Annotated[str, typer.Argument(metavar="TYPE", help="Only those of an event type.", show_default=False)]
Ids = Annotated[list[str] | None, typer.Option("--id", help="Only this message id; may be given several times.")]
Error = Annotated[str, typer.Option(help="Only those with this text in their reason, in upper or lower case.")]
Limit = Annotated[int, typer.Option(min=0, help="At most so many; 0 is no limit.")]
Reveal = Annotated[bool, typer.Option("--reveal", help="Show what tells of a person too.")]

_HEADINGS = {
    "message_id": "Message id",
    "client_id": "Client",
    "event_type": "Type",
    "failures": "Failures",
    "reason": "Reason",
}


@dead_letters.command("list")
def list_(  # noqa: PLR0913 - an option each
    context: typer.Context,
    event_type: Type = "",
    ids: Ids = None,
    error: Error = "",
    limit: Limit = 0,
    *,
    reveal: Reveal = False,
    as_json: Json = False,
) -> None:
    """Count the dead letters of all types by their reasons; with a TYPE or an id, list them one by one.

    Looking hides them from everybody else for some seconds. Without --reveal errors that may quote the event are ***.

    For example: webhooks dead-letters list CreateOrderEvent
    """
    asked = Asked.of(context, event_type, ids, error, limit)
    if event_type or ids:
        _one_by_one(asked, reveal=reveal, as_json=as_json)
    else:
        _by_reason(asked, reveal=reveal, as_json=as_json)


@dead_letters.command()
def show(  # noqa: PLR0913 - an option each
    context: typer.Context,
    event_type: Type = "",
    ids: Ids = None,
    error: Error = "",
    limit: Limit = 10,
    *,
    reveal: Reveal = False,
    as_json: Json = False,
) -> None:
    """Show all that dead letters tell; `webhooks events show ID` tells the whole story of an event.

    Without --reveal the user, texts that may tell of a person and errors that may quote them are shown as ***.

    For example: webhooks dead-letters show CreateOrderEvent --limit 1 --reveal
    """
    asked = Asked.of(context, event_type, ids, error, limit)
    letters: list[dict[str, Any]] = []
    asked.look(lambda some: letters.extend(told_in_full(letter, reveal=reveal) for letter in some))
    if as_json:
        print_json(letters)
        return
    for letter in letters:
        body = letter.pop("body")
        print_table(["Dead letter", ""], letter.items())
        out.print(json_text(body), markup=False, emoji=False, soft_wrap=True)


@dataclass(frozen=True, slots=True)
class Asked:
    """What a command was asked to look at: piles of dead letters, and which letters in them."""

    stack: Stack
    piles: Sequence[Pile]
    choice: Choice

    @classmethod
    def of(cls, context: typer.Context, event_type: str, ids: list[str] | None, error: str, limit: int) -> Self:
        """Without a type, those of all types that have dead letters by SQS's own count."""
        stack = stack_of(context)
        choice = Choice(frozenset(ids or ()), error, limit=limit)
        if not event_type:
            return cls(stack, [pile for pile in piles(stack, stack.event_types) if pile.number], choice)
        if event_type in stack.event_types:
            return cls(stack, piles(stack, [event_type]), choice)
        err.print(f"{event_type} has no queue of its own: looking among those of {CUSTOM}")
        return cls(stack, piles(stack, [CUSTOM]), replace(choice, event_type=event_type))

    @property
    def event_types(self) -> list[str]:
        """The types whose queues are looked through."""
        return [pile.event_type for pile in self.piles]

    def look(self, see: Callable[[Sequence[Letter]], None]) -> None:
        """See the letters that are meant, and leave them as they are. Raises `ToolFailed` if none has the ids named."""
        tally = Tally()

        def deal(letters: Sequence[Letter]) -> Sequence[Letter]:
            see(letters)
            return ()

        with stopping_with(lambda: "nothing was changed"):
            go_through(self.stack, self.event_types, self.choice, deal, tally)
        self.check(tally)
        if not tally.chosen:
            err.print("no dead letters")

    def check(self, tally: Tally) -> None:
        """Say which letters could not be looked at. Raises `ToolFailed` if none has the ids that were named."""
        counted = sum(pile.number for pile in self.piles)
        if tally.received < counted and not (self.choice.limit and tally.chosen >= self.choice.limit):
            err.print(
                f"SQS counts about {counted} dead letters there, and hands out {tally.received}: the others are "
                "hidden for now, because somebody else looks at them; try again in a minute"
            )
        if self.choice.ids and not tally.chosen:
            raise ToolFailed(
                f"no dead letter has the id {', '.join(sorted(self.choice.ids))}: "
                "`webhooks events show ID` tells what became of an event"
            )


def _by_reason(asked: Asked, *, reveal: bool, as_json: bool) -> None:
    groups = Groups(reveal=reveal)
    asked.look(groups.add)
    found = groups.largest_first
    if as_json:
        print_json([asdict(group) for group in found])
    elif found:
        rows = ((group.event_type, group.number, age(group.oldest), age(group.newest), group.reason) for group in found)
        print_table(["Queue", "Letters", "Oldest", "Newest", "Reason"], rows)


def _one_by_one(asked: Asked, *, reveal: bool, as_json: bool) -> None:
    letters: list[dict[str, Any]] = []
    asked.look(lambda some: letters.extend(told(letter, reveal=reveal) for letter in some))
    if as_json:
        print_json(letters)
    elif letters:
        # Of CustomEvent's queue, or where several are looked through.
        mixed = any(letter["event_type"] != asked.event_types[0] for letter in letters)
        names = ["message_id", "client_id", *(["event_type"] if mixed else []), "failures", "reason"]
        rows = ([letter["given_up_at"][:19], *(letter[name] for name in names)] for letter in letters)
        print_table(["Given up at (UTC)", *(_HEADINGS[name] for name in names)], rows)
