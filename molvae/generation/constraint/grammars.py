"""SMILES as the tokens of an `AtomTokenizer` write it."""

from collections.abc import Sequence

from molvae.generation.constraint.atoms import AtomClasses, atom_classes
from molvae.generation.constraint.lexemes import END, NEVER, UNUSUAL_BONDS, Kind, Lexeme, lexeme
from molvae.generation.constraint.moves import move
from molvae.generation.constraint.state import FIRST, Link, Phase, State
from molvae.tokenizers.vocabulary import EOS, SPECIAL_TOKENS


def least_tokens(state: State) -> int:
    """Tokens without which `state` cannot end: atoms, ring numbers, parentheses, the end."""
    closes = state.phase == Phase.BOND and len(state.rings) > 0
    atom_missing = not closes and state.phase not in (Phase.ATOM, Phase.END)
    return 1 + atom_missing + len(state.branches) + len(state.rings)


def spare_tokens(state: State, atoms: AtomClasses) -> int:
    """How many more than the least nearly always suffice to end, as experience has it."""
    rings = [ring.atom for ring in state.rings]
    if is_plain(state, atoms):
        # one more atom closes all ring numbers, or two where the current one has some of them
        spare = 1 + (state.current in rings) + len(rings) // 3 if rings else 0
        spare += len(rings) - len(set(rings)) + any(ring.link for ring in state.rings)
        return spare + (state.phase != Phase.ATOM)
    spare = 2 + (len(rings) > 1) + len(rings) - len(set(rings)) + state.debts
    spare += 2 * sum([branch.owes for branch in state.branches])
    spare += 4 * (state.debts > 0 and not rings)  # a ring has to be opened yet
    return spare + 6 * sum([not atoms.settled[group] for group in state.classes])


def is_unfinished(state: State) -> bool:
    """Whether `state` is inside a bond or a branch, where something has to follow."""
    return state.phase in (Phase.BOND, Phase.BRANCH, Phase.BRANCH_BOND)


def is_plain(state: State, atoms: AtomClasses) -> bool:
    """Whether carbon, double bonds and what closes rings and branches make a shortest ending."""
    if state.debts or not state.patterns:
        return False
    matched, closable = atoms.matched[0], atoms.unmatched[1]
    return all(closable[group] and not matched[group] for group in state.classes)


def growing(atoms: AtomClasses, meanings: Sequence[Lexeme]) -> list[Lexeme]:
    """The aromatic atoms among `meanings`, and the one other that takes the most bonds."""
    found = sorted(
        (meaning for meaning in dict.fromkeys(meanings) if meaning.kind == Kind.ATOM),
        key=lambda meaning: sum(after >= 0 for after in atoms.after[meaning.value]),
        reverse=True,
    )
    aromatic = [meaning for meaning in found if atoms.labels[meaning.value].aromatic]
    return [*[meaning for meaning in found if meaning not in aromatic][:1], *aromatic]


class AtomGrammar:
    """Tokens that mean the same to the grammar share a column."""

    first = FIRST

    def __init__(self, tokens: Sequence[str]) -> None:
        texts = tokens[len(SPECIAL_TOKENS) :]
        self._atoms = atom_classes(texts)
        self._atoms.unusual_bonds = not UNUSUAL_BONDS.isdisjoint(texts)
        meanings = [lexeme(text, self._atoms) for text in texts]
        self._lexemes = list(dict.fromkeys([NEVER, END, *meanings]))
        self._places = {meaning: column for column, meaning in enumerate(self._lexemes)}
        self.end_column = self._places[END]
        self.columns = len(self._lexemes)
        specials = [self.end_column if id_ == EOS else 0 for id_ in range(len(SPECIAL_TOKENS))]
        self.column_of = [*specials, *(self._places[meaning] for meaning in meanings)]
        self._growing = [self._places[each] for each in growing(self._atoms, meanings)]
        others = [column for column in range(self.columns) if column not in self._growing]
        self.likely = [*self._growing, *others]

    def step(self, state: State, column: int) -> State | None:
        """The state after a token; None where RDKit would reject whatever follows."""
        return move(state, self._lexemes[column], self._atoms)

    def is_open(self, state: State) -> bool:
        """See `is_unfinished`."""
        return is_unfinished(state)

    def endings(self, state: State) -> Sequence[int]:
        """Columns with which a shortest ending nearly always begins."""
        rings = [Lexeme(Kind.RING, ring.number) for ring in state.rings]
        closing = [END, Lexeme(Kind.CLOSE), Lexeme(Kind.BOND, Link.DOUBLE), *rings]
        atoms = self._growing[:1] if is_plain(state, self._atoms) else self._growing
        return [*(self._places[each] for each in closing if each in self._places), *atoms]

    def is_plain(self, state: State) -> bool:
        """Whether `endings` are all that have to be looked at."""
        return is_plain(state, self._atoms)

    def least(self, state: State) -> int:
        """See `least_tokens`."""
        return least_tokens(state)

    def enough(self, state: State) -> int:
        """A number of tokens that nearly always suffices to end."""
        return least_tokens(state) + spare_tokens(state, self._atoms)
