"""The relay's own function works off a backlog; run by `benchmarks.scale` in a process of its own."""

import json
import sys
import time
from types import SimpleNamespace

from benchmarks.costs.deployed import deployed
from benchmarks.in_child import used
from tests.unit.functions import load


def main(url: str) -> None:
    """Print what one run takes, in the time that the template gives it, and how many events it published."""
    relay = load("relay")
    end = time.monotonic() + deployed()["RelayFunction"]["Properties"]["Timeout"]
    context = SimpleNamespace(
        aws_request_id="bench", get_remaining_time_in_millis=lambda: int(1000 * (end - time.monotonic()))
    )
    taken = used(url, lambda: relay.handle({}, context))
    print(json.dumps(taken | {"published": taken["counts"]["UpdateItem"]}))


if __name__ == "__main__":
    main(sys.argv[1])
