"""Mutants: the small changes that can be made to a source file, and a seeded sample of them."""

import ast
import copy
from collections import Counter
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from hashlib import sha256
from itertools import accumulate
from pathlib import Path
from typing import Any

_PAIRS: list[tuple[type[ast.AST], type[ast.AST]]] = [
    *((ast.Lt, ast.LtE), (ast.Gt, ast.GtE), (ast.Eq, ast.NotEq), (ast.Is, ast.IsNot), (ast.In, ast.NotIn)),
    *((ast.And, ast.Or), (ast.Add, ast.Sub), (ast.Mult, ast.FloorDiv), (ast.BitOr, ast.BitAnd)),
]
_SWAPS: dict[type[ast.AST], type[ast.AST]] = {one: other for pair in _PAIRS for one, other in (pair, pair[::-1])}
_SWAPS |= {ast.Div: ast.Mult, ast.Mod: ast.Mult, ast.Pow: ast.Mult}
_MESSAGES = {"debug", "info", "warning", "error", "exception", "critical", "warn", "__init__"}
"""Calls whose prose, text with a space, is for people to read: of loggers, `warnings` and exceptions."""

type _Change = tuple[Sequence[ast.expr | ast.stmt], str]
"""Adjacent nodes, and the text to put in their place."""


@dataclass(frozen=True, slots=True)
class Mutant:
    """The bytes of `path` from `start` to `end` become `after`. A test that runs one of `lines` may notice."""

    path: str
    line: int
    lines: frozenset[int]
    start: int
    end: int
    before: str
    after: str
    identity: str

    def __str__(self) -> str:
        before, after = (" ".join(text.split())[:90] for text in (self.before, self.after))
        return f"{self.path}:{self.line}: {before}  =>  {after}"

    def apply(self, source: bytes) -> bytes:
        """Return the changed source."""
        return source[: self.start] + self.after.encode() + source[self.end :]


def find_mutants(path: str) -> Iterator[Mutant]:
    """All mutants of a file."""
    source = Path(path).read_bytes()
    lines = source.splitlines(keepends=True)
    offsets = list(accumulate(map(len, lines), initial=0))
    tree = ast.parse(source)
    for statement, (nodes, after) in _walk(tree, tree, at_top=True):
        first, last = nodes[0], nodes[-1]
        end_line, end_column = last.end_lineno or last.lineno, last.end_col_offset or 0
        start, end = offsets[first.lineno - 1] + first.col_offset, offsets[end_line - 1] + end_column
        covered_by = {getattr(statement, "lineno", first.lineno), *range(first.lineno, end_line + 1)}
        # Not the line number or the indentation: code that only moved is the same code.
        line = lines[first.lineno - 1]
        column = first.col_offset - (len(line) - len(line.lstrip()))
        before = source[start:end].decode()
        identity = f"{line.strip().decode()} {column} {before} {after}"
        yield Mutant(path, first.lineno, frozenset(covered_by), start, end, before, after, identity)


def sample(mutants: Iterable[Mutant], size: int, seed: int) -> list[Mutant]:
    """Return the mutants that rank first by a hash of the seed and their identity, without those that do not compile.

    Equal lines are distinguished by their order, so the rank of a mutant hardly depends on the rest of the tree.
    """
    occurrences: Counter[str] = Counter()
    ranks: dict[str, Mutant] = {}
    for mutant in mutants:
        occurrences[mutant.identity] += 1
        text = f"{seed} {occurrences[mutant.identity]} {mutant.identity}"
        ranks[sha256(text.encode()).hexdigest()] = mutant
    sampled: list[Mutant] = []
    for _, mutant in sorted(ranks.items()):
        if len(sampled) == size:
            break
        if _compiles(mutant):
            sampled.append(mutant)
    return sampled


def _compiles(mutant: Mutant) -> bool:
    try:
        compile(mutant.apply(Path(mutant.path).read_bytes()), mutant.path, "exec")
    except SyntaxError:
        return False
    return True


def _walk(parent: ast.AST, statement: ast.AST, *, at_top: bool) -> Iterator[tuple[ast.AST, _Change]]:
    """Yield each change with its statement. No statement at the top of a module is removed: the import would fail."""
    for node in ast.iter_child_nodes(parent):
        if _is_out_of_scope(node, parent) or (isinstance(statement, ast.Raise) and _is_prose(node)):
            continue
        within = node if isinstance(node, ast.stmt | ast.ExceptHandler) else statement
        for changes in (_operators, _values, _conditions, _statements):
            yield from ((within, change) for change in changes(node) if not (at_top and change[1] == "pass"))
        is_scope = isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef | ast.ClassDef)
        yield from _walk(node, within, at_top=at_top and not is_scope)


