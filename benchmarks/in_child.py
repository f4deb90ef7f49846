"""Running one size of a measurement in a process of its own, on one core, beside a full inbox on another."""

import json
import os
import subprocess
import sys
import time
from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

from benchmarks.cores import first_and_last, on
from benchmarks.inbox_stand_in import INBOX, TYPES
from benchmarks.stand_in import counts, reset, stand_in

LAST = timedelta(minutes=1)
"""Before now the last event came in, so that none is in ingest's hands any more."""


def beside_inbox(module: str, events: int, *, unpublished: bool) -> dict[str, Any]:
    """What a module prints as its last line, run beside an inbox of so many events."""
    measured, around = first_and_last()
    last = (datetime.now(UTC) - LAST).isoformat()
    inbox = ("benchmarks.inbox_stand_in", str(events), last, *(["unpublished"] if unpublished else []))
    with on(around), stand_in(*inbox) as url, on(measured):
        ran = subprocess.run(
            [sys.executable, "-m", module, url, str(events)],
            stdout=subprocess.PIPE,
            text=True,
            check=True,
            env=os.environ | environment(url),
        )
    told: dict[str, Any] = json.loads(ran.stdout.splitlines()[-1])
    return told


def environment(url: str) -> dict[str, str]:
    """The variables of a function whose AWS is at a URL."""
    return {
        "AWS_ACCESS_KEY_ID": "bench",
        "AWS_SECRET_ACCESS_KEY": "bench",
        "AWS_DEFAULT_REGION": "us-east-1",
        "AWS_ENDPOINT_URL": url,
        "POWERTOOLS_SERVICE_NAME": "bench",
        "POWERTOOLS_METRICS_NAMESPACE": "bench",
        "INBOX_TABLE": INBOX,
        "EVENT_TYPES": ",".join(TYPES),
        "QUEUE_URL_PREFIX": f"{url}/queues/bench-events-",
    }


def used(url: str, call: Callable[[], object]) -> dict[str, Any]:
    """What a call takes: wall and processor seconds, KB of memory at its peak and beyond what there was, AWS calls."""
    reset(url)
    Path("/proc/self/clear_refs").write_text("5")  # the peak begins anew
    before, began, computing = _kilobytes("VmRSS"), time.perf_counter(), time.process_time()
    call()
    seconds, computed, peak = time.perf_counter() - began, time.process_time() - computing, _kilobytes("VmHWM")
    return {"seconds": seconds, "cpu": computed, "peak_kb": peak, "growth_kb": peak - before, "counts": counts(url)}


def _kilobytes(name: str) -> int:
    (line,) = (line for line in Path("/proc/self/status").read_text().splitlines() if line.startswith(f"{name}:"))
    return int(line.split()[1])
