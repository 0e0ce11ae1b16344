"""A sieve before substructure matching: which queries can have a place in a molecule at all.

Each atom of a query makes a demand: to be matched itself, with its bonds leading to atoms
that match its neighbors. Where no atom of a molecule meets it, the query has no match. The
demands of all queries are numbered; those that one surrounding meets are a bit mask, worked
out once with RDKit's own comparison of atoms. What a surrounding does not tell, such as
ring membership, is left out of the demands. A molecule that is not ordinary is not screened.
"""

import functools
import re
from collections import Counter
from collections.abc import Sequence
from typing import Any

from rdkit import Chem

from molvae.chem.memo import Memo
from molvae.chem.molecule import Mol, quiet
from molvae.chem.surroundings import Kind, Link, Surrounding, Surroundings, surroundings

# What an atom's own text and bonds decide: element, case, isotope, charge, H, D, X, v, and R.
_ATOM_PART = re.compile(
    r"!?(?:#\d+|\d+\*?|R[abefghnu]?|R0|Z[nr]|[A-QS-Y][a-z]?\d*|v\d*|se|te|as|[abcnops]|[+-]+\d*|\*)"
)
_BOND_PART = re.compile(r"!?[-=#:~@]")
_SAMPLE_BONDS = {"-": "CC", "=": "C=C", "#": "C#C", "s": "C1CC1", "d": "C1=CC1", "t": "C1#CCCCCCC1"}
_SAMPLE_BONDS |= {"a": "c1ccccc1"}
_RING_BITS = 10
"""So many low bits stand for the sizes of rings."""

Leg = tuple[str, str]
"""SMARTS of a bond, and of the atom it leads to."""
Demand = tuple[str, tuple[tuple[Leg, int], ...]]
"""SMARTS of an atom, and how many of which legs it has."""


class Screen:
    """Tells which of `queries` may match a molecule; never leaves out one that does.

    `hydrogens` says that the queries, which may contain hydrogens as atoms, are going to be
    matched with the molecule's hydrogens added.
    """

    def __init__(self, queries: Sequence[Mol], *, hydrogens: bool = False) -> None:
        self._hydrogens = hydrogens
        self._demands: dict[Demand, int] = {}
        with quiet():
            needs = [self._need(query) for query in queries]
        self._all = list(range(len(needs)))
        self._by_rarest = _group(needs)
        self._rarest = sum(self._by_rarest)
        self._judge = _Judge(self._demands, hydrogens)
        self._met: Memo[Surrounding, int] = Memo()

    def candidates(self, mol: Mol, known: Surroundings | None = None) -> list[int]:
        """Indices of the queries whose every atom finds an atom of `mol` that suits it.

        All of them where `mol` is not ordinary. `known` spares working out the surroundings
        of `mol` again.
        """
        around = known or surroundings(mol)
        if not around.is_ordinary:
            return list(self._all)
        met = _all_bits_from(_ring_bit(mol))
        for one in around.of_atoms:
            bits = self._met.get(one)
            if bits is None:
                bits = self._judge.demands_met(one, around) << _RING_BITS
                self._met.add([(one, bits)])
            met |= bits
        return self._satisfied(met)

    def _satisfied(self, met: int) -> list[int]:
        """The queries all of whose needs are among the bits of `met`."""
        lacking = ~met
        groups = [self._by_rarest.get(0, [])]
        left = met & self._rarest
        while left:
            lowest = left & -left
            groups.append(self._by_rarest[lowest])
            left ^= lowest
        return sorted(index for group in groups for index, need in group if not need & lacking)

    def _need(self, query: Mol) -> int:
        need = 0
        merged = Chem.MergeQueryHs(query)
        Chem.FastFindRings(merged)
        for atom in merged.GetAtoms():
            name = _decidable(atom.GetSmarts(), _ATOM_PART)
            if not self._may_be_hydrogen(name):
                demand = (name, self._legs(atom))
                need |= 1 << (self._demands.setdefault(demand, len(self._demands)) + _RING_BITS)
        return need | _ring_bit(merged)

    def _legs(self, atom: Chem.Atom) -> tuple[tuple[Leg, int], ...]:
        legs: Counter[Leg] = Counter()
        for bond in atom.GetBonds():
            name = _decidable(bond.GetOtherAtom(atom).GetSmarts(), _ATOM_PART)
            if not self._may_be_hydrogen(name):
                legs[_bond_name(bond), name] += 1
        return tuple(sorted(legs.items()))

    def _may_be_hydrogen(self, name: str) -> bool:
        """Whether the molecule need not show the atom, as its hydrogens come later."""
        return self._hydrogens and _matches_hydrogen(name)


