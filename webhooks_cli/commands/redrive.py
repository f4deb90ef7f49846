"""`webhooks dead-letters redrive` and `discard`: give events another chance, or let them go."""

from collections.abc import Sequence
from dataclasses import asdict, dataclass
from functools import partial

import typer
from rich.progress import Progress

from webhooks_cli.app import DryRun, Json, Yes, confirm
from webhooks_cli.commands.dead_letters import Asked, Error, Ids, Limit, Type, dead_letters
from webhooks_cli.dead_letters import Deal, Redrive, Tally, discard, go_through
from webhooks_cli.groups import Group, Groups
from webhooks_cli.interrupts import stopping_with
from webhooks_cli.letters import Letter
from webhooks_cli.output import err, print_json


@dead_letters.command("redrive")
def redrive_(  # noqa: PLR0913 - an option each
    context: typer.Context,
    event_type: Type = "",
    ids: Ids = None,
    error: Error = "",
    limit: Limit = 0,
    *,
    dry_run: DryRun = False,
    yes: Yes = False,
    as_json: Json = False,
) -> None:
    """Send dead letters to their handlers again: put right first what made them fail.

    Each goes through the whole schedule of tries once more. One that fails again meanwhile is left, and told of.

    For example: webhooks dead-letters redrive CreateOrderEvent --error AccessDenied
    """
    asked = Asked.of(context, event_type, ids, error, limit)
    act = _Act("Send {} back to the handler?", "sent back", Redrive(asked.stack))
    act.run(asked, dry_run=dry_run, yes=yes, as_json=as_json)


@dead_letters.command("discard")
def discard_(  # noqa: PLR0913 - an option each
    context: typer.Context,
    event_type: Type = "",
    ids: Ids = None,
    error: Error = "",
    limit: Limit = 0,
    *,
    dry_run: DryRun = False,
    yes: Yes = False,
    as_json: Json = False,
) -> None:
    """Delete dead letters without handling them. Their events stay in the inbox, with a note, and can be replayed.

    For example: webhooks dead-letters discard CustomEvent --error "does not fit"
    """
    if not (event_type or ids or error):
        raise typer.BadParameter("say which: a TYPE, an --id or an --error")
    asked = Asked.of(context, event_type, ids, error, limit)
    act = _Act("Discard {}? The inbox keeps what they tell of.", "discarded", partial(discard, asked.stack))
    act.run(asked, dry_run=dry_run, yes=yes, as_json=as_json)


@dataclass(frozen=True, slots=True)
class _Act:
    """Something that changes dead letters: what is asked before, what is said after, and how it is done."""

    question: str
    done: str
    deal: Deal

    def run(self, asked: Asked, *, dry_run: bool, yes: bool, as_json: bool) -> None:
        """Count, ask, act and tell; exits with 1 if something could not be done."""
        if dry_run or not yes:
            groups = Groups(reveal=False)
            asked.look(groups.add)
            if dry_run and as_json:
                print_json([asdict(group) for group in groups.largest_first])
            else:
                _tell(groups.largest_first)
            number = sum(group.number for group in groups.largest_first)
            if dry_run or not number:
                err.print(f"{_letters(number)} would be {self.done}; nothing is changed")
                return
            confirm(self.question.format(_letters(number)), yes=yes)
        tally = Tally()
        with (
            stopping_with(lambda: f"{_letters(tally.deleted)} {self.done}; run it again for the others"),
            Progress(console=err, transient=True, disable=not err.is_terminal) as progress,
        ):
            bar = progress.add_task(self.done, total=asked.choice.limit or sum(pile.number for pile in asked.piles))

            def deal(letters: Sequence[Letter]) -> Sequence[Letter]:
                progress.advance(bar, len(letters))
                return self.deal(letters)

            go_through(asked.stack, asked.event_types, asked.choice, deal, tally)
        asked.check(tally)
        self._report(tally, as_json=as_json)

    def _report(self, tally: Tally, *, as_json: bool) -> None:
        refused, undeleted = tally.chosen - tally.dealt_with, tally.dealt_with - tally.deleted
        if as_json:
            print_json({"chosen": tally.chosen, "done": tally.deleted, "refused": refused, "undeleted": undeleted})
        err.print(f"{_letters(tally.deleted)} {self.done}")
        if refused:
            err.print(f"{refused} dead letters still: they have failed again, or the queue did not take them")
        if undeleted:
            err.print(f"{undeleted} not deleted here: run it again, which does no harm")
        if refused or undeleted:
            raise typer.Exit(1)


def _letters(number: int) -> str:
    return f"{number} dead letter{'' if number == 1 else 's'}"


def _tell(groups: list[Group]) -> None:
    for group in groups:
        err.print(f"{group.number:7}  {group.event_type}  {group.reason}")
