"""The tests that a mutant meets: those that run its line, as coverage.py saw it."""

from collections import defaultdict
from collections.abc import Iterable
from dataclasses import dataclass

from tools.mutants.mutant import Mutant

_SHARED = 2
"""A line that fewer tests run may run once per process, on behalf of all: at import, or behind a cache."""


@dataclass(frozen=True, slots=True)
class Tests:
    """`contexts` are the tests, with their phase, by file and line; `seconds` is what each test takes."""

    contexts: dict[str, dict[int, list[str]]]
    seconds: dict[str, float]

    def of(self, mutant: Mutant, cases: int) -> list[str]:
        """Return the tests in the order to run them; none if no test runs the line, nor an import.

        The files whose tests run the line come first, the quickest first.
        Of one parametrized test at most `cases` are taken, at even distances.
        """
        by_line = self.contexts.get(mutant.path, {})
        here = {context for line in mutant.lines for context in by_line.get(line, ())}
        if not here:
            return []
        ranks = self._ranks(here, (context for contexts in by_line.values() for context in contexts))
        by_function: dict[tuple[int, str], list[str]] = defaultdict(list)
        for test, rank in ranks.items():
            by_function[rank, test.partition("[")[0]].append(test)
        by_file: dict[str, list[str]] = defaultdict(list)
        for tests in by_function.values():
            by_file[file_of(tests[0])] += tests[:: -(-len(tests) // cases)]
        files = sorted(by_file.values(), key=lambda tests: (min(ranks[test] for test in tests), self.duration(tests)))
        return [test for tests in files for test in tests]

    def duration(self, tests: Iterable[str]) -> float:
        """Return what they take together, in seconds."""
        return sum(self.seconds[test] for test in tests)

    def _ranks(self, here: set[str], nearby: Iterable[str]) -> dict[str, int]:
        """0: runs the line. 1: shares a file with a test whose set-up does, as that of a module is counted once.

        2: runs another line of the source file. 3: any other. These two count only if too few tests run the line,
        and all of them do: a test may import a constant of a file that it runs no line of.
        """
        run_line, run_file = _tests(here), _tests(nearby)
        files_sharing = {file_of(context) for context in here if context.endswith("|setup")}
        ranks = {
            test: 0 if test in run_line else 1 if file_of(test) in files_sharing else 2 if test in run_file else 3
            for test in self.seconds
        }
        highest = 1 if len(run_line) >= _SHARED else 3
        return {test: rank for test, rank in ranks.items() if rank <= highest}


def _tests(contexts: Iterable[str]) -> set[str]:
    # The context of an import is empty.
    return {context.rpartition("|")[0] for context in contexts if context}


def file_of(test: str) -> str:
    """Return the file of a test by its node id."""
    return test.partition("::")[0]
