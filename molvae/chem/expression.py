"""Conditions on properties, such as `qed > 0.6 and logp < 3`, read without running code.

The text is parsed as Python is, since that grammar is the one wanted, but only the few
constructs listed here are accepted, and the tree is walked by this module: nothing is
ever evaluated as Python.
"""

import ast
import operator
import re
import warnings
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any

import numpy as np
import numpy.typing as npt
import pandas as pd

from molvae.errors import ExpressionError

Values = npt.NDArray[np.float64]
Mask = npt.NDArray[np.bool_]

MAX_LENGTH = 1_000
MAX_NODES = 300

_COMPARISONS: dict[type[ast.cmpop], Callable[[Any, Any], Any]] = {
    ast.Lt: operator.lt,
    ast.LtE: operator.le,
    ast.Gt: operator.gt,
    ast.GtE: operator.ge,
    ast.Eq: operator.eq,
    ast.NotEq: operator.ne,
}
_ARITHMETIC: dict[type[ast.operator], Callable[[Any, Any], Any]] = {
    ast.Add: operator.add,
    ast.Sub: operator.sub,
    ast.Mult: operator.mul,
    ast.Div: operator.truediv,
}
_GRAMMAR = "write comparisons of property names and numbers, joined by and, or, not"


@dataclass(frozen=True)
class Expression:
    """A condition that holds or does not for each row of a table of properties."""

    text: str
    names: frozenset[str]
    """The columns it reads."""
    _tree: ast.expr

    def mask(self, table: Mapping[str, Any] | pd.DataFrame) -> Mask:
        """Which rows of `table` meet the condition, (rows,); raises `ExpressionError`.

        A comparison with NaN, an unknown value, is false, `!=` included.
        """
        columns = {name: self._column(table, name) for name in self.names}
        with np.errstate(all="ignore"):
            return _holds(self._tree, columns)

    def _column(self, table: Mapping[str, Any] | pd.DataFrame, name: str) -> Values:
        if name not in table:
            known = ", ".join(map(str, table.keys())) or "none"
            raise ExpressionError(
                f"{self.text!r} reads {name!r}, which is not known; known: {known}"
            )
        try:
            return np.asarray(table[name], dtype=np.float64)
        except (TypeError, ValueError) as error:
            raise ExpressionError(
                f"{self.text!r} reads {name!r}, whose values are not numbers"
            ) from error


def parse_expression(text: str) -> Expression:
    """The condition that `text` writes; raises `ExpressionError` naming the place.

    Comparisons (`<`, `<=`, `>`, `>=`, `==`, `!=`, chained too) of sums, products and
    quotients of property names and numbers, joined by `and`, `or`, `not`, parentheses.
    """
    if len(text) > MAX_LENGTH:
        raise ExpressionError(
            f"an expression has at most {MAX_LENGTH:,} characters, not {len(text):,}"
        )
    source = text.replace("\n", " ").strip()
    if not source:
        raise ExpressionError(f"the expression is empty; {_GRAMMAR}")
    tree = _parse(source)
    reader = _Reader(source)
    reader.read_condition(tree)
    if not reader.names:
        raise ExpressionError(f"{source!r} names no property; {_GRAMMAR}")
    return Expression(source, frozenset(reader.names), tree)


def _parse(source: str) -> ast.expr:
    try:
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")  # Python's advice on odd literals is not ours
            return ast.parse(source, mode="eval").body
    except SyntaxError as error:
        place = max(0, min((error.offset or 1) - 1, len(source) - 1))
        raise ExpressionError(_located(source, place, _syntax_advice(source))) from error
    except (ValueError, RecursionError, MemoryError) as error:
        raise ExpressionError(f"the expression is nested too deeply; {_GRAMMAR}") from error


def _syntax_advice(source: str) -> str:
    """What to do about the habits of other languages."""
    if re.search(r"(?<![<>=!])=(?!=)", source):
        return "cannot be understood; equality is written =="
    if "&&" in source or "||" in source or "!" in source.replace("!=", ""):
        return "cannot be understood; write and, or, not"
    return f"cannot be understood; {_GRAMMAR}"


