"""`make mutants`: how strong the tests are, by a seeded sample of mutants.

A mutant is the tree with one small change to its sources. It is killed if a test fails or does not end; else it
survives: either no test depends on what was changed, or the change makes no difference. The work tree is not touched.

The share of killed mutants is a lower bound. A mutant meets the tests that run its line, at most --cases of one
parametrized test; not known are tests that start a process which runs the line, or that read it as text.

The sample is drawn by text, so code that only moved is drawn again: before and after a change of the tree, the shares
differ by what changed and less by chance.
"""

import argparse
import sys
import tempfile
from concurrent.futures import ThreadPoolExecutor
from dataclasses import replace
from pathlib import Path
from queue import SimpleQueue

from tools.mutants.mutant import Mutant, find_mutants, sample
from tools.mutants.workspace import Workspace


def main() -> None:
    """Print the mutants that survive, and the share of those that do not."""
    options = _options()
    files = [file for source in options.sources for file in sorted(Path(source).rglob("*.py"))]
    files = [file for file in files if not any(file.is_relative_to(excluded) for excluded in options.exclude)]
    found = [mutant for file in files for mutant in find_mutants(str(file))]
    sampled = sample(found, options.sample, options.seed)
    if options.no_op:
        sampled = [replace(mutant, after=mutant.before) for mutant in sampled]
    print(f"{len(sampled)} of {len(found)} mutants, seed {options.seed}; {' '.join(options.tests)}", flush=True)
    fates = _fates(sampled, options)
    for fate in ("timeout", "uncovered", "survived"):
        of_it = sorted(str(mutant) for mutant, its_fate in zip(sampled, fates, strict=True) if its_fate == fate)
        print(f"\n{fate}: {len(of_it)}", *of_it, sep="\n")
    killed = sum(fate in {"killed", "timeout"} for fate in fates)
    print(f"\nkilled {killed} of {len(fates)} ({killed / len(fates):.1%})")


def _options() -> argparse.Namespace:
    parser = argparse.ArgumentParser(
        prog="python -m tools.mutants", description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("--sample", type=int, default=200, help="how many mutants")
    parser.add_argument("--seed", type=int, default=1)
    parser.add_argument("--tests", nargs="+", default=["tests/unit", "tests/contract", "tests/faults"])
    parser.add_argument("--sources", nargs="+", default=["layers/core", "functions"])
    parser.add_argument("--exclude", nargs="*", default=["functions/handlers"], help="sources to leave as they are")
    parser.add_argument("--cases", type=int, default=10, help="how many cases of a parametrized test meet a mutant")
    parser.add_argument("--timeout", type=float, default=60, help="seconds, beyond twice what the tests take")
    parser.add_argument("--workers", type=int, default=1)
    parser.add_argument("--no-op", action="store_true", help="change nothing, to check the tool: all must survive")
    return parser.parse_args()


def _fates(mutants: list[Mutant], options: argparse.Namespace) -> list[str]:
    with tempfile.TemporaryDirectory() as folder, ThreadPoolExecutor(options.workers) as pool:
        first = Workspace.of_work_tree(Path(folder) / "0")
        tests = first.measure(options.tests, options.sources)
        free: SimpleQueue[Workspace] = SimpleQueue()
        free.put(first)
        for number in range(1, options.workers):
            free.put(first.copy(Path(folder) / str(number)))

        def fate_of(mutant: Mutant) -> str:
            picked = tests.of(mutant, options.cases)
            workspace = free.get()
            try:
                patience = options.timeout + 2 * tests.duration(picked)
                fate, by = workspace.test(mutant, picked, tests, patience) if picked else ("uncovered", "")
            finally:
                free.put(workspace)
            print(f"{fate:9} {len(picked):4} tests  {mutant}  {by[:200]}", file=sys.stderr, flush=True)
            return fate

        return list(pool.map(fate_of, mutants))


if __name__ == "__main__":
    main()
