"""What an atom can still be bonded to: a small automaton of the atoms of a vocabulary.

Each state, a class, stands for atoms with the same future: which bonds they can still
take, and whether they may then be left as they are. C with three single bonds and F
with none are the same class.
"""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
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
NONE = -1
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


_UNKNOWN = Label(False, False, False, False)


class Node(NamedTuple):
    """An atom with its bonds before equal ones are merged."""

    text: str
    bonds: Bonds
    reserved: int


@dataclass
class AtomClasses:
    """Tables by class; `after[class][symbol]` is a class, or NONE where RDKit would object.

    Atoms may be added at any time; classes there are never change.
    """

    unusual_bonds: bool = False
    """Whether there are bonds that every atom can have, such as dative ones."""
    first: dict[str, int] = field(default_factory=dict)
    """Class of each atom text before it has a bond."""
    after: list[tuple[int, ...]] = field(default_factory=lambda: [(WILD,) * SYMBOLS])
    complete: list[bool] = field(default_factory=lambda: [True])
    """Whether the atom may be left as it is."""
    double: list[bool] = field(default_factory=lambda: [True])
    """Whether, left as it is, it can have a double bond of an aromatic ring."""
    single: list[bool] = field(default_factory=lambda: [True])
    """Whether, left as it is, it can do without."""
    labels: list[Label] = field(default_factory=lambda: [_UNKNOWN])
    frozen: list[int] = field(default_factory=lambda: [WILD])
    """A class that stands for all with the same future by closing ring numbers alone."""
    binds: list[bool] = field(default_factory=lambda: [True])
    """Whether a further bond is possible."""
    grows: tuple[list[int], list[int]] = field(default_factory=lambda: ([2], [2]))
    """0, 1 or at least 2 further bonds to atoms that may have others: [0] for an atom that
    has its double bond of the ring, [1] for one that lacks it or needs none."""
    matched: tuple[list[bool], list[bool]] = field(default_factory=lambda: ([True], [True]))
    """Whether an atom with a double bond of its ring can become complete: [0] by any
    bonds, [1] by closing its ring numbers alone."""
    unmatched: tuple[list[bool], list[bool]] = field(default_factory=lambda: ([True], [True]))
    """The same for an atom without that double bond, which it may yet get."""
    settled: list[bool] = field(default_factory=lambda: [True])
    """Whether single bonds at its open ring numbers make the atom complete, or it is aromatic."""
    _kinds: dict[AtomText, int] = field(default_factory=dict)

    def add(self, texts: Iterable[str]) -> None:
        """Make classes of what RDKit reads as an atom among `texts`."""
        kinds = {text: kind for text in texts if (kind := read_atom(text)) is not None}
        models: dict[AtomText, str] = {}
        for text, kind in kinds.items():
            if kind not in self._kinds:
                models.setdefault(kind, text)
        self._append(list(models.values()))
        for kind, model in models.items():
            self._kinds[kind] = self.first.get(model, WILD)
        for text, kind in kinds.items():
            self.first[text] = self._kinds[kind]

    def _append(self, models: list[str]) -> None:
        """Classes of equal nodes of the graphs of `models`."""
        graph: Graph = {}
        traits: dict[Node, _Traits] = {}
        for text in models:
            if (part := _graph(text)) is not None:
                graph.update(part)
                traits.update(_traits(part))
        offset = len(self.after)
        classes = _partition(graph, traits, range(SYMBOLS), offset)
        plain = {node: trait._replace(binds=False, grows=(0, 0)) for node, trait in traits.items()}
        frozen = _partition(graph, plain, range(RESOLVE, SYMBOLS), offset)
        representatives: dict[int, int] = {}
        of_class = {number: node for node, number in classes.items()}
        for number in sorted(of_class):
            node = of_class[number]
            targets = graph[node]
            self.after.append(tuple(NONE if t is None else classes[t] for t in targets))
            self.frozen.append(representatives.setdefault(frozen[node], number))
            self._append_traits(traits[node])
        for text in models:
            self.first[text] = classes.get(Node(text, (0,) * len(Bond), 0), WILD)

    def _append_traits(self, traits: "_Traits") -> None:
        self.complete.append(traits.complete)
        self.double.append(traits.need[0])
        self.single.append(traits.need[1])
        self.labels.append(traits.label or _UNKNOWN)
        self.binds.append(traits.binds)
        self.settled.append(traits.settled)
        for kind in (0, 1):
            self.grows[kind].append(traits.grows[kind])
            self.matched[kind].append(traits.matched[kind])
            self.unmatched[kind].append(traits.unmatched[kind])


def atom_classes(texts: Iterable[str]) -> AtomClasses:
    """The classes of all that RDKit reads as an atom among `texts`."""
    atoms = AtomClasses()
    atoms.add(texts)
    return atoms


def is_wild(kind: AtomText) -> bool:
    """Whether nothing is known about the bonds of such an atom."""
    return kind.metal or kind.number == 0


Graph = dict[Node, list[Node | None]]
"""What each node becomes by each symbol."""


@cache
def _graph(text: str) -> Graph | None:
    """All that atom `text` can become, its first node without bonds; None for a wild atom."""
    kind = read_atom(text)
    if kind is None or is_wild(kind) or holds(text, (_MANY, *[0] * (len(Bond) - 1))):
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


class _Traits(NamedTuple):
    """What distinguishes nodes before looking at what becomes of them."""

    complete: bool
    need: tuple[bool, bool]
    matched: tuple[bool, bool]
    unmatched: tuple[bool, bool]
    binds: bool
    grows: tuple[int, int]
    settled: bool
    label: Label | None


def _traits(graph: Graph) -> dict[Node, _Traits]:
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
        node: _Traits(
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


def _partition(
    graph: Graph, traits: dict[Node, _Traits], symbols: Iterable[int], offset: int
) -> dict[Node, int]:
    """Numbers of nodes from `offset` on, the same for those that `symbols` never tell apart.

    Partition refinement, Moore 1956.
    """
    used = list(symbols)
    classes = _numbered(traits, offset)
    while True:
        finer = _numbered(
            {
                node: (classes[node], *(t and classes[t] for t in (targets[s] for s in used)))
                for node, targets in graph.items()
            },
            offset,
        )
        if max(finer.values(), default=0) == max(classes.values(), default=0):
            return classes
        classes = finer


def _numbered(signatures: Mapping[Node, object], offset: int) -> dict[Node, int]:
    numbers: dict[object, int] = {}
    return {
        node: numbers.setdefault(signature, len(numbers) + offset)
        for node, signature in signatures.items()
    }
