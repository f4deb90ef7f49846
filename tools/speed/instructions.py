"""Instructions of a cold start and of warm calls, counted by valgrind's callgrind in one run.

Unlike times they vary by a percent at most between runs and machines; Python seeds its hashes in each process.
"""

import re
import shutil
import tempfile
from collections.abc import Iterable
from concurrent.futures import ThreadPoolExecutor
from itertools import islice
from pathlib import Path

from tools.speed.fake_aws import fake_aws_with_tls
from tools.speed.process import Function, running
from tools.speed.situations import BATCH, IDLE, WARM, WARM_UP, check, events, prepare, start

START = "cold start"
AVAILABLE = shutil.which("valgrind") is not None

_CALLS, _FEW = 10, {BATCH: 2, IDLE: 2}
"""The calls of a situation, whose mean is the result: fewer of those that take long."""
_CONCURRENT = 2
"""Load on the machine does not change a count."""

type Counts = dict[str, float]
"""Millions of instructions: of a cold start up to the first answer, and of one call in each warm situation."""


def count(functions: Iterable[Function]) -> list[Counts]:
    """Count the instructions of each function."""
    with ThreadPoolExecutor(_CONCURRENT) as pool:
        return list(pool.map(_count, functions))


def _count(function: Function) -> Counts:
    calls = {situation: _FEW.get(situation, _CALLS) for situation in WARM[function.part]}
    # An AWS of its own, which closes its connections only.
    with tempfile.TemporaryDirectory(prefix="webhooks-callgrind-") as folder, fake_aws_with_tls() as aws:
        out = Path(folder, "out")
        callgrind = ("valgrind", "--tool=callgrind", f"--callgrind-out-file={out}", "--dump-after=getppid")
        with running(function, aws=aws, under=callgrind) as process:
            start(process, function.part)
            process.mark()
            for situation, number in calls.items():
                for position, event in enumerate(islice(events(situation), WARM_UP + number)):
                    if position == WARM_UP:
                        process.mark()
                    prepare(situation, aws.url)
                    check(situation, process.call(event).answer)
                process.mark()
        parts = [_total(out.with_name(f"out.{number}")) / 1e6 for number in range(1, 2 + 2 * len(calls))]
    warm = zip(calls.items(), parts[2::2], strict=True)
    return {START: parts[0], **{situation: total / number for (situation, number), total in warm}}


def _total(dump: Path) -> int:
    (total,) = re.findall(r"^summary: (\d+)", dump.read_text(), re.MULTILINE)
    return int(total)
