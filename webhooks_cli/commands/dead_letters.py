"""`webhooks dead-letters`: see why events were given up, send them to their handler again, or discard them."""

from collections.abc import Callable, Sequence
from dataclasses import asdict, dataclass
from functools import partial
from typing import Annotated, Any

import typer

from webhooks.event import CUSTOM
from webhooks_cli.app import DryRun, Json, Reveal, Yes, app, confirm, stack_of
from webhooks_cli.operations.dead_letter_queue import Act, Redrive, Search, discard
from webhooks_cli.operations.dead_letters import Choice, DeadLetter, DeadLetterMessage, Groups
from webhooks_cli.operations.errors import InvalidInput
from webhooks_cli.operations.recorded_dead_letters import RecordedDeadLetters
from webhooks_cli.operations.stack import Stack
from webhooks_cli.operations.times import age
from webhooks_cli.output import err, print_details, print_json, print_rows, print_table, progress_bar
from webhooks_cli.signals import stopping_with, uninterrupted

dead_letters = typer.Typer(
    help="Events that were given up: see why, send them to their handler again, or discard them.", no_args_is_help=True
)
app.add_typer(dead_letters, name="dead-letters")

Type = Annotated[str, typer.Argument(metavar="TYPE", help="Only those of an event type.", show_default=False)]
TypeOption = Annotated[str, typer.Option("--type", help="The same as TYPE.")]
Ids = Annotated[list[str] | None, typer.Option("--id", help="Only this message id; repeatable.")]
Error = Annotated[str, typer.Option(help="Only those with this text in their reason, in any case.")]
Limit = Annotated[int, typer.Option(min=0, help="The largest number; 0 is no limit.")]
Queue = Annotated[
    bool, typer.Option("--queue", help="Look at the queues instead, which hides dead letters from others for seconds.")
]

_HEADINGS = {
    "message_id": "Message id",
    "client_id": "Client",
    "event_type": "Type",
    "failures": "Failures",
    "reason": "Reason",
}


@dead_letters.command("list")
def list_(  # noqa: PLR0913 - options
    context: typer.Context,
    event_type: Type = "",
    *,
    type_option: TypeOption = "",
    ids: Ids = None,
    error: Error = "",
    limit: Limit = 0,
    queue: Queue = False,
    reveal: Reveal = False,
    as_json: Json = False,
) -> None:
    """Count the dead letters of all types by reason; with a TYPE or an id, list them one by one.

    Without --queue, these are the ones that handlers have recorded, the latest received first. Without --reveal, words
    of handlers and of errors, which may quote the event, are ***.

    For example: webhooks dead-letters list --type CreateOrderEvent
    """
    event_type = _one_type(event_type, type_option)
    choice = Choice(frozenset(ids or ()), error, limit=limit)
    search = _search(context, event_type, choice) if queue else _recorded(context, event_type, choice)
    if event_type or ids:
        _one_by_one(search, event_type, reveal=reveal, as_json=as_json)
    else:
        _by_reason(search, reveal=reveal, as_json=as_json)


@dead_letters.command()
def show(  # noqa: PLR0913 - options
    context: typer.Context,
    event_type: Type = "",
    *,
    type_option: TypeOption = "",
    ids: Ids = None,
    error: Error = "",
    limit: Limit = 10,
    queue: Queue = False,
    reveal: Reveal = False,
    as_json: Json = False,
) -> None:
    """Show dead letters in full; `webhooks events show ID` shows the whole story of an event.

    Without --reveal, personal data and errors that may quote it are shown as ***.

    For example: webhooks dead-letters show --type CreateOrderEvent --limit 1 --reveal
    """
    event_type, choice = _one_type(event_type, type_option), Choice(frozenset(ids or ()), error, limit=limit)
    search = _search(context, event_type, choice) if queue else _recorded(context, event_type, choice, bodies=True)
    letters: list[dict[str, Any]] = []
    _look(search, lambda each: letters.append(each.details(reveal=reveal)))
    if as_json:
        print_json(letters)
        return
    for letter in letters:
        print_details("Dead letter", letter)


@dead_letters.command("redrive")
def redrive_(  # noqa: PLR0913 - options
    context: typer.Context,
    event_type: Type = "",
    *,
    type_option: TypeOption = "",
    ids: Ids = None,
    error: Error = "",
    limit: Limit = 0,
    dry_run: DryRun = False,
    yes: Yes = False,
    as_json: Json = False,
) -> None:
    """Send dead letters to their handlers again: first fix what made them fail.

    Each goes through the whole retry schedule again. One that fails again meanwhile is left, and counted.

    For example: webhooks dead-letters redrive --type CreateOrderEvent --error AccessDenied
    """
    event_type = _one_type(event_type, type_option)
    search = _search(context, event_type, Choice(frozenset(ids or ()), error, limit=limit))
    change = _Change("Send {} back to the handler?", "sent back", Redrive(search.stack))
    change.run(search, dry_run=dry_run, yes=yes, as_json=as_json)


@dead_letters.command("discard")
def discard_(  # noqa: PLR0913 - options
    context: typer.Context,
    event_type: Type = "",
    *,
    type_option: TypeOption = "",
    ids: Ids = None,
    error: Error = "",
    limit: Limit = 0,
    dry_run: DryRun = False,
    yes: Yes = False,
    as_json: Json = False,
) -> None:
    """Delete dead letters without handling them. Their events stay in the inbox, are marked, and can be replayed.

    For example: webhooks dead-letters discard --type CustomEvent --error "does not fit"
    """
    event_type = _one_type(event_type, type_option)
    if not (event_type or ids or error):
        raise InvalidInput("choose dead letters: a --type, an --id or an --error")
    search = _search(context, event_type, Choice(frozenset(ids or ()), error, limit=limit))
    change = _Change("Discard {}? Their events stay in the inbox.", "discarded", partial(discard, search.stack))
    change.run(search, dry_run=dry_run, yes=yes, as_json=as_json)


