"""Fails on words that docs/style replaces by plainer ones, in the names and the prose of tracked files.

Run by `make lint`. Prints `file:line: word -> suggestion`.
"""

import io
import re
import subprocess
import sys
import tokenize
from collections.abc import Iterator
from fnmatch import fnmatch
from pathlib import Path

ROOT = Path(__file__).parents[1]

ANYWHERE = {
    "told": "says, shows, reports, passed; in code: fields, attributes, row",
    "tells? of": "contains, describes, is about",
    "tells? (?:it|him|them|us)": "emits, reports, passes",
    "dice": "rng",
    "mend(?:s|ed|ing)?": "fix",
    "strangers?": "unknown client",
    "wish(?:es|ed)?": "plan, option",
    "whereabouts": "location",
    "stands? in(?! for)": "is in",
    "stood in": "was in",
    "the bill": "the cost",
    "sender's word": "what the sender sent",
    "hazards?": "fault",
    "workplaces?": "handler_env",
    "furnish(?:es|ed|ing)?": "setup",
    "verdicts?": "next step",
    "understands?|understood": "parse, parsed",
    "bury|buried|buries": "dead-letter, send to the dead-letter queue",
    "of one's own": "own, custom",
    "none of ours": "unknown, other",
    "wakes? (?:a person|somebody|anybody)": "alarms",
    "doubts": "warnings",
}
"""Words of names and of prose alike."""

NAMES = {
    "tell": "emit, report",
    "kept": "stored, saved",
    "keep": "save, store",
    "world": "simulation",
    "operated": "cli_env",
    "lab": "measure",
    "pile": "depth",
    "settle": "handle",
}
"""Words of names only: in prose they are plain."""

ALLOWED = (
    ("CHANGELOG.md", "*"),
    ("locks/*", "*"),
    ("tools/words.py", "*"),
)
"""Path and word, both as glob patterns."""

type Found = tuple[str, int, str, str]


def _pattern(words: dict[str, str]) -> re.Pattern[str]:
    # A name is searched part by part: `_told`, `toldOf` and `Told` are found, `untold` is not.
    return re.compile(rf"(?<![A-Za-z])(?:{'|'.join(words)})(?![a-z])", re.IGNORECASE)


_ANYWHERE, _NAMES = _pattern(ANYWHERE), _pattern(NAMES)


def found_in(path: str, text: str) -> Iterator[Found]:
    """The replaced words in a file, with line and suggestion."""
    for number, line in enumerate(text.splitlines(), 1):
        yield from _matches(path, number, line, _ANYWHERE, ANYWHERE)
    if path.endswith(".py"):
        for token in tokenize.generate_tokens(io.StringIO(text).readline):
            if token.type == tokenize.NAME:
                spaced = re.sub(r"(?<=[a-z])(?=[A-Z])", "_", token.string)
                yield from _matches(path, token.start[0], spaced, _NAMES, NAMES)


def _matches(path: str, number: int, text: str, pattern: re.Pattern[str], words: dict[str, str]) -> Iterator[Found]:
    for match in pattern.finditer(text):
        word = match[0].lower()
        if not any(fnmatch(path, where) and fnmatch(word, allowed) for where, allowed in ALLOWED):
            suggestion = next(plain for each, plain in words.items() if re.fullmatch(each, word, re.IGNORECASE))
            yield path, number, word, suggestion


def main(*paths: str) -> None:
    """Check the given files or folders, by default all."""
    listed = subprocess.run(
        ["git", "ls-files", "--", *(paths or ("*.py", "*.md", "*.yaml", "*.yml"))],
        cwd=ROOT,
        check=True,
        capture_output=True,
        text=True,
    ).stdout.splitlines()
    suffixes = {".py", ".md", ".yaml", ".yml"}
    files = [path for path in listed if Path(path).suffix in suffixes and (ROOT / path).exists()]
    found = sorted(found for path in files for found in found_in(path, (ROOT / path).read_text()))
    for path, number, word, suggestion in found:
        print(f"{path}:{number}: {word} -> {suggestion}")
    if found:
        sys.exit(f"{len(found)} words to replace; exceptions: ALLOWED in tools/words.py")


if __name__ == "__main__":
    main(*sys.argv[1:])
