"""What each dollar of an event buys: the floor that the guarantees and the architecture require, and the rest."""

from collections.abc import Callable, Iterable
from dataclasses import replace

from benchmarks.cost_by_size import GOAL_SIZE, do_nothing
from benchmarks.costs.bill import Line, total
from benchmarks.costs.model import Model
from benchmarks.costs.observed import Events, observe_events
from benchmarks.costs.prices import INVOCATION, MILLION, RECOVERABLE, STORED, WRITE
from benchmarks.markdown import change, money, table
from tools.bodies import body

_SHORT = 14
"""Days: as long as SQS keeps a dead letter."""

type _Part = tuple[str, Callable[[Line], float]]
"""What is bought, and the part of a line's dollars that pays for it."""


def remaining(model: Model) -> list[str]:
    """Two tables: what a million events buy, with a handler that does nothing, and what would cost less."""
    seen = observe_events(body(GOAL_SIZE), consume=do_nothing)
    lines = list(model.event(seen))
    forced = _rows(lines, _FLOOR)
    above = _rows(lines, _ABOVE)
    floor, rest = (sum(dollars for _, dollars in rows) for rows in (forced, above))
    assert round(floor + rest - total(lines) * MILLION, 6) == 0, "a line is in no part, or in two"
    cells = [[name, money(dollars)] for name, dollars in forced]
    cells += [["**the floor**", f"**{money(floor)}**"], *([name, money(dollars)] for name, dollars in above)]
    cells += [["**all**", f"**{money(floor + rest)}**"]]
    return [*table([f"a million events of {GOAL_SIZE:,} bytes buy", "dollars"], cells), "", *_switches(model, seen)]


def _rows(lines: Iterable[Line], parts: Iterable[_Part]) -> list[tuple[str, float]]:
    rest = list(lines)
    return [(name, sum(share(line) for line in rest) * MILLION) for name, share in parts]


def _switches(model: Model, seen: Events) -> list[str]:
    """Options; each row includes those above it."""
    stack, usual, rows = model.stack, total(model.event(seen)), []
    for name, changes in (
        (f"events kept for {_SHORT} days (`RetentionDays`)", {"retention_days": _SHORT}),
        ("and no point-in-time recovery", {"recoverable": frozenset[str]()}),
        ("and none of Lambda's own log lines", {"platform_logs": False}),
    ):
        stack = replace(stack, **changes)
        rows.append((name, total(replace(model, stack=stack).event(seen))))
    for name, batch in (("and a handler that declares `idempotent=True`", 1), ("and ten events in each batch", 10)):
        idempotent = observe_events(body(GOAL_SIZE), batch, lambda simulation: do_nothing(simulation, idempotent=True))
        rows.append((name, total(replace(model, stack=stack).event(idempotent))))
    cells = [[name, money(dollars * MILLION), change((dollars - usual) * MILLION)] for name, dollars in rows]
    return table(["what would cost less", "dollars", "difference"], cells)


def _all_of(of: Callable[[Line], bool]) -> Callable[[Line], float]:
    return lambda line: line.dollars if of(line) else 0


def _write(line: Line, call: str) -> bool:
    return line.price is WRITE and line.how.startswith(call)


def _units(call: str, units: int) -> Callable[[Line], float]:
    return lambda line: units * line.price.each if _write(line, call) else 0


_FLOOR: tuple[_Part, ...] = (
    ("a delivery over HTTPS, and its answer", _all_of(lambda line: line.price.group == "API")),
    ("a run of ingest, and one of the handler", _all_of(lambda line: line.price is INVOCATION)),
    ("an event that is durable, and recognized when it is resent", _units("PutItem on InboxTable", 1)),
    ("a queue: an event in, out, and off it", _all_of(lambda line: line.price.group == "SQS")),
    (
        "a run that is known to have begun, and to be done",
        _all_of(lambda line: _write(line, "") and "Once" in line.how),
    ),
)
_ABOVE: tuple[_Part, ...] = (
    (
        "a relay that finds what died between the two: its index, and the mark that takes an event off it",
        lambda line: _units("PutItem on InboxTable", 1)(line) + _units("UpdateItem on InboxTable", 2)(line),
    ),
    ("events listed by type and time", _units("PutItem on InboxTable", 1)),
    ("time of the functions", _all_of(lambda line: line.price.group == "Lambda" and line.price is not INVOCATION)),
    ("logs and metrics, for as long as `LogRetentionDays`", _all_of(lambda line: line.price.group == "logs")),
    ("events and runs kept for `RetentionDays`", _all_of(lambda line: line.price is STORED)),
    ("both tables as they were at any second of 35 days", _all_of(lambda line: line.price is RECOVERABLE)),
    ("tokens read by new environments", _all_of(lambda line: line.price.group == "secret")),
)
