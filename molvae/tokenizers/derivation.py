"""SELFIES symbols to SMILES, by the derivation rules of SELFIES 2 (Lo et al. 2023).

Where the selfies library has the same valences (see `symbols`), this gives the strings that
its `decoder` gives, but in time linear in their length; ring numbers above 99 are written
as RDKit reads them.
"""

from collections.abc import Sequence
from typing import NamedTuple

from molvae.tokenizers.symbols import ATOM, BRANCH, DOT, END, INDEX_BASE, RING, SKIP, Symbol


class _Atoms:
    """The molecule being derived: a forest of atoms and the ring bonds across it."""

    def __init__(self) -> None:
        self.smiles: list[str] = []
        self.free: list[int] = []
        self.parents: list[int] = []
        self.children: list[list[int]] = []
        self.orders: list[int] = []
        self.marks: list[str] = []

    def add(self, symbol: Symbol, parent: int, order: int) -> int:
        """The index of a new atom bonded to `parent`, or of a new root (-1, 0)."""
        index = len(self.smiles)
        self.smiles.append(symbol.smiles)
        self.free.append(symbol.capacity - order)
        self.parents.append(parent)
        self.children.append([])
        self.orders.append(order)
        self.marks.append(symbol.marks[0])
        if parent >= 0:
            self.children[parent].append(index)
            self.free[parent] -= order
        return index


class _RingRequest(NamedTuple):
    left: int
    right: int
    order: int
    marks: tuple[str, str]


class _Ring:
    """A ring bond between two atoms; its order can rise when it is asked for twice."""

    __slots__ = ("marks", "order")

    def __init__(self, order: int, marks: tuple[str, str]) -> None:
        self.order = order
        self.marks = marks


def derive(symbols: Sequence[Symbol]) -> str:
    """The SMILES that `symbols` derive; every sequence gives a molecule, or an empty string."""
    symbols = [symbol for symbol in symbols if symbol.kind != SKIP]
    dots = [at for at, symbol in enumerate(symbols) if symbol.kind == DOT]
    atoms = _Atoms()
    requests: list[_RingRequest] = []
    for begin, end in zip([0, *(at + 1 for at in dots)], [*dots, len(symbols)], strict=True):
        _derive_fragment(symbols[begin:end], atoms, requests)
    return _write(atoms, _form_rings(atoms, requests))


def _derive_fragment(
    symbols: Sequence[Symbol], atoms: _Atoms, requests: list[_RingRequest]
) -> None:
    """Add the atoms of one fragment; `state` is how many bonds the last atom has left.

    A state of -1 means that the chain has ended. The stack holds, for each branch that is
    open, where its chain stops reading and how the chain it left goes on.
    """
    size = len(symbols)
    at, stop, state, last = 0, size, 0, -1
    stack: list[tuple[int, int, int]] = []
    while True:
        if state < 0 or at >= stop:
            at = max(at, stop)
            if not stack:
                return
            stop, state, last = stack.pop()
            continue
        symbol = symbols[at]
        at += 1
        if symbol.kind == ATOM:
            last, state = _add_atom(symbol, atoms, last, state)
        elif symbol.kind == END:
            state = 0 if state == 0 else -1
        elif symbol.kind == BRANCH and state > 1:
            inner = min(state - 1, symbol.order)
            stack.append((stop, state - inner, last))
            at, length = _read_index(symbols, at, symbol.index_length)
            stop, state = min(at + length + 1, size), inner
        elif symbol.kind == RING and state > 0:
            order = min(symbol.order, state)
            state = state - order or -1
            at, length = _read_index(symbols, at, symbol.index_length)
            requests.append(_RingRequest(max(0, last - length - 1), last, order, symbol.marks))


def _add_atom(symbol: Symbol, atoms: _Atoms, last: int, state: int) -> tuple[int, int]:
    """The last atom and its state once `symbol` is bonded to `last` as far as both allow."""
    if state == 0:
        return atoms.add(symbol, -1, 0), symbol.capacity or -1
    order = min(symbol.order, state, symbol.capacity)
    if order == 0:
        return last, -1
    return atoms.add(symbol, last, order), symbol.capacity - order or -1


def _read_index(symbols: Sequence[Symbol], at: int, length: int) -> tuple[int, int]:
    """Where reading goes on, and the number that `length` symbols from `at` write."""
    number = 0
    for position in range(at, at + length):
        digit = symbols[position].digit if position < len(symbols) else 0
        number = number * INDEX_BASE + digit
    return min(at + length, len(symbols)), number


def _form_rings(atoms: _Atoms, requests: Sequence[_RingRequest]) -> list[list[tuple[_Ring, str]]]:
    """The ring bonds at each atom with the mark they bear there, as far as valences allow."""
    rings: dict[tuple[int, int], _Ring] = {}
    at_atoms: list[list[tuple[_Ring, str]]] = [[] for _ in atoms.smiles]
    free = atoms.free
    for left, right, wanted, marks in requests:
        order = min(wanted, free[left], free[right])
        if left == right or order <= 0:
            continue
        ring = rings.get((left, right))
        if ring is not None:
            order = min(order, 3 - ring.order)
            ring.order += order
        elif atoms.parents[right] == left:
            order = min(order, 3 - atoms.orders[right])
            atoms.orders[right] += order
        else:
            ring = rings[left, right] = _Ring(order, marks)
            at_atoms[left].append((ring, marks[0]))
            at_atoms[right].append((ring, marks[1]))
        free[left] -= order
        free[right] -= order
    return at_atoms


def _write(atoms: _Atoms, rings: list[list[tuple[_Ring, str]]]) -> str:
    pieces: list[str] = []
    numbers: dict[_Ring, str] = {}
    roots = [index for index, parent in enumerate(atoms.parents) if parent < 0]
    stack: list[int | str] = [piece for root in reversed(roots) for piece in (root, ".")][:-1]
    while stack:
        item = stack.pop()
        if isinstance(item, str):
            pieces.append(item)
            continue
        if atoms.orders[item]:
            pieces.append(_bond(atoms.orders[item], atoms.marks[item]))
        pieces.append(atoms.smiles[item])
        for ring, mark in rings[item]:
            number = numbers.setdefault(ring, _ring_number(len(numbers) + 1))
            pieces.append(_bond(ring.order, mark) + number)
        children = atoms.children[item]
        if children:
            stack.append(children[-1])
            for child in reversed(children[:-1]):
                stack += (")", child, "(")
    return "".join(pieces)


def _bond(order: int, mark: str) -> str:
    return mark if order == 1 else "=" if order == 2 else "#"


def _ring_number(number: int) -> str:
    if number < 10:
        return str(number)
    return f"%{number}" if number < 100 else f"%({number})"