def _ring_bit(mol: Mol) -> int:
    """The bit of the size of the smallest ring of `mol`, 0 without one.

    A ring of a query becomes a ring of the molecule of the same size, which therefore has
    one at most as large among its smallest rings: larger sizes have higher bits.
    """
    smallest = min(map(len, mol.GetRingInfo().AtomRings()), default=_RING_BITS)
    return 1 << smallest if smallest < _RING_BITS else 0


def _all_bits_from(lowest: int) -> int:
    """`lowest` and all higher bits that stand for ring sizes; 0 for 0."""
    return (1 << _RING_BITS) - lowest if lowest else 0


def _group(needs: list[int]) -> dict[int, list[tuple[int, int]]]:
    """Each query and its needs, by that one of them which the fewest queries have; 0 for none."""
    frequency = Counter(bit for need in needs for bit in _bits(need))
    groups: dict[int, list[tuple[int, int]]] = {}
    for index, need in enumerate(needs):
        rarest = min(_bits(need), key=frequency.__getitem__, default=0)
        groups.setdefault(rarest, []).append((index, need))
    return groups


def _bits(mask: int) -> list[int]:
    """The powers of two that add up to `mask`."""
    return [1 << place for place in range(mask.bit_length()) if mask >> place & 1]


class _Judge:
    """Finds which demands a surrounding meets, by comparing its atoms with the queries'."""

    def __init__(self, demands: dict[Demand, int], hydrogens: bool) -> None:
        self._hydrogens = hydrogens
        legs = sorted({leg for _, own in demands for leg, _ in own})
        names = {name for name, _ in demands} | {name for _, name in legs}
        self._legs = {leg: bit for bit, leg in enumerate(legs)}
        self._queries = {name: _query_atom(name) for name in names}
        self._by_center: dict[str, list[tuple[int, int]]] = {name: [] for name in names}
        for (name, own), bit in demands.items():
            self._by_center[name].append((self._leg_bits(own), 1 << bit))
        self._matching: Memo[Kind, list[str]] = Memo()
        self._offers: Memo[Link, int] = Memo()

    def demands_met(self, one: Surrounding, around: Surroundings) -> int:
        """Bit mask of the demands that `one` meets, which occurs in `around`."""
        offered = self._offered([self._offer(link, around) for link in one[1:]])
        lacking = ~offered
        met = 0
        for name in self._match(one[0], around):
            for legs, bit in self._by_center[name]:
                if not legs & lacking:
                    met |= bit
        return met

    def _leg_bits(self, legs: tuple[tuple[Leg, int], ...]) -> int:
        """One bit for each leg; the bit of a second such leg stands one block further on."""
        return sum(1 << (self._legs[leg] + (count - 1) * len(self._legs)) for leg, count in legs)

    def _offered(self, offers: list[int]) -> int:
        """The leg bits that neighbors, which each offer some, have together."""
        at_least = [0] * len(offers)  # [k]: the legs that more than k neighbors offer
        for offer in offers:
            for k in range(len(offers) - 1, 0, -1):
                at_least[k] |= at_least[k - 1] & offer
            at_least[0] |= offer
        return sum(bits << (k * len(self._legs)) for k, bits in enumerate(at_least))

    def _offer(self, link: Link, around: Surroundings) -> int:
        known = self._offers.get(link)
        if known is not None:
            return known
        names = set(self._match(link[1:], around))
        offer = sum(
            1 << bit
            for (bond, name), bit in self._legs.items()
            if name in names and _bond_matches(bond, link[0])
        )
        self._offers.add([(link, offer)])
        return offer

    def _match(self, kind: Kind, around: Surroundings) -> list[str]:
        """Those of the query atoms that match atoms of `kind`, of which `around` has one."""
        known = self._matching.get(kind)
        if known is not None:
            return known
        mol = Chem.AddHs(around.mol) if self._hydrogens else around.mol
        atom = mol.GetAtomWithIdx(around.indices[around.kinds.index(kind)])
        matching = [name for name, query in self._queries.items() if query.Match(atom)]
        self._matching.add([(kind, matching)])
        return matching


