"""`make soak`: load, kills and disturbed AWS calls on the local stack; no event may be lost or handled twice."""

import argparse
import random
import sys

from tools.local.progress import console
from tools.soak.soak import soak
from webhooks_cli.signals import stopping_cleanly


def main() -> None:
    """Run; exits with 1 if anything is wrong."""
    parser = argparse.ArgumentParser(prog="make soak", description=__doc__)
    parser.add_argument("--events", type=int, default=2000, help="number of different events")
    parser.add_argument("--seed", type=int, default=random.randrange(10**6), help="repeats a run's choices")  # noqa: S311
    chosen = parser.parse_args()
    console.print(f"seed {chosen.seed}: repeat with make soak EVENTS={chosen.events} SEED={chosen.seed}")
    with stopping_cleanly():
        findings = soak(chosen.events, chosen.seed)
    console.print(findings.summary())
    if findings.wrong:
        sys.exit("\n".join(findings.wrong[:20]))


if __name__ == "__main__":
    main()
