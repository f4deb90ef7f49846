"""Fails on functions of more than 30 lines in tracked files, signature and docstring included. Run by `make lint`."""

import ast
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

ROOT = Path(__file__).parents[1]
LONGEST = 30


def too_long(text: str) -> Iterator[tuple[int, str, int]]:
    """Line, name and length of each function of a source that is too long."""
    for node in ast.walk(ast.parse(text)):
        if isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef):
            length = (node.end_lineno or node.lineno) - node.lineno + 1
            if length > LONGEST:
                yield node.lineno, node.name, length


def main() -> None:
    """Check all but the client's handlers."""
    listed = ["git", "ls-files", "--", "*.py", ":!functions/handlers"]
    files = subprocess.run(listed, cwd=ROOT, check=True, capture_output=True, text=True).stdout.splitlines()
    sources = {file: (ROOT / file).read_text() for file in files if (ROOT / file).exists()}
    found = [(file, *each) for file, text in sources.items() for each in too_long(text)]
    for file, line, name, length in found:
        print(f"{file}:{line}: {name} has {length} lines")
    sys.exit(f"{len(found)} functions have more than {LONGEST} lines" if found else 0)


if __name__ == "__main__":
    main()