def _is_out_of_scope(node: ast.AST, parent: ast.AST) -> bool:
    """Whether it is an annotation, a decorator, an import, documentation, a message, a Protocol or part of a text."""
    field = next(name for name, value in ast.iter_fields(parent) if value is node or _is_in(node, value))
    match node:
        case _ if field in {"annotation", "returns", "decorator_list", "format_spec"}:
            return True
        case ast.Import() | ast.ImportFrom() | ast.TypeAlias() | ast.Expr(ast.Constant()):
            return True
        case ast.If(ast.Name("TYPE_CHECKING")) | ast.Assign([ast.Name("__all__")]):
            return True
        case ast.ClassDef(bases=bases):
            return any("Protocol" in ast.unparse(base) for base in bases)
        case ast.keyword(arg=name):
            return name in {"description", "title", "help"}
    name = ast.unparse(parent.func).rpartition(".")[2] if isinstance(parent, ast.Call) else ""
    is_part = isinstance(node, ast.Constant) and isinstance(parent, ast.JoinedStr)
    return is_part or (name in _MESSAGES and _is_prose(node)) or (name == "cast" and isinstance(node, ast.Constant))


def _is_in(node: ast.AST, value: object) -> bool:
    return isinstance(value, list) and any(each is node for each in value)


def _is_prose(node: ast.AST) -> bool:
    is_text = isinstance(node, ast.JoinedStr) or (isinstance(node, ast.Constant) and isinstance(node.value, str))
    return is_text and " " in ast.unparse(node)


def _operators(node: ast.AST) -> Iterator[_Change]:
    match node:
        case ast.Compare(ops=operators):
            for at, operator in enumerate(operators):
                swapped = [*operators[:at], _SWAPS[type(operator)](), *operators[at + 1 :]]
                yield [node], f"({_unparse(node, ops=swapped)})"
        case ast.BoolOp() | ast.BinOp() if type(node.op) in _SWAPS:
            yield [node], f"({_unparse(node, op=_SWAPS[type(node.op)]())})"
        case ast.AugAssign() if type(node.op) in _SWAPS:
            yield [node], _unparse(node, op=_SWAPS[type(node.op)]())
        case ast.UnaryOp(ast.Not(), operand):
            yield [node], f"({ast.unparse(operand)})"


def _unparse(node: ast.AST, **fields: Any) -> str:
    changed = copy.copy(node)
    for name, value in fields.items():
        setattr(changed, name, value)
    return ast.unparse(changed)


def _values(node: ast.AST) -> Iterator[_Change]:
    match node:
        case ast.Constant(bool(value)):
            yield [node], repr(not value)
        case ast.Constant(int(value) | float(value)):
            yield [node], repr(value + 1)
        case ast.Constant(str(value)):
            yield [node], repr(f"XX{value}")
        case ast.Constant(bytes(value)):
            yield [node], repr(b"XX" + value)
        case ast.JoinedStr():
            yield [node], f'("XX" {ast.unparse(node)})'
        case ast.Lambda(body=body) if not isinstance(body, ast.Constant):
            yield [body], "None"


def _conditions(node: ast.AST) -> Iterator[_Change]:
    for condition in (getattr(node, "test", None), getattr(node, "guard", None), *getattr(node, "ifs", ())):
        if condition is None or isinstance(condition, ast.Constant):
            continue
        yield [condition], "False"
        if not isinstance(node, ast.While):
            yield [condition], "True"
        if not isinstance(condition, ast.Compare | ast.BoolOp | ast.UnaryOp):
            yield [condition], f"(not ({ast.unparse(condition)}))"


def _statements(node: ast.AST) -> Iterator[_Change]:
    match node:
        case ast.Expr(ast.Call() | ast.Await()) | ast.Assign() | ast.AugAssign() | ast.AnnAssign(value=ast.expr()):
            yield [node], "pass"
        case ast.Raise() | ast.Delete() | ast.Return(None):
            yield [node], "pass"
        case ast.Return(ast.expr() as value) if not (isinstance(value, ast.Constant) and not value.value):
            yield [node], "return None"
        case ast.Break():
            yield [node], "continue"
        case ast.Continue():
            yield [node], "break"
        case ast.ExceptHandler(body=body):
            if ast.unparse(body[0]) != "raise":
                yield body, "raise"
            if len(body) > 1:
                yield body, "pass"
