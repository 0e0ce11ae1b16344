"""A state being changed: atoms come, get bonds, and go out of reach."""

from molvae.chem.bonding import Bond
from molvae.generation.constraint.atom_graph import WILD, Label
from molvae.generation.constraint.atoms import AtomClasses
from molvae.generation.constraint.state import Branch, Link, Pattern, Ring, State

BONDS = {
    Link.SINGLE: Bond.SINGLE,
    Link.DASH: Bond.SINGLE,
    Link.DOUBLE: Bond.DOUBLE,
    Link.TRIPLE: Bond.TRIPLE,
    Link.AROMATIC: Bond.AROMATIC,
}


class DeadEndError(Exception):
    """No molecule begins like this."""


class Draft:
    """A `State` that can be edited; methods raise `DeadEndError` where RDKit would object."""

    def __init__(self, state: State, atoms: AtomClasses) -> None:
        self.atoms = atoms
        self.phase, self.link = state.phase, state.link
        self.classes = list(state.classes)
        self.current = state.current
        self.branches, self.rings = list(state.branches), list(state.rings)
        self.bonded = set(state.bonded)
        self.debts, self.owes, self.hard = state.debts, state.owes, state.hard
        self.patterns: list[Pattern] = list(state.patterns)
        self._touched: list[int] = []
        self._left = -1

    def label(self, atom: int) -> Label:
        """What `atom` is to its neighbors."""
        return self.atoms.labels[self.classes[atom]]

    def binds(self, atom: int) -> bool:
        """Whether `atom` can have a further bond."""
        return self.atoms.unusual_bonds or self.atoms.binds[self.classes[atom]]

    def grows(self, atom: int, lacking: int) -> int:
        """Bonds, up to two, that `atom` can have to atoms which may have others.

        `lacking` are the bits of the atoms without their double bond.
        """
        group, atoms = self.classes[atom], self.atoms
        if atoms.unusual_bonds:
            return 2
        unmatched = lacking >> atom & 1 or not atoms.matched[0][group]
        return atoms.grows[unmatched][group]

    def is_reachable(self, atom: int) -> bool:
        """Whether a new bond to `atom` can be written, now or after a branch."""
        return atom == self.current or atom in [branch.atom for branch in self.branches]

    def has_ring(self, atom: int) -> bool:
        """Whether a ring number of `atom` is open."""
        return atom in [ring.atom for ring in self.rings]

    def keep(self, patterns: list[Pattern]) -> None:
        """Go on with `patterns` alone."""
        if not patterns:
            raise DeadEndError
        self.patterns = patterns

    def give_up_aromatics(self) -> None:
        """Follow aromatic systems no longer: something unusual makes them unknown."""
        self.patterns, self.hard, self.debts, self.owes = [], 0, 0, False
        self.branches = [Branch(branch.atom, 0, False) for branch in self.branches]
        self.rings = [ring._replace(level=0) for ring in self.rings]

    def change(self, atom: int, symbol: int) -> None:
        """Let `atom` have a bond; `update` has to follow."""
        group = self.classes[atom]
        after = self.atoms.after[group][symbol]
        if after < 0:
            raise DeadEndError
        self.classes[atom] = after
        if self.atoms.matched[0][group]:
            self._touched.append(atom)

    def make_wild(self, atom: int) -> None:
        """Let `atom` have any bond from now on."""
        self.classes[atom] = WILD

    def leave(self, atom: int) -> None:
        """`atom` is no longer current; `update` has to follow."""
        self._left = atom

    def update(self) -> None:
        """Drop the patterns in which the atoms changed cannot come right."""
        if self.patterns:
            for atom in self._touched:
                self._review(atom, frozen=False)
                if not self.atoms.matched[0][self.classes[atom]]:
                    self._forget_bit(atom)
        if self._left >= 0 and not self.is_reachable(self._left):
            self._let_go(self._left)

    def _let_go(self, atom: int) -> None:
        """`atom` is out of reach, but for its ring numbers if it has any open."""
        group, atoms = self.classes[atom], self.atoms
        followed = bool(self.patterns) and atoms.matched[0][group]
        if self.has_ring(atom):
            if not (atoms.matched[1][group] or atoms.unmatched[1][group]):
                raise DeadEndError
            if followed:
                self._review(atom, frozen=True)
            return
        if not atoms.complete[group]:
            raise DeadEndError
        if followed:
            allowed = (atoms.double[group], atoms.single[group])
            self.keep([p for p in self.patterns if allowed[p.lacking >> atom & 1]])
            self._forget_bit(atom)

    def _review(self, atom: int, *, frozen: bool) -> None:
        """Drop the patterns in which the double bonds at `atom` cannot come right."""
        group, atoms = self.classes[atom], self.atoms
        possible = (atoms.matched[frozen][group], atoms.unmatched[frozen][group])
        if not all(possible):
            self.keep([p for p in self.patterns if possible[p.lacking >> atom & 1]])

    def _forget_bit(self, atom: int) -> None:
        mask = ~(1 << atom)
        self.patterns = [Pattern(p.lacking & mask, p.owed) for p in self.patterns]

    def settle(self, first: int, last: int) -> None:
        """The debts from `first` up to `last` are paid: those bonds lie in a ring."""
        self._remove_debts(first, last)

    def default(self, first: int) -> None:
        """The debts from `first` on are never paid: those bonds lie in no ring."""
        if self.hard >> first:
            raise DeadEndError
        if self.patterns:
            self.keep([p for p in self.patterns if not p.owed >> first])
        self.debts = first

    def _remove_debts(self, first: int, last: int) -> None:
        if last <= first:
            return
        below = (1 << first) - 1

        def without(bits: int) -> int:
            return bits & below | bits >> last << first

        self.hard = without(self.hard)
        self.patterns = [Pattern(p.lacking, without(p.owed)) for p in self.patterns]
        self.debts -= last - first

    def lower_levels(self, level: int) -> None:
        """Nothing is owed below `level` any more: what stood there stands at `level`."""
        self.branches = [
            Branch(b.atom, min(b.level, level), b.owes and b.level <= level) for b in self.branches
        ]
        self.rings = [Ring(r.number, r.atom, r.link, min(r.level, level)) for r in self.rings]
