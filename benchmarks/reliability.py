"""What the crash matrix counts of this receiver and of two others: deaths at every AWS call, and what came of them."""

from collections import Counter
from collections.abc import Callable
from typing import Any

from tests.faults.report import RECEIVERS, counts, play, summary


def measure(tell: Callable[[str], object] = lambda _: None) -> dict[str, Any]:
    """By receiver how many worlds were played, and in how many the event was lost or doubled."""
    found = {}
    for name, receiver in RECEIVERS.items():
        tell(f"the crash matrix of {name}")
        found[name] = dict(counts(play(receiver)))
    return {"receivers": found}


def table(told: dict[str, Any]) -> str:
    """As docs/reliability.md has it."""
    return "\n".join(summary({name: Counter(counted) for name, counted in told["receivers"].items()}))
