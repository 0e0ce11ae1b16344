"""All that an atom can become as it gets bonds: a graph, worked out with RDKit."""

from collections.abc import Iterable
from functools import cache
from typing import NamedTuple

from molvae.chem.bonding import PLAIN, AtomText, Bond, Bonds, holds, pi_need, read_atom

RESERVE = len(Bond)
"""An open ring number without a bond: at least a single bond is to come."""
RESOLVE = RESERVE + 1
"""RESOLVE + kind: the ring number is closed, by a bond of that kind."""
SYMBOLS = RESOLVE + len(Bond)
WILD = 0
"""The class of atoms that take any bond: metals, dummy atoms, whatever they are bound to."""
FULL = 1
"""A class of atoms that are complete and take no further bond."""
_TERMINAL = (Bond.DOUBLE_TO_O, Bond.TRIPLE_TO_N)
"""Bonds to atoms that have no other."""
_TERMINAL_RINGS = tuple(RESOLVE + bond for bond in _TERMINAL)
_GROWTH = tuple(symbol for symbol in range(RESERVE + 1) if symbol not in _TERMINAL)
_MANY = 9
"""An atom that holds so many single bonds holds any number."""


class Label(NamedTuple):
    """What an atom is to its neighbors."""

    aromatic: bool
    oxygen: bool
    neutral_oxygen: bool
    neutral_nitrogen: bool


UNKNOWN = Label(False, False, False, False)


class Node(NamedTuple):
    """An atom with its bonds before equal ones are merged."""

    text: str
    bonds: Bonds
    reserved: int


Graph = dict[Node, list[Node | None]]
"""What each node becomes by each symbol."""


@cache
def atom_graph(text: str) -> Graph | None:
    """All that atom `text` can become, its first node without bonds; None for a wild atom."""
    kind = read_atom(text)
    if (
        kind is None
        or kind.metal
        or kind.number == 0
        or holds(text, (_MANY, *[0] * (len(Bond) - 1)))
    ):
        return None
    patience = 3 if kind.repaired else 1  # bonds in a row that only later ones make right
    misses = {(start := Node(text, (0,) * len(Bond), 0)): 0}
    graph: Graph = {}
    layer = [start]
    while layer:
        found: list[Node] = []
        for node in layer:
            graph[node] = [_moved(node, symbol, kind) for symbol in range(SYMBOLS)]
            for target in filter(None, graph[node]):
                missed = 0 if _may_hold(target) else misses[node] + 1
                if missed <= patience and missed < misses.get(target, patience + 1):
                    misses[target] = missed
                    found.append(target)
        layer = list(dict.fromkeys(found))
    return _pruned(graph)


def _moved(node: Node, symbol: int, kind: AtomText) -> Node | None:
    """`node` with what `symbol` adds to it."""
    bonds, reserved = list(node.bonds), node.reserved
    if symbol in _TERMINAL_RINGS:
        return None
    if symbol in (Bond.AROMATIC, RESOLVE + Bond.AROMATIC) and not kind.aromatic:
        return None
    if symbol == RESERVE:
        return Node(node.text, node.bonds, reserved + 1)
    if symbol >= RESOLVE:
        reserved -= 1
        symbol -= RESOLVE
    bond = Bond(symbol)
    bonds[bond if kind.repaired else PLAIN.get(bond, bond)] += 1
    return Node(node.text, tuple(bonds), reserved) if reserved >= 0 else None


def _bonds_at_least(node: Node) -> Bonds:
    return (node.bonds[0] + node.reserved, *node.bonds[1:])


@cache
def _holds(text: str, bonds: Bonds) -> bool:
    return holds(text, bonds)


def _may_hold(node: Node) -> bool:
    return _holds(node.text, _bonds_at_least(node))


def _pruned(graph: Graph) -> Graph:
    """`graph` without the nodes that can never become complete."""
    alive = _leading_to(graph, {node for node in graph if _is_complete(node)}, range(SYMBOLS))
    return {
        node: [target if target in alive else None for target in targets]
        for node, targets in graph.items()
        if node in alive
    }


