"""The grammar of SMILES, read character by character to say where a string departs from it.

RDKit decides what is a molecule; this reader only explains. It follows the OpenSMILES
grammar with RDKit's extensions.
"""

import re
from dataclasses import dataclass, field

from rdkit import Chem

ATOM = re.compile(r"Cl|Br|[BCNOPSFI]|[bcnops]|\*")
BRACKET = re.compile(
    r"(?P<isotope>\d*)(?P<symbol>\*|#\d+|[A-Z][a-z]?|[a-z][a-z]?)"
    r"(?P<chirality>@(?:@|(?:TH|AL|SP|TB|OH)\d{0,2})?)?"
    r"(?P<hydrogens>H\d*)?(?P<charge>\+\+?\d*|--?\d*)?(?P<map>:\d+)?"
)
BOND = re.compile(r"->|<-|\\\\|[-=#$:/\\~]")
RING = re.compile(r"%\((\d{1,5})\)|%(\d\d)|(\d)")

ELEMENTS = frozenset(Chem.GetPeriodicTable().GetElementSymbol(z) for z in range(1, 119))
AROMATIC_ELEMENTS = frozenset({"b", "c", "n", "o", "p", "s", "as", "se", "te", "si"})


@dataclass(frozen=True)
class SyntaxProblem:
    """Where a string stops being SMILES: the reason, the character, the text concerned."""

    reason: str
    position: int
    fragment: str


@dataclass(frozen=True)
class AtomText:
    """An atom as it is written, and where."""

    position: int
    text: str


