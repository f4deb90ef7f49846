"""Warm: what an accepted event, a duplicate, a refused token and a handled message take, AWS calls too."""

from collections import Counter
from collections.abc import Callable, Iterator
from itertools import islice, product
from typing import Any

from benchmarks.artefact import HANDLER, INGEST, Running, artefacts, running
from benchmarks.instructions import counted
from benchmarks.quartiles import spread
from benchmarks.situations import BATCH, MESSAGES, OF, WARM_UP, events, is_right
from benchmarks.stand_in import counts, stand_in

_TURNS, _CALLS, _BATCHES = 4, 100, 10
_SITUATIONS = [(part, situation) for part in (INGEST, HANDLER) for situation in OF[part]]
_NAMED = {BATCH: f"message of {MESSAGES}"}


def measure(tell: Callable[[str], object] = lambda _: None) -> dict[str, Any]:
    """By part (`ingest`, `handler`), name of the artefact and situation; of a handler's batch for each message.

    `cpu_ms` (p25, p50, p75), `aws_calls` by operation, `million_instructions` (None without valgrind).
    """
    spent: dict[tuple[str, str, str], list[float]] = {}
    made: dict[tuple[str, str, str], dict[str, float]] = {}
    with stand_in() as url:
        every = artefacts(url)
        for turn, artefact in product(range(_TURNS), every):
            with running(artefact) as process:
                for situation in OF[artefact.part]:
                    key = artefact.part, artefact.name, situation
                    cpu, made[key] = _calls(process, situation, url)
                    spent.setdefault(key, []).extend(cpu)
            if artefact is every[-1]:
                tell(f"warm calls: turn {turn + 1} of {_TURNS}")
    tell("instructions, by valgrind")
    instructions = counted()
    told: dict[str, Any] = {INGEST: {}, HANDLER: {}}
    for (part, name, situation), cpu in spent.items():
        of_one = instructions[part, name][situation] / _events_in(situation) if instructions else None
        told[part].setdefault(name, {})[situation] = {
            "cpu_ms": spread(cpu),
            "aws_calls": made[part, name, situation],
            "million_instructions": of_one,
        }
    return told


def _calls(process: Running, situation: str, url: str) -> tuple[list[float], dict[str, float]]:
    """Of each call the milliseconds, and the AWS calls that one event makes."""
    some = events(situation)
    for event in islice(some, WARM_UP):
        process.call(event)
    before, number, spent = Counter(counts(url)), _BATCHES if situation == BATCH else _CALLS, []
    for event in islice(some, number):
        call = process.call(event)
        assert is_right(situation, call.answer)
        spent.append(call.cpu_ms / _events_in(situation))
    made = Counter(counts(url)) - before
    return spent, {operation: times / number / _events_in(situation) for operation, times in made.items()}


def _events_in(situation: str) -> int:
    return MESSAGES if situation == BATCH else 1


def table(told: dict[str, Any]) -> str:
    """One table: a row for each situation and artefact."""
    return "\n".join(_rows(told))


def _rows(told: dict[str, Any]) -> Iterator[str]:
    yield (
        "Of one event, of a batch of ten for each message: CPU time as the median of "
        f"{_TURNS * _CALLS} calls ({_TURNS * _BATCHES} batches) in {_TURNS} processes, in turns on one core, with the "
        "quartiles; instructions as callgrind counts them. AWS is a stand-in on the same machine, without TLS."
    )
    yield ""
    yield "| | built by | CPU, ms | instructions, millions | AWS calls |"
    yield "|---|---|--:|--:|---|"
    for part, situation in _SITUATIONS:
        for name, of_name in told[part].items():
            each = of_name[situation]
            cpu, of_one = each["cpu_ms"], each["million_instructions"]
            cells = (
                f"{cpu['p50']:.2f} ({cpu['p25']:.2f} to {cpu['p75']:.2f})",
                "not counted" if of_one is None else f"{of_one:.1f}",
                _made(each["aws_calls"]),
            )
            yield f"| {_NAMED.get(situation, situation)} | {name} | {' | '.join(cells)} |"


def _made(calls: dict[str, float]) -> str:
    named = ", ".join(f"{times:g} {operation}" for operation, times in calls.items())
    return f"{sum(calls.values()):g}: {named}" if calls else "0"


if __name__ == "__main__":
    print(table(measure(print)))
