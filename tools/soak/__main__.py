"""`make soak`: load, kills and disturbances on the local stack; then nothing may be lost and nothing done twice."""

import argparse
import random
import sys

from tools.local.progress import console
from tools.soak.soak import soak
from webhooks_cli.signals import stopping_cleanly


def main() -> None:
    """Run; exits with 1 if anything is not as it should be."""
    parser = argparse.ArgumentParser(prog="make soak", description=__doc__)
    parser.add_argument("--events", type=int, default=2000, help="how many different events are sent")
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
