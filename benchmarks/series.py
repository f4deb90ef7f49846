"""From what was measured in dollars to what is drawn: needs nothing that is installed."""

from typing import Any

OURS, RECORDED = "this receiver", "the same, with a record of each event for a year"
USUAL, FLOOR = "as usually built", "API Gateway straight to SQS"
HOSTED = "hosted, without a handler"


def by_size(told: dict[str, Any]) -> dict[str, tuple[list[float], list[float]]]:
    """By way the sizes in KB, and the dollars of each."""
    return {
        way: ([int(size) / 1024 for size in sizes], [each["dollars"] for each in sizes.values()])
        for way, sizes in told["ways"].items()
    }


def parts_at(told: dict[str, Any], size: int) -> tuple[list[str], dict[str, list[float]]]:
    """The ways, hosted ones last, and by part the dollars of each; read back from JSON, sizes are text."""
    ways = {way: _at(sizes, size)["parts"] for way, sizes in told["ways"].items() if way != RECORDED}
    ways |= {plan["name"]: {HOSTED: plan["a_million"]} for plan in told["hosted"]}
    names = dict.fromkeys(part for parts in ways.values() for part in parts)
    return list(ways), {name: [parts.get(name, 0.0) for parts in ways.values()] for name in names}


def by_way(told: dict[str, Any]) -> dict[int, list[tuple[str, dict[str, Any]]]]:
    """By orders a month what each way is called, and its row."""
    found: dict[int, list[tuple[str, dict[str, Any]]]] = {}
    for row in told["rows"]:
        found.setdefault(row["orders"], []).append((_named(row["every"]), row))
    return found


def _at(sizes: dict[Any, Any], size: int) -> dict[str, Any]:
    found: dict[str, Any] = sizes[size] if size in sizes else sizes[str(size)]
    return found


def _named(every: int) -> str:
    if not every:
        return "webhooks"
    for seconds, unit in ((3600, "h"), (60, "min"), (1, "s")):
        if every >= seconds:
            return f"polling, {every // seconds} {unit}"
    raise ValueError(every)
