"""SMILES as the tokens of a `CharTokenizer` write it: atoms come in parts."""

import re
from collections.abc import Sequence
from typing import NamedTuple

from molvae.generation.constraint.atoms import atom_classes
from molvae.generation.constraint.grammars import (
    growing,
    is_plain,
    is_unfinished,
    least_tokens,
    spare_tokens,
)
from molvae.generation.constraint.lexemes import END, UNUSUAL_BONDS, Kind, lexeme
from molvae.generation.constraint.moves import expects, move
from molvae.generation.constraint.state import FIRST, Phase, State
from molvae.tokenizers.vocabulary import EOS, SPECIAL_TOKENS

_PLAIN_ATOMS = ("B", "C", "N", "O", "P", "S", "F", "I", *"bcnops*", "Cl", "Br")
_TWO_LETTERS = {"C": "l", "B": "r"}
_BRACKET = re.compile(
    r"\[[0-9]*(?:(?:\*|#[0-9]*|[A-Z][a-z]?|[a-z][a-z]?)"
    r"(?:@(?:@|[A-Z]{0,2}[0-9]{0,2})?)?(?:H[0-9]?)?"
    r"(?:\+\+?[0-9]{0,2}|--?[0-9]{0,2})?(?::[0-9]*)?)?"
)
"""How the text of a bracket atom may begin."""
_RING = re.compile(r"%[1-9]?|%\([0-9]{0,5}")
"""How a ring number of several characters may begin."""


class CharState(NamedTuple):
    """What is written so far, and the beginning of the next atom or ring number."""

    state: State
    text: str = ""
    """`C` and `B` wait for what follows: they may become `Cl` and `Br`."""


class CharGrammar:
    """Each character has a column of its own."""

    first = CharState(FIRST)

    def __init__(self, tokens: Sequence[str]) -> None:
        self._characters = ["", *tokens[len(SPECIAL_TOKENS) :]]
        known = set(self._characters)
        self._atoms = atom_classes(text for text in _PLAIN_ATOMS if set(text) <= known)
        self._atoms.unusual_bonds = not UNUSUAL_BONDS.isdisjoint(known)
        self._two = {one: two for one, two in _TWO_LETTERS.items() if {one, two} <= known}
        self.end_column = 0
        self.columns = len(self._characters) + 1
        never = self.columns - 1
        specials = [self.end_column if id_ == EOS else never for id_ in range(len(SPECIAL_TOKENS))]
        self.column_of = [*specials, *range(1, never)]
        places = {character: column for column, character in enumerate(self._characters)}
        meanings = {lexeme(text, self._atoms): text for text in _PLAIN_ATOMS if text in known}
        self._growing = [places[meanings[m]] for m in growing(self._atoms, list(meanings))]
        others = [column for column in range(self.columns) if column not in self._growing]
        self.likely = [*self._growing, *others]
        self._closing = [self.end_column, *(places[c] for c in "=)]" if c in places)]
        self._digits = [places[c] for c in "0123456789%()" if c in places]

    def step(self, state: CharState, column: int) -> CharState | None:
        """The state after a character; None where RDKit would reject whatever follows."""
        if column == self.end_column:
            written = self._written(state)
            ended = written and move(written, END, self._atoms)
            return CharState(ended) if ended else None
        if column >= len(self._characters):
            return None
        return self._read(state, self._characters[column])

    def _read(self, state: CharState, character: str) -> CharState | None:
        text = state.text + character
        if state.text in self._two:
            if character == self._two[state.text]:
                return self._finished(state.state, text)
            written = self._written(state)
            return self._read(CharState(written), character) if written else None
        if text.startswith("["):
            return self._read_bracket(state.state, text)
        if text.startswith("%"):
            return self._read_ring(state.state, text)
        if text in self._two:
            options = (self._finished(state.state, t) for t in (text, text + self._two[text]))
            return CharState(state.state, text) if any(options) else None
        return self._finished(state.state, text)

    def _read_bracket(self, state: State, text: str) -> CharState | None:
        if text.endswith("]"):
            if text not in self._atoms.first:
                self._atoms.add([text])
            return self._finished(state, text)
        is_possible = expects(state, Kind.ATOM, self._atoms) and _BRACKET.fullmatch(text)
        return CharState(state, text) if is_possible else None

    def _read_ring(self, state: State, text: str) -> CharState | None:
        if _RING.fullmatch(text):
            return CharState(state, text) if expects(state, Kind.RING, self._atoms) else None
        return self._finished(state, text)

    def _finished(self, state: State, text: str) -> CharState | None:
        following = move(state, lexeme(text, self._atoms), self._atoms)
        return CharState(following) if following else None

    def _written(self, state: CharState) -> State | None:
        """`state` without an atom that waits; None where something is half written."""
        if not state.text:
            return state.state
        if state.text not in self._two:
            return None
        return move(state.state, lexeme(state.text, self._atoms), self._atoms)

    def is_open(self, state: CharState) -> bool:
        """Whether something has to follow; bracket atoms are trusted to become one."""
        return not state.text and is_unfinished(state.state)

    def endings(self, state: CharState) -> Sequence[int]:
        """Columns with which a shortest ending nearly always begins."""
        atoms = self._growing[:1] if is_plain(state.state, self._atoms) else self._growing
        return [*self._closing, *self._digits, *atoms]

    def is_plain(self, state: CharState) -> bool:
        """Whether `endings` are all that have to be looked at."""
        return not state.text and is_plain(state.state, self._atoms)

    def least(self, state: CharState) -> int:
        """Characters without which `state` cannot end."""
        least = least_tokens(state.state)
        if state.text.startswith("[") and state.state.phase == Phase.ATOM:
            return least + 1
        is_atom = state.text in self._two and state.state.phase != Phase.ATOM
        return least - is_atom

    def enough(self, state: CharState) -> int:
        """A number of characters that nearly always suffices to end."""
        long_numbers = sum(ring.number > 9 for ring in state.state.rings)
        return self.least(state) + 3 + spare_tokens(state.state, self._atoms) + 2 * long_numbers