def _leading_to(graph: Graph, goals: set[Node], symbols: Iterable[int]) -> set[Node]:
    """The nodes from which `symbols` lead to one of `goals`, those included."""
    sources: dict[Node, list[Node]] = {}
    allowed = list(symbols)
    for node, targets in graph.items():
        for target in filter(None, (targets[symbol] for symbol in allowed)):
            sources.setdefault(target, []).append(node)
    reached, todo = set(goals), list(goals)
    while todo:
        for source in sources.get(todo.pop(), ()):
            if source not in reached:
                reached.add(source)
                todo.append(source)
    return reached


def _is_complete(node: Node) -> bool:
    if node.reserved or not _holds(node.text, node.bonds):
        return False
    return any(_need(node))


def _need(node: Node) -> tuple[bool, bool]:
    """Whether a double bond of the ring, and whether none, suits a complete atom."""
    kind = read_atom(node.text)
    if kind is None or not kind.aromatic:
        return False, True
    return _pi_need(node.text, node.bonds)


@cache
def _pi_need(text: str, bonds: Bonds) -> tuple[bool, bool]:
    return tuple(pi_need(text, bonds))  # type: ignore[return-value]


class Traits(NamedTuple):
    """What distinguishes nodes before looking at what becomes of them."""

    complete: bool
    need: tuple[bool, bool]
    matched: tuple[bool, bool]
    unmatched: tuple[bool, bool]
    binds: bool
    grows: tuple[int, int]
    settled: bool
    label: Label | None


def node_traits(graph: Graph) -> dict[Node, Traits]:
    """The traits of each node of the graph of one atom."""
    complete = {node for node in graph if _is_complete(node)}
    need = {node: _need(node) if node in complete else (False, False) for node in graph}
    matched, unmatched = [], []
    for symbols in (range(SYMBOLS), range(RESOLVE, SYMBOLS)):
        with_it = _leading_to(graph, {node for node in graph if need[node][0]}, symbols)
        gains = {
            node
            for node, targets in graph.items()
            for symbol in symbols
            if symbol in (Bond.AROMATIC, RESOLVE + Bond.AROMATIC) and targets[symbol] in with_it
        }
        matched.append(with_it)
        unmatched.append(
            _leading_to(graph, {node for node in graph if need[node][1]} | gains, symbols)
        )
    aromatic = any(need[node] != (False, True) for node in complete)
    grows = [_growth(graph, matched[0] if aromatic else set(graph))]
    grows.append(_growth(graph, unmatched[0] | (matched[0] if aromatic else set())))
    return {
        node: Traits(
            node in complete,
            need[node],
            (node in matched[0], node in matched[1]),
            (node in unmatched[0], node in unmatched[1]),
            any(targets[: RESERVE + 1]),
            (grows[0][node], grows[1][node]),
            aromatic or _is_settled(node, complete),
            _label(node.text) if any(targets) else None,
        )
        for node, targets in graph.items()
    }


def _is_settled(node: Node, complete: set[Node]) -> bool:
    return Node(node.text, _bonds_at_least(node), 0) in complete


def _growth(graph: Graph, viable: set[Node]) -> dict[Node, int]:
    """How many bonds, up to two, lead from each node to others of `viable`."""
    following = {
        node: [t for symbol in _GROWTH if (t := targets[symbol]) is not None and t in viable]
        for node, targets in graph.items()
    }
    return {
        node: (len(targets) > 0) + any(following[target] for target in targets)
        for node, targets in following.items()
    }


def _label(text: str) -> Label:
    kind = read_atom(text)
    if kind is None:
        return Label(False, False, False, False)
    neutral = kind.charge == 0
    return Label(
        kind.aromatic, kind.number == 8, kind.number == 8 and neutral, kind.number == 7 and neutral
    )
