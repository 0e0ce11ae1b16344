"""The mask on tokens that keeps a model from writing what is no molecule."""

from typing import Any, cast

import numpy as np
import torch
from torch import Tensor

from molvae.generation.constraint.automaton import END, MAX_STATES, Automaton, Grammar, Ids
from molvae.generation.constraint.characters import CharGrammar
from molvae.generation.constraint.grammars import AtomGrammar
from molvae.tokenizers import Tokenizer

Flags = np.ndarray[Any, np.dtype[np.bool_]]


class SmilesConstraint:
    """Which tokens may follow in a SMILES; keeps what it learns from one batch to the next.

    The automaton lives on the CPU: with a model elsewhere token ids are copied each step.
    """

    def __init__(self, grammar: AtomGrammar | CharGrammar) -> None:
        self._grammar = grammar
        self._column_of = np.array(grammar.column_of, dtype=np.int32)
        self._automaton: Automaton[Any] = Automaton(cast(Grammar[Any], grammar))

    def start(self, count: int, max_tokens: int) -> "SmilesRows":
        """`count` empty beginnings, each to end within `max_tokens`, the end token included."""
        if len(self._automaton) > MAX_STATES:
            self._automaton = Automaton(cast(Grammar[Any], self._grammar))
        rows = np.full(count, self._automaton.first, dtype=np.int32)
        return SmilesRows(self._automaton, self._column_of, rows, max_tokens)


class SmilesRows:
    """The beginnings of a batch, one state each.

    A row whose model finds no token possible goes on without a constraint.
    """

    def __init__(
        self, automaton: Automaton[Any], column_of: Ids, rows: Ids, max_tokens: int
    ) -> None:
        self._automaton, self._column_of = automaton, column_of
        self._rows, self._left = rows, max_tokens

    def legal(self, tokens: Tensor, rows: Tensor | None = None) -> Tensor:
        """Whether a molecule can begin with each of `tokens` written next, (B,) bool.

        With `rows`, `tokens` belong to these alone. Always for rows that have ended.
        """
        states = self._rows if rows is None else self._rows[rows.cpu().numpy()]
        following = self._automaton.after(states, self._columns(tokens))
        legal = self._may_be(following) | (states <= END)
        return torch.from_numpy(legal).to(tokens.device)

    def allowed(self, device: torch.device) -> Tensor:
        """`legal` for all tokens of the vocabulary at once, (B, V) bool."""
        states, where = np.unique(self._rows, return_inverse=True)
        columns = np.arange(self._automaton.grammar.columns, dtype=np.int32)
        following = self._automaton.after(
            np.repeat(states, len(columns)), np.tile(columns, len(states))
        )
        legal = self._may_be(following).reshape(len(states), -1)
        legal[states <= END] = True
        return torch.from_numpy(legal[where][:, self._column_of]).to(device)

    def advance(self, tokens: Tensor) -> None:
        """Write one of `tokens` (B,) on each row."""
        self._rows = self._automaton.after(self._rows, self._columns(tokens))
        self._left -= 1

    def select(self, rows: Tensor) -> "SmilesRows":
        """The beginnings of some rows, in a new object."""
        chosen = self._rows[rows.cpu().numpy()]
        return SmilesRows(self._automaton, self._column_of, chosen, self._left)

    def _columns(self, tokens: Tensor) -> Ids:
        columns: Ids = self._column_of[tokens.cpu().numpy()]
        return columns

    def _may_be(self, following: Ids) -> Flags:
        possible: Flags = self._automaton.can_end(following, self._left - 1)
        return possible


def constraint_for(tokenizer: Tokenizer) -> SmilesConstraint | None:
    """The constraint of what `tokenizer` writes; None for SELFIES, which need none."""
    if tokenizer.kind == "atom":
        return SmilesConstraint(AtomGrammar(tokenizer.vocabulary.tokens))
    if tokenizer.kind == "char":
        return SmilesConstraint(CharGrammar(tokenizer.vocabulary.tokens))
    return None