class _Reader:
    """Walks the tree once, refusing all but the listed constructs, and collects names."""

    def __init__(self, source: str) -> None:
        self.source = source
        self.names: set[str] = set()
        self._nodes = 0

    def read_condition(self, node: ast.expr) -> None:
        self._count()
        match node:
            case ast.BoolOp():
                for value in node.values:
                    self.read_condition(value)
            case ast.UnaryOp(op=ast.Not()):
                self.read_condition(node.operand)
            case ast.Compare() if all(type(op) in _COMPARISONS for op in node.ops):
                for value in (node.left, *node.comparators):
                    self.read_number(value)
            case ast.Name() | ast.Constant():
                raise self._refusal(node, "is not a condition: compare it, as in qed > 0.6")
            case _:
                raise self._refusal(node, f"is not allowed here; {_GRAMMAR}")

    def read_number(self, node: ast.expr) -> None:
        self._count()
        match node:
            case ast.Name():
                self.names.add(node.id)
            case ast.Constant() if type(node.value) in (int, float):
                self._check_finite(node)
            case ast.UnaryOp(op=ast.USub() | ast.UAdd()):
                self.read_number(node.operand)
            case ast.BinOp() if type(node.op) in _ARITHMETIC:
                self.read_number(node.left)
                self.read_number(node.right)
            case _:
                raise self._refusal(node, f"is not allowed here; {_GRAMMAR}")

    def _count(self) -> None:
        self._nodes += 1
        if self._nodes > MAX_NODES:
            raise ExpressionError(
                f"an expression has at most {MAX_NODES} names, numbers and operators"
            )

    def _check_finite(self, node: ast.Constant) -> None:
        try:
            finite = np.isfinite(float(node.value))  # type: ignore[arg-type]
        except OverflowError:
            finite = False
        if not finite:
            raise self._refusal(node, "is too large a number")

    def _refusal(self, node: ast.expr, reason: str) -> ExpressionError:
        piece = ast.get_source_segment(self.source, node) or self.source
        place = len(self.source.encode()[: node.col_offset].decode())
        return ExpressionError(_located(self.source, place, f"{_cut(piece)!r} {reason}"))


def _located(source: str, place: int, reason: str) -> str:
    return f"in {_cut(source, 80)!r}, at character {place + 1}: {reason}"


def _cut(text: str, limit: int = 40) -> str:
    return text if len(text) <= limit else f"{text[: limit - 3]}..."


def _holds(node: ast.expr, columns: Mapping[str, Values]) -> Mask:
    match node:
        case ast.BoolOp():
            join = np.logical_and if isinstance(node.op, ast.And) else np.logical_or
            parts = np.broadcast_arrays(*(_holds(value, columns) for value in node.values))
            return np.asarray(join.reduce(parts))
        case ast.UnaryOp():
            return ~_holds(node.operand, columns)
        case ast.Compare():
            return _compare(node, columns)
    raise TypeError(f"unread node {type(node).__name__}")  # `_Reader` let it pass


def _compare(node: ast.Compare, columns: Mapping[str, Values]) -> Mask:
    """A chain a < b < c holds where each of its links does."""
    values = np.broadcast_arrays(*(_number(v, columns) for v in (node.left, *node.comparators)))
    result = ~np.isnan(values).any(axis=0)
    for op, left, right in zip(node.ops, values[:-1], values[1:], strict=True):
        result &= _COMPARISONS[type(op)](left, right)
    return np.asarray(result)


def _number(node: ast.expr, columns: Mapping[str, Values]) -> Values:
    match node:
        case ast.Name():
            return columns[node.id]
        case ast.Constant():
            return np.asarray(node.value, dtype=np.float64)
        case ast.UnaryOp():
            value = _number(node.operand, columns)
            return -value if isinstance(node.op, ast.USub) else value
        case ast.BinOp():
            apply = _ARITHMETIC[type(node.op)]
            return np.asarray(apply(_number(node.left, columns), _number(node.right, columns)))
    raise TypeError(f"unread node {type(node).__name__}")  # `_Reader` let it pass
