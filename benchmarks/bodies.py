"""Bodies of a size: the vendor's own sample, filled up with a field that is not the vendor's, the lines of an order.

Random, so that they compress as such bodies do; seeded, so that they are the same in every run.
"""

import json
from itertools import accumulate, takewhile
from random import Random
from typing import Any

from tests.unit.examples import ROOT

TYPE = "CreateOrderPaymentEvent"
SAMPLE: dict[str, Any] = json.loads((ROOT / "events" / "ingest" / f"{TYPE}.json").read_text())
"""A delivery of the vendor's own sample."""

_WORDS = (
    "Active Berry Box Capsules Chocolate Collagen Cream Daily Drops Family Green Hair Joint Mineral Night Omega Pack "
    "Protein Pure Refill Serum Set Shake Skin Starter Travel Ultra Vanilla Vitamin"
)
_LETTERS = "ABCDEFGHIJKLMNOPQRSTUVWXYZ"


def body(size: int = 0) -> str:
    """The sample as published, or filled up to a size in bytes. Of what is no line the rest is random letters."""
    sample = str(SAMPLE["body"])
    if not size:
        return sample
    random, start = Random(1), sample[:-1] + '"Lines":['  # noqa: S311 - no secret
    lines = [_line(random) for _ in range(size // 100)]
    ends = accumulate(len(line) + 1 for line in lines)
    room = size - len(start) - len('],"Note":""}')
    fitting = lines[: sum(1 for _ in takewhile(lambda end: end <= room, ends))]
    head = start + ",".join(fitting) + '],"Note":"'
    return head + "".join(random.choices(_LETTERS, k=size - len(head) - 2)) + '"}'


def _line(random: Random) -> str:
    line = {
        "ItemId": random.randrange(1, 10_000),
        "Sku": f"{''.join(random.choices(_LETTERS, k=2))}-{random.randrange(10_000):04}",
        "ProductName": " ".join(random.sample(_WORDS.split(), 3)),
        "Quantity": random.randrange(1, 5),
        "Cost": round(random.uniform(5, 150), 2),
        "CommissionVolume": round(random.uniform(5, 100), 2),
        "IsTaxable": random.random() < 0.7,  # noqa: PLR2004 - most are
    }
    return json.dumps(line, separators=(",", ":"))
