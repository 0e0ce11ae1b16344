"""What an atom can still be bonded to: a small automaton of the atoms of a vocabulary.

Each state, a class, stands for atoms with the same future: which bonds they can still
take, and whether they may then be left as they are. C with three single bonds and F
with none are the same class.
"""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field

from molvae.chem.bonding import AtomText, Bond, read_atom
from molvae.generation.constraint.atom_graph import (
    FULL,
    RESOLVE,
    SYMBOLS,
    UNKNOWN,
    WILD,
    Graph,
    Label,
    Node,
    Traits,
    atom_graph,
    node_traits,
)

NONE = -1


@dataclass
class AtomClasses:
    """Tables by class; `after[class][symbol]` is a class, or NONE where RDKit would object.

    Atoms may be added at any time; classes there are never change.
    """

    unusual_bonds: bool = False
    """Whether there are bonds that every atom can have, such as dative ones."""
    first: dict[str, int] = field(default_factory=dict)
    """Class of each atom text before it has a bond; those that no molecule has are missing."""
    after: list[tuple[int, ...]] = field(
        default_factory=lambda: [(WILD,) * SYMBOLS, (NONE,) * SYMBOLS]
    )
    complete: list[bool] = field(default_factory=lambda: [True, True])
    """Whether the atom may be left as it is."""
    double: list[bool] = field(default_factory=lambda: [True, False])
    """Whether, left as it is, it can have a double bond of an aromatic ring."""
    single: list[bool] = field(default_factory=lambda: [True, True])
    """Whether, left as it is, it can do without."""
    labels: list[Label] = field(default_factory=lambda: [UNKNOWN, UNKNOWN])
    frozen: list[int] = field(default_factory=lambda: [WILD, FULL])
    """A class that stands for all with the same future by closing ring numbers alone."""
    binds: list[bool] = field(default_factory=lambda: [True, False])
    """Whether a further bond is possible."""
    grows: tuple[list[int], list[int]] = field(default_factory=lambda: ([2, 0], [2, 0]))
    """0, 1 or at least 2 further bonds to atoms that may have others: [0] for an atom that
    has its double bond of the ring, [1] for one that lacks it or needs none."""
    matched: tuple[list[bool], list[bool]] = field(
        default_factory=lambda: ([True, False], [True, False])
    )
    """Whether an atom with a double bond of its ring can become complete: [0] by any
    bonds, [1] by closing its ring numbers alone."""
    unmatched: tuple[list[bool], list[bool]] = field(
        default_factory=lambda: ([True, True], [True, True])
    )
    """The same for an atom without that double bond, which it may yet get."""
    settled: list[bool] = field(default_factory=lambda: [True, True])
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
            self._kinds[kind] = self.first.get(model, NONE)
        for text, kind in kinds.items():
            if self._kinds[kind] != NONE:
                self.first[text] = self._kinds[kind]

    def _append(self, models: list[str]) -> None:
        """Classes of equal nodes of the graphs of `models`."""
        graph: Graph = {}
        traits: dict[Node, Traits] = {}
        for text in models:
            if (part := atom_graph(text)) is not None:
                graph.update(part)
                traits.update(node_traits(part))
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
            bare = Node(text, (0,) * len(Bond), 0)
            if bare in classes:
                self.first[text] = classes[bare]
            elif atom_graph(text) is None:
                self.first[text] = WILD

    def _append_traits(self, traits: Traits) -> None:
        self.complete.append(traits.complete)
        self.double.append(traits.need[0])
        self.single.append(traits.need[1])
        self.labels.append(traits.label or UNKNOWN)
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


def _partition(
    graph: Graph, traits: dict[Node, Traits], symbols: Iterable[int], offset: int
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
