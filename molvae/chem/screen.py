"""A sieve before substructure matching: which queries can have a place in a molecule at all.

A query atom asks for an element and for bonds to certain elements. Where no atom of a
molecule offers that, the query has no match. The demands of all queries are numbered; the
demands that one kind of atom meets are a bit mask, worked out once for each kind.
"""

import re
from collections import Counter
from collections.abc import Sequence

from rdkit import Chem

from molvae.chem.molecule import Mol

_ELEMENT_OF_SYMBOL = {"B": 5, "C": 6, "N": 7, "O": 8, "F": 9, "P": 15, "S": 16, "Cl": 17}
_ELEMENT_OF_SYMBOL |= {"Br": 35, "I": 53, "c": 6, "n": 7, "o": 8, "p": 15, "s": 16}
# `[#7&H2]` is a nitrogen; `[#7&H2,$(...)]` may be something else: no comma unless after `;`.
_QUERY_ATOM = re.compile(
    r"\[?(?:#(?P<number>\d+)|(?P<symbol>Cl|Br|[BCNOFPSIcnops]))(?:$|\]$|&[^,;]*\]$|;.*\]$)"
)
_BOND_ORDERS = {"-": 1, "=": 2, "#": 3, ":": 4}
_ANY = 0
_ELEMENTS = 256
"""A link is written as one number: bond order times this, plus the neighbor's element."""
_TO_HYDROGEN = _ELEMENTS + 1

Kind = tuple[int, ...]
"""The element of an atom, then its links in ascending order."""

_ORDER_OF_TYPE = {
    Chem.BondType.SINGLE: 1 * _ELEMENTS,
    Chem.BondType.DOUBLE: 2 * _ELEMENTS,
    Chem.BondType.TRIPLE: 3 * _ELEMENTS,
    Chem.BondType.AROMATIC: 4 * _ELEMENTS,
}
_OTHER_ORDER = 5 * _ELEMENTS


class Screen:
    """Tells which of `queries` may match a molecule; never leaves out one that does.

    Queries may contain hydrogens as atoms; the molecules have theirs implicit.
    """

    def __init__(self, queries: Sequence[Mol]) -> None:
        self._demand_bits: dict[Kind, int] = {}
        self._needs = list(enumerate(self._need(query) for query in queries))
        self._met_by_kind: dict[Kind, int] = {}

    def candidates(self, mol: Mol) -> list[int]:
        """Indices of the queries whose every atom finds an atom of `mol` that suits it."""
        met = 0
        for kind in _atom_kinds(mol):
            bits = self._met_by_kind.get(kind)
            met |= self._learn(kind) if bits is None else bits
        lacking = ~met
        return [index for index, need in self._needs if not need & lacking]

    def _need(self, query: Mol) -> int:
        need = 0
        for atom in query.GetAtoms():
            demand = _demand(atom)
            if demand[0] != 1:
                need |= 1 << self._demand_bits.setdefault(demand, len(self._demand_bits))
        return need

    def _learn(self, kind: Kind) -> int:
        bits = sum(1 << bit for demand, bit in self._demand_bits.items() if _meets(kind, demand))
        self._met_by_kind[kind] = bits
        return bits


def _demand(atom: Chem.Atom) -> Kind:
    """What a query atom asks of its counterpart; 0 stands for any element, any order."""
    links = []
    for bond in atom.GetBonds():
        order = _BOND_ORDERS.get(bond.GetSmarts().split("&")[0], _ANY)
        links.append(order * _ELEMENTS + _query_element(bond.GetOtherAtom(atom)))
    return (_query_element(atom), *sorted(links))


def _query_element(atom: Chem.Atom) -> int:
    match = _QUERY_ATOM.match(atom.GetSmarts())
    if match is None:
        return _ANY
    return int(match["number"]) if match["number"] else _ELEMENT_OF_SYMBOL[match["symbol"]]


def _atom_kinds(mol: Mol) -> set[Kind]:
    """The kinds of the atoms of `mol`; their hydrogens count as links."""
    elements: list[int] = []
    links: list[list[int]] = []
    for atom in mol.GetAtoms():
        elements.append(atom.GetAtomicNum())
        links.append([_TO_HYDROGEN] * atom.GetTotalNumHs())
    for bond in mol.GetBonds():
        begin, end = bond.GetBeginAtomIdx(), bond.GetEndAtomIdx()
        order = _ORDER_OF_TYPE.get(bond.GetBondType(), _OTHER_ORDER)
        links[begin].append(order + elements[end])
        links[end].append(order + elements[begin])
    for element, linked in zip(elements, links, strict=True):
        linked.sort()
        linked.insert(0, element)
    return set(map(tuple, links))


def _meets(kind: Kind, demand: Kind) -> bool:
    """Whether an atom of `kind` has the element and, counted one by one, the links asked for."""
    if demand[0] not in (_ANY, kind[0]) or len(demand) > len(kind):
        return False
    return all(
        count <= sum(_offers(link, wanted) for link in kind[1:])
        for wanted, count in Counter(demand[1:]).items()
    )


def _offers(link: int, wanted: int) -> bool:
    order, element = divmod(wanted, _ELEMENTS)
    return order in (_ANY, link // _ELEMENTS) and element in (_ANY, link % _ELEMENTS)
