"""What must be known of the beginning of a SMILES to say how it may go on.

Only atoms that can still get a bond are kept: the current one, those under open
branches, those with open ring numbers. Beginnings with the same future give, as far as
this can be told cheaply, equal states, so that what is worked out once serves for all.

Aromatic systems are followed exactly. RDKit demands a matching of double bonds on ring
bonds that covers each aromatic atom which needs one. A `Pattern` is one way to place the
double bonds so far, reduced to what matters later: which open atoms still lack theirs,
and which bonds, not yet known to be in a ring, were used. Likewise each aromatic atom
has to lie in a ring. What is owed to rings lies along the path from the first atom of
the component to the current one; a ring closed between the current atom and an atom on
(or beside) that path pays for all below it. `debts` counts what is owed, from the first
atom on; ring numbers and branches know how much of it lies above them (their level).
"""

from enum import IntEnum
from typing import NamedTuple


class Phase(IntEnum):
    """What stands before the next token."""

    START = 0
    """Nothing, or a dot."""
    ATOM = 1
    """An atom, with its ring numbers and branches."""
    BOND = 2
    BRANCH = 3
    """An opening parenthesis."""
    BRANCH_BOND = 4
    END = 5


class Link(IntEnum):
    """A bond as it is written."""

    NONE = 0
    SINGLE = 1
    DOUBLE = 2
    TRIPLE = 3
    AROMATIC = 4
    WILD = 5
    """Quadruple, any, dative: not followed."""
    LESS = 6
    """The first half of `<-`."""
    DASH = 7
    """A single bond that may become `->`."""


class Pattern(NamedTuple):
    """Double bonds placed so far: bits of open atoms that lack theirs, and of debts."""

    lacking: int
    owed: int


class Branch(NamedTuple):
    """An open branch: its atom, the debts down to that atom, whether the atom owes itself."""

    atom: int
    level: int
    owes: bool


class Ring(NamedTuple):
    """An open ring number: its atom, its bond, the debts above the atom."""

    number: int
    atom: int
    link: int
    level: int


class State(NamedTuple):
    """The beginning of a SMILES; atoms are indices into `classes`."""

    phase: int
    link: int
    classes: tuple[int, ...]
    current: int
    """The atom the next one binds to; -1 for none."""
    branches: tuple[Branch, ...]
    rings: tuple[Ring, ...]
    """Sorted by number."""
    bonded: tuple[tuple[int, int], ...]
    """Pairs of open atoms with a bond that a ring number could repeat."""
    debts: int
    owes: bool
    """Whether the last debt is the current atom's own."""
    hard: int
    """Bits of the debts that every pattern has."""
    patterns: tuple[Pattern, ...]
    """Empty where aromatic systems are not followed (dummy atoms, unusual bonds)."""


FIRST = State(Phase.START, Link.NONE, (), -1, (), (), (), 0, False, 0, (Pattern(0, 0),))
