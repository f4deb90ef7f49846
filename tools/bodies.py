"""Bodies of a given size: the vendor's sample, extended by order lines.

The lines are random, so that they compress like real ones, and seeded, so that every run has the same.
"""

import json
from itertools import accumulate, takewhile
from random import Random
from typing import Any

from tools.local.emulator import ROOT

TYPE = "CreateOrderPaymentEvent"
SAMPLE: dict[str, Any] = json.loads((ROOT / "events" / "ingest" / f"{TYPE}.json").read_text())
"""A delivery of the vendor's sample."""

_WORDS = (
    "Active Berry Box Capsules Chocolate Collagen Cream Daily Drops Family Green Hair Joint Mineral Night Omega Pack "
    "Protein Pure Refill Serum Set Shake Skin Starter Travel Ultra Vanilla Vitamin"
)
_LETTERS = "ABCDEFGHIJKLMNOPQRSTUVWXYZ"


def body(size: int = 0) -> str:
    """The sample as published, or extended to a size in bytes; random letters fill the rest."""
    sample = str(SAMPLE["body"])
    if not size:
        return sample
    rng, start = Random(1), sample[:-1] + '"Lines":['  # noqa: S311 - no secret
    lines = [_line(rng) for _ in range(size // 100)]
    ends = accumulate(len(line) + 1 for line in lines)
    room = size - len(start) - len('],"Note":""}')
    fitting = lines[: sum(1 for _ in takewhile(lambda end: end <= room, ends))]
    head = start + ",".join(fitting) + '],"Note":"'
    return head + "".join(rng.choices(_LETTERS, k=size - len(head) - 2)) + '"}'


def _line(rng: Random) -> str:
    line = {
        "ItemId": rng.randrange(1, 10_000),
        "Sku": f"{''.join(rng.choices(_LETTERS, k=2))}-{rng.randrange(10_000):04}",
        "ProductName": " ".join(rng.sample(_WORDS.split(), 3)),
        "Quantity": rng.randrange(1, 5),
        "Cost": round(rng.uniform(5, 150), 2),
        "CommissionVolume": round(rng.uniform(5, 100), 2),
        "IsTaxable": rng.random() < 0.7,  # noqa: PLR2004 - most are
    }
    return json.dumps(line, separators=(",", ":"))
