"""What the tokens of a vocabulary are in the grammar of SMILES."""

import re
from enum import IntEnum
from typing import NamedTuple

from molvae.generation.constraint.atoms import AtomClasses
from molvae.generation.constraint.state import Link


class Kind(IntEnum):
    """The part a token plays."""

    NEVER = 0
    ATOM = 1
    BOND = 2
    OPEN = 3
    CLOSE = 4
    RING = 5
    DOT = 6
    END = 7


class Lexeme(NamedTuple):
    """A token as the grammar sees it; `value` is a class of atoms, a link or a ring number."""

    kind: Kind
    value: int = 0


END = Lexeme(Kind.END)
NEVER = Lexeme(Kind.NEVER)
_LINKS = {
    "-": Link.DASH,
    "/": Link.SINGLE,
    "\\": Link.SINGLE,
    "=": Link.DOUBLE,
    "#": Link.TRIPLE,
    ":": Link.AROMATIC,
    "$": Link.WILD,
    "~": Link.WILD,
    ">": Link.WILD,
    "<": Link.LESS,
}
_MARKS = {"(": Kind.OPEN, ")": Kind.CLOSE, ".": Kind.DOT}
_RING = re.compile(r"%\(([0-9]{1,5})\)|%([1-9][0-9])|([0-9])")


UNUSUAL_BONDS = frozenset("$~<>")


def lexeme(text: str, atoms: AtomClasses) -> Lexeme:
    """What the atom-level token `text` is."""
    if text in _MARKS:
        return Lexeme(_MARKS[text])
    if text in _LINKS:
        return Lexeme(Kind.BOND, _LINKS[text])
    if match := _RING.fullmatch(text):
        return Lexeme(Kind.RING, int(next(filter(None, match.groups()))))
    if text in atoms.first:
        return Lexeme(Kind.ATOM, atoms.first[text])
    return NEVER
