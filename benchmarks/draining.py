"""The relay's own function drains a backlog; run by `benchmarks.scale` in a process of its own."""

import json
import sys
from types import SimpleNamespace

from benchmarks.in_child import used
from tests.unit.functions import load

_FOR_EVER_MS = 3_600_000


def main(url: str) -> None:
    """Print what one run takes that is given all the time it needs."""
    relay = load("relay")
    context = SimpleNamespace(aws_request_id="bench", get_remaining_time_in_millis=lambda: _FOR_EVER_MS)
    print(json.dumps(used(url, lambda: relay.handle({}, context))))


if __name__ == "__main__":
    main(sys.argv[1])