def _bond_name(bond: Any) -> str:
    """SMARTS of what can be decided of a bond of a query; one in a ring is matched by such."""
    name = _decidable(bond.GetSmarts(), _BOND_PART) or "~"
    return f"{name};@" if bond.IsInRing() else name


def _decidable(smarts: str, part: re.Pattern[str]) -> str:
    """`smarts` of an atom or bond without the conditions that `part` does not describe.

    Only conditions that must all hold are dropped, so that the rest holds wherever all do.
    """
    if not smarts:
        return "-,:"  # what RDKit understands by a bond that is not written
    clauses = (_relax(clause, part) for clause in _split(_unbracketed(smarts), ";"))
    return ";".join(filter(None, clauses))


def _relax(clause: str, part: re.Pattern[str]) -> str:
    """The decidable part of alternatives; empty where one of them has none."""
    alternatives = []
    for alternative in _split(clause, ","):
        pieces = (_weaken(piece) for piece in _split(alternative, "&"))
        alternatives.append("&".join(piece for piece in pieces if part.fullmatch(piece)))
    return ",".join(alternatives) if all(alternatives) else ""


def _weaken(piece: str) -> str:
    """What `piece` asks at least: `#6` for `$([#6]=O)`, `R` for `R2` or `r6`."""
    if re.fullmatch(r"[Rrxk][1-9]\d*|r|x", piece):
        return "R"
    found = re.match(r"\$\(\[([^]&;,$]*)[]&;]|\$\(([A-Za-z])", piece)
    return (found[1] or found[2]) if found else piece


def _unbracketed(smarts: str) -> str:
    return smarts[1:-1] if smarts.startswith("[") else smarts


def _split(text: str, separator: str) -> list[str]:
    """`text` at each `separator` that is not in parentheses."""
    pieces, depth = [""], 0
    for letter in text:
        depth += (letter == "(") - (letter == ")")
        if letter == separator and depth == 0:
            pieces.append("")
        else:
            pieces[-1] += letter
    return pieces


def _query_atom(name: str) -> Any:
    return Chem.MolFromSmarts(f"[{name or '*'}]").GetAtomWithIdx(0)


@functools.cache
def _matches_hydrogen(name: str) -> bool:
    query = _query_atom(name)
    mols = (Chem.AddHs(Chem.MolFromSmiles(smiles)) for smiles in ("C", "[2H]C", "[H+]", "[H][H]"))
    hydrogens = (atom for mol in mols for atom in mol.GetAtoms() if atom.GetAtomicNum() == 1)
    return any(query.Match(atom) for atom in hydrogens)


@functools.cache
def _bond_matches(name: str, bond: str) -> bool:
    query: Any = Chem.MolFromSmarts(f"*{name}*").GetBondWithIdx(0)
    sample = Chem.MolFromSmiles(_SAMPLE_BONDS[bond]).GetBondWithIdx(0)
    return bool(query.Match(sample))