@dataclass(frozen=True, slots=True)
class _Change:
    """A change of dead letters: the question before, the word for it afterwards, and the act itself."""

    question: str
    done: str
    act: Act

    def run(self, search: Search, *, dry_run: bool, yes: bool, as_json: bool) -> None:
        """Count, ask, act and report; exits with 1 if something could not be done."""
        if (dry_run or not yes) and not self._agreed(search, dry_run=dry_run, yes=yes, as_json=as_json):
            return
        with (
            stopping_with(lambda: f"{_count(search.tally.deleted)} {self.done}; run it again for the others"),
            progress_bar() as progress,
        ):
            bar = progress.add_task(self.done, total=search.choice.limit or search.expected)

            def act(letters: Sequence[DeadLetterMessage]) -> Sequence[DeadLetterMessage]:
                progress.advance(bar, len(letters))
                return self.act(letters)

            search.run(act)
        _conclude(search)
        self._report(search, as_json=as_json)

    def _agreed(self, search: Search, *, dry_run: bool, yes: bool, as_json: bool) -> bool:
        groups = _grouped(search, reveal=False)
        if dry_run and as_json:
            print_json([asdict(group) for group in groups.largest_first])
        else:
            for group in groups.largest_first:
                err.print(f"{group.number:7}  {group.event_type}  {group.reason}")
        number = sum(group.number for group in groups.largest_first)
        if dry_run or not number:
            err.print(f"{_count(number)} would be {self.done}; nothing is changed")
            return False
        confirm(self.question.format(_count(number)), yes=yes)
        return True

    def _report(self, search: Search, *, as_json: bool) -> None:
        tally = search.tally
        refused, undeleted = tally.chosen - tally.acted_on, tally.acted_on - tally.deleted
        if as_json:
            print_json({"chosen": tally.chosen, "done": tally.deleted, "refused": refused, "undeleted": undeleted})
        err.print(f"{_count(tally.deleted)} {self.done}")
        if refused:
            err.print(f"{_count(refused)} left: they have failed again, or the queue did not take them")
        if undeleted:
            err.print(f"{undeleted} not deleted here: run it again, which is safe")
        if refused or undeleted:
            raise typer.Exit(1)


def _one_type(argument: str, option: str) -> str:
    if argument and option and argument != option:
        raise InvalidInput(f"either {argument} or {option}: one type at a time")
    return argument or option


def _search(context: typer.Context, event_type: str, choice: Choice) -> Search:
    return Search.of(_stack(context, event_type), event_type, choice, uninterrupted)


def _recorded(
    context: typer.Context, event_type: str, choice: Choice, *, bodies: bool = False
) -> Search | RecordedDeadLetters:
    """Those that are recorded; in a stack of version 1.0, which has no index of them, those in the queues."""
    stack = _stack(context, event_type)
    if not stack.lists_trouble:
        return Search.of(stack, event_type, choice, uninterrupted)
    return RecordedDeadLetters.of(stack, event_type, choice, bodies=bodies)


def _stack(context: typer.Context, event_type: str) -> Stack:
    stack = stack_of(context)
    if event_type and event_type not in stack.event_types:
        err.print(f"{event_type} has no queue of its own: looking among those of {CUSTOM}")
    return stack


def _look(search: Search | RecordedDeadLetters, see: Callable[[DeadLetter], object]) -> None:
    """See each chosen dead letter, and leave it as it is."""
    with stopping_with(lambda: "nothing was changed"):
        search.look(see)
    if not (_conclude(search) or search.tally.chosen):
        err.print("no dead letters")


def _conclude(search: Search | RecordedDeadLetters) -> int:
    """Print what the operator should know, and return how many lines these are. Fails if nothing has an id."""
    notes = list(search.notes())
    for note in notes:
        err.print(note)
    search.check_found()
    return len(notes)


def _grouped(search: Search | RecordedDeadLetters, *, reveal: bool) -> Groups:
    groups = Groups(reveal=reveal)
    _look(search, lambda letter: groups.add([letter]))
    return groups


def _by_reason(search: Search | RecordedDeadLetters, *, reveal: bool, as_json: bool) -> None:
    found = _grouped(search, reveal=reveal).largest_first
    if as_json:
        print_json([asdict(group) for group in found])
    elif found:
        rows = ((group.event_type, group.number, age(group.oldest), age(group.newest), group.reason) for group in found)
        print_table(["Queue", "Dead letters", "Oldest", "Newest", "Reason"], rows)


def _one_by_one(search: Search | RecordedDeadLetters, event_type: str, *, reveal: bool, as_json: bool) -> None:
    letters: list[dict[str, Any]] = []
    _look(search, lambda letter: letters.append(letter.row(reveal=reveal)))
    if as_json:
        print_json(letters)
    elif letters:
        mixed = any(letter["event_type"] != event_type for letter in letters)
        names = ["client_id", *(["event_type"] if mixed else []), "failures", "reason", "message_id"]
        rows = ([letter["given_up_at"][:19], *(letter[name] for name in names)] for letter in letters)
        print_rows(["Given up at (UTC)", *(_HEADINGS[name] for name in names)], rows)


def _count(number: int) -> str:
    return f"{number} dead letter{'' if number == 1 else 's'}"
