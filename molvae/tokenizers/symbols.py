"""What each SELFIES symbol means: an atom and its valence, a branch, a ring.

Valences are fixed here, so that a saved model writes the same molecules whatever version or
constraints of the selfies library are in force. They are the defaults of selfies 2.2 where it
has a rule and the largest that RDKit accepts where it has none: the library then allows
eight bonds, which for silicon or a chloride gives strings that are not molecules.
"""

import re
from functools import lru_cache
from typing import Final, NamedTuple

from selfies.constants import ELEMENTS, INDEX_CODE, ORGANIC_SUBSET

from molvae.errors import TokenizationError
from molvae.tokenizers.vocabulary import SPECIAL_TOKENS

ATOM, BRANCH, RING, END, DOT, SKIP = range(6)

UNLIMITED: Final = 8
"""Bonds allowed to atoms that RDKit does not limit, such as metals."""

INDEX_BASE: Final = len(INDEX_CODE)
"""Symbols after a branch or a ring are digits of a number to this base."""

_LOWEST_CHARGE: Final = -3
_VALENCES: Final = {  # at charges -3 to +4
    "H": "28210888",
    "He": "32801888",
    "Be": "34328018",
    "B": "23432801",
    "C": "12343280",
    "N": "01234328",
    "O": "80123432",
    "F": "88012343",
    "Ne": "38801234",
    "Al": "65438801",
    "Si": "16543880",
    "P": "23654388",
    "S": "34565438",
    "Cl": "88016543",
    "Ar": "88801654",
    "Ga": "65438888",
    "Ge": "16543888",
    "As": "23654388",
    "Se": "34565438",
    "Br": "88016543",
    "Kr": "88801654",
    "In": "65438888",
    "Sn": "56543888",
    "Sb": "65654388",
    "Te": "16565438",
    "I": "81616543",
    "Xe": "88165654",
    "Cs": "88816565",
    "Pb": "56548888",
    "Bi": "05654888",
    "Po": "10565488",
    "At": "81056548",
    "Rn": "88105654",
    "Fr": "88810565",
}

_BOND_ORDERS: Final = {"": 1, "/": 1, "\\": 1, "=": 2, "#": 3}
_ATOM = re.compile(r"\[([=#/\\]?)(\d*)([A-Z][a-z]?)(@{0,2})((?:H\d)?)((?:[+-][1-9]+)?)\]", re.ASCII)
_BRANCH = re.compile(r"\[([=#]?)Branch([123])\]")
_RING = re.compile(r"\[(?:([=#]?)|([-/\\])([-/\\]))Ring([123])\]")


class Symbol(NamedTuple):
    """What one SELFIES symbol asks for."""

    kind: int
    order: int = 0
    """Order of the bond to the atom, branch or ring partner."""
    smiles: str = ""
    """The atom as written in SMILES."""
    capacity: int = 0
    """Bonds the atom can make beside those to its hydrogens."""
    index_length: int = 0
    """How many of the next symbols say how long a branch or a ring is."""
    marks: tuple[str, str] = ("", "")
    """Direction marks of a single bond (its second end only for rings)."""
    digit: int = 0
    """The digit this symbol stands for after a branch or a ring symbol."""
    element: str = ""
    """Element and charge of an atom, such as `N+1`."""
    valence: int = 0
    """Bonds of such an atom, hydrogens included."""


@lru_cache(maxsize=65_536)
def parse_symbol(token: str) -> Symbol:
    """What `token` asks for; raises `TokenizationError` when it is no SELFIES symbol."""
    digit = INDEX_CODE.get(token, 0)
    if token == "[nop]" or token in SPECIAL_TOKENS:
        return Symbol(SKIP)
    if token == ".":
        return Symbol(DOT)
    if token == "[epsilon]":
        return Symbol(END)
    if match := _BRANCH.fullmatch(token):
        return Symbol(BRANCH, _BOND_ORDERS[match[1]], index_length=int(match[2]), digit=digit)
    if match := _RING.fullmatch(token):
        marks = (_mark(match[2]), _mark(match[3]))
        order = _BOND_ORDERS[match[1] or ""]
        if match[2] != "-" or match[3] != "-":
            return Symbol(RING, order, index_length=int(match[4]), marks=marks, digit=digit)
    if match := _ATOM.fullmatch(token):
        return _atom_symbol(token, match, digit)
    raise TokenizationError(f"{token!r} is not a SELFIES symbol")


def _atom_symbol(token: str, match: re.Match[str], digit: int) -> Symbol:
    bond, _, element, _, hydrogens, charge = match.groups()
    atom = token[1 + len(bond) : -1]
    if element not in ELEMENTS:
        raise TokenizationError(f"{token!r} is not a SELFIES symbol: no element {element!r}")
    valence = _valence(element, int(charge or 0))
    capacity = valence - int(hydrogens[1:] or 0)
    if capacity < 0:
        raise TokenizationError(f"{token!r} has more hydrogens than {element} can hold")
    return Symbol(
        ATOM,
        _BOND_ORDERS[bond],
        atom if atom in ORGANIC_SUBSET else _bracket_atom(match),
        capacity,
        marks=(_mark(bond), ""),
        digit=digit,
        element=f"{element}{charge}",
        valence=valence,
    )


def _bracket_atom(match: re.Match[str]) -> str:
    _, isotope, element, chirality, hydrogens, charge = match.groups()
    number = str(int(isotope)) if isotope else ""
    bare = not (isotope or chirality or charge)
    if hydrogens == "H0" and not (bare and element in ORGANIC_SUBSET):
        hydrogens = ""
    return f"[{number}{element}{chirality}{hydrogens}{charge}]"


def _mark(bond: str | None) -> str:
    return bond if bond in ("/", "\\") else ""


def _valence(element: str, charge: int) -> int:
    valences = _VALENCES.get(element)
    if valences is None:
        return UNLIMITED
    position = charge - _LOWEST_CHARGE
    return int(valences[position]) if 0 <= position < len(valences) else 0