@dataclass
class SmilesReader:
    """Reads one SMILES from left to right, up to the first problem."""

    smiles: str
    atoms: list[AtomText] = field(default_factory=list)
    problem: SyntaxProblem | None = None
    place: int = 0
    """Next character to read."""
    _previous: int | None = None
    """Atom that the next one binds to."""
    _bond: AtomText | None = None
    """Bond symbol that awaits its atom."""
    _branches: list[tuple[int, int | None]] = field(default_factory=list)
    """Character and atom at which each open branch began."""
    _rings: dict[int, tuple[AtomText, int]] = field(default_factory=dict)
    """Text and atom at which each open ring number stands."""
    _bonded: set[frozenset[int]] = field(default_factory=set)

    def read(self) -> SyntaxProblem | None:
        """The first problem of the string; None where the grammar has no objection."""
        while self.problem is None and self.place < len(self.smiles):
            self._step()
        if self.problem is None:
            self._finish()
        return self.problem

    def _step(self) -> None:
        character = self.smiles[self.place]
        if character == "[":
            self._read_bracket()
        elif atom := ATOM.match(self.smiles, self.place):
            self._add_atom(atom[0])
        elif character == "(":
            self._open_branch()
        elif character == ")":
            self._close_branch()
        elif character == ".":
            self._read_dot()
        elif bond := BOND.match(self.smiles, self.place):
            self._read_bond(bond[0])
        elif ring := RING.match(self.smiles, self.place):
            self._read_ring(ring[0], int(next(filter(None, ring.groups()))))
        else:
            self._fail_at_unknown(character)

    def _fail(self, reason: str, fragment: str, position: int | None = None) -> None:
        place = self.place if position is None else position
        self.problem = SyntaxProblem(reason, place, fragment)

    def _add_atom(self, text: str) -> None:
        index = len(self.atoms)
        if self._previous is not None:
            self._bonded.add(frozenset((self._previous, index)))
        self.atoms.append(AtomText(self.place, text))
        self._previous, self._bond = index, None
        self.place += len(text)

    def _read_bracket(self) -> None:
        end = self.smiles.find("]", self.place)
        another = self.smiles.find("[", self.place + 1)
        if end < 0 or 0 <= another < end:
            self._fail(f"the bracket '[' at character {self.place} is not closed", "[")
            return
        text = self.smiles[self.place : end + 1]
        reason = bracket_problem(text[1:-1])
        if reason:
            self._fail(f"{text} at character {self.place} {reason}", text)
        else:
            self._add_atom(text)

    def _open_branch(self) -> None:
        if self._previous is None:
            self._fail(f"the branch at character {self.place} has no atom before it", "(")
        elif self._bond is not None:
            self._fail_after_bond("a branch")
        else:
            self._branches.append((self.place, self._previous))
            self.place += 1

    def _close_branch(self) -> None:
        if not self._branches:
            self._fail(f"the ')' at character {self.place} closes no '('", ")")
        elif self._bond is not None:
            self._fail_after_bond("')'")
        elif self.smiles[self.place - 1] == "(":
            self._fail(f"the branch at character {self.place - 1} is empty", "()", self.place - 1)
        else:
            _, self._previous = self._branches.pop()
            self.place += 1

    def _read_dot(self) -> None:
        if self._bond is not None:
            self._fail_after_bond("a dot")
        elif self._previous is None:
            self._fail(f"the dot at character {self.place} has no atom before it", ".")
        else:
            self._previous = None
            self.place += 1

    def _read_bond(self, text: str) -> None:
        if self._previous is None:
            self._fail(f"the bond {text!r} at character {self.place} has no atom before it", text)
        elif self._bond is not None:
            self._fail_after_bond(f"another bond, {text!r}")
        else:
            self._bond = AtomText(self.place, text)
            self.place += len(text)

    def _read_ring(self, text: str, number: int) -> None:
        here = self._previous
        if here is None:
            self._fail(f"ring number {text} at character {self.place} follows no atom", text)
            return
        opened = self._rings.pop(number, None)
        if opened is None:
            self._rings[number] = (AtomText(self.place, text), here)
        elif opened[1] == here:
            self._fail(f"ring number {text} closes on the atom where it opens", text)
        elif (pair := frozenset((opened[1], here))) in self._bonded:
            self._fail(f"ring number {text} joins two atoms that have a bond already", text)
        else:
            self._bonded.add(pair)
        self._bond = None
        self.place += len(text)

    def _fail_after_bond(self, found: str) -> None:
        bond = self._bond or AtomText(self.place, "")
        reason = f"the bond {bond.text!r} at character {bond.position} is followed by {found}"
        self._fail(f"{reason}, not by an atom", bond.text, bond.position)

    def _fail_at_unknown(self, character: str) -> None:
        place = self.place
        two = self.smiles[max(0, place - 1) : place + 1]
        if character == "%":
            self._fail(f"'%' at character {place} needs two digits after it", "%")
        elif character.isspace():
            self._fail(f"there is white space at character {place}", character)
        elif character == "]":
            self._fail(f"the ']' at character {place} closes no '['", "]")
        elif two in ELEMENTS and self.atoms and self.atoms[-1].position == place - 1:
            self._fail(f"{two} at character {place - 1} needs brackets: [{two}]", two, place - 1)
        elif (symbol := self.smiles[place : place + 2]) in ELEMENTS or character in ELEMENTS:
            symbol = symbol if symbol in ELEMENTS else character
            self._fail(f"{symbol} at character {place} needs brackets: [{symbol}]", symbol)
        else:
            self._fail(f"{character!r} at character {place} is not part of SMILES", character)

    def _finish(self) -> None:
        end = len(self.smiles)
        if self._branches:
            place = self._branches[-1][0]
            self._fail(f"the '(' at character {place} is not closed", "(", place)
        elif self._rings:
            opened, _ = min(self._rings.values(), key=lambda ring: ring[0].position)
            where = f"at character {opened.position}"
            self._fail(
                f"ring number {opened.text} {where} is left open", opened.text, opened.position
            )
        elif self._bond is not None:
            self._fail_after_bond("the end")
        elif self._previous is None and self.atoms:
            self._fail("the last dot has no atom after it", ".", end - 1)


def bracket_problem(content: str) -> str | None:
    """What is wrong with the text between the brackets of an atom; None if nothing is."""
    if not content:
        return "is empty"
    match = BRACKET.match(content)
    if match is None:
        return "names no element"
    symbol = match["symbol"]
    if symbol[0] not in "*#" and symbol not in ELEMENTS | AROMATIC_ELEMENTS:
        return f"names no element: {symbol!r} is none"
    rest = content[match.end() :]
    return f"has {rest!r}, which means nothing there" if rest else None
