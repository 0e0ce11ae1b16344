"""A grammar worked out as it is needed: states and their successors, kept in tables.

A state is looked at once, in Python; from then on a step of a whole batch is one look-up
in an array. Molecules that a model writes meet the same states again and again.
"""

import heapq
from collections.abc import Callable, Sequence
from typing import Any, Generic, Protocol, TypeVar

import numpy as np

S = TypeVar("S")
DEAD, END = 0, 1
"""Two states that are always there: no molecule, and a finished one."""
_UNKNOWN = -1
_NEVER = 1_000_000
_GROWTH = 4_096
"""States by which the tables grow."""
MAX_STATES = 200_000
_SEARCHED = 100
"""States looked at before a search for an ending gives up, and the answer is yes."""

Ids = np.ndarray[Any, np.dtype[np.int32]]


class Grammar(Protocol[S]):
    """What an `Automaton` follows; tokens of equal meaning share a column."""

    first: S
    columns: int
    end_column: int
    likely: Sequence[int]
    """All columns, those first that are possible most often."""

    def step(self, state: S, column: int) -> S | None:
        """The state after a token; None where nothing valid begins like this."""

    def is_open(self, state: S) -> bool:
        """Whether it has to be tried if any token can follow `state`."""

    def endings(self, state: S) -> Sequence[int]:
        """Columns with which a shortest ending of `state` nearly always begins."""

    def is_plain(self, state: S) -> bool:
        """Whether no other column has to be looked at for a shortest ending."""

    def least(self, state: S) -> int:
        """A number of tokens without which `state` cannot end, the end token included."""

    def enough(self, state: S) -> int:
        """A number of tokens that nearly always suffices to end, the end token included."""


class Automaton(Generic[S]):
    """The states of `grammar` met so far, by number."""

    def __init__(self, grammar: Grammar[S]) -> None:
        self.grammar = grammar
        self._states: list[S | None] = [None, None]
        self._ids: dict[S, int] = {}
        self._after = np.full((_GROWTH, grammar.columns), _UNKNOWN, dtype=np.int32)
        self._after[:2] = DEAD
        self._enough = np.zeros(_GROWTH, dtype=np.int32)
        self._enough[DEAD] = _NEVER
        self._ends: dict[int, int] = {}
        self._no_ends: dict[int, int] = {}
        self.first = self._number(grammar.first)

    def __len__(self) -> int:
        return len(self._states)

    def after(self, states: Ids, columns: Ids) -> Ids:
        """The states after a token each; DEAD where nothing valid begins like this."""
        found = self._after[states, columns]
        for row in np.flatnonzero(found == _UNKNOWN):
            found[row] = self.successor(int(states[row]), int(columns[row]))
        return found

    def successor(self, state: int, column: int) -> int:
        """`after` for one state."""
        found = int(self._after[state, column])
        if found == _UNKNOWN:
            found = self._work_out(state, column)
            self._after[state, column] = found
        return found

    def _work_out(self, state: int, column: int) -> int:
        known = self._states[state]
        if known is None:
            return DEAD
        following = self.grammar.step(known, column)
        if following is None:
            return DEAD
        if column == self.grammar.end_column:
            return END
        number = self._number(following)
        if self.grammar.is_open(following) and not self._goes_on(number):
            return DEAD
        return number

    def _goes_on(self, state: int) -> bool:
        return any(self.successor(state, column) != DEAD for column in self.grammar.likely)

    def _number(self, state: S) -> int:
        number = self._ids.get(state)
        if number is None:
            number = self._ids[state] = len(self._states)
            self._states.append(state)
            if number >= len(self._enough):
                self._grow()
            self._enough[number] = self.grammar.enough(state)
        return number

    def _grow(self) -> None:
        more = np.full((len(self._enough), self.grammar.columns), _UNKNOWN, dtype=np.int32)
        self._after = np.concatenate([self._after, more])
        self._enough = np.concatenate([self._enough, np.zeros_like(self._enough)])

    def can_end(self, states: Ids, tokens: int) -> np.ndarray[Any, np.dtype[np.bool_]]:
        """Whether each state can end within `tokens`, the end token included."""
        ends: np.ndarray[Any, np.dtype[np.bool_]] = self._enough[states] <= tokens
        for row in np.flatnonzero(~ends):
            state = int(states[row])
            if state != DEAD:
                ends[row] = self._known_end(state) <= tokens or self._can_end(state, tokens)
        return ends

    def _can_end(self, state: int, tokens: int) -> bool:
        """Search for an ending, first by likely tokens; yes where that takes too long."""
        known = self._states[state]
        if known is None or self._no_ends.get(state, -1) >= tokens:
            return False
        if self._search(state, tokens, self._likely_endings):
            return True
        if not self.grammar.is_plain(known) and self._search(state, tokens, self._successors):
            return True
        self._no_ends[state] = tokens
        return False

    def _search(self, state: int, tokens: int, successors: Callable[[int], set[int]]) -> bool:
        """Best-first search for an ending within `tokens`; False only where there is none."""
        queue, came_from = [(0, 0, state)], {state: (0, state)}
        for _ in range(_SEARCHED):
            if not queue:
                return False
            _, used, place = heapq.heappop(queue)
            if used + self._known_end(place) <= tokens:
                self._remember(state, place, came_from)
                return True
            for following in successors(place) - {DEAD}:
                hope = used + 1 + self._least(following)
                if hope <= tokens and came_from.get(following, (_NEVER, 0))[0] > used + 1:
                    came_from[following] = (used + 1, place)
                    heapq.heappush(queue, (hope + self._least(following), used + 1, following))
        return True

    def _known_end(self, state: int) -> int:
        return 0 if state == END else self._ends.get(state, _NEVER)

    def _remember(self, first: int, last: int, came_from: dict[int, tuple[int, int]]) -> None:
        """Keep how many tokens suffice from each state on the way."""
        tokens = self._known_end(last)
        while last != first:
            last, tokens = came_from[last][1], tokens + 1
            self._ends[last] = min(tokens, self._ends.get(last, tokens))
            self._enough[last] = min(tokens, self._enough[last])

    def _likely_endings(self, state: int) -> set[int]:
        known = self._states[state]
        columns = () if known is None else self.grammar.endings(known)
        return {self.successor(state, column) for column in columns}

    def _successors(self, state: int) -> set[int]:
        return {self.successor(state, column) for column in range(self.grammar.columns)}

    def _least(self, state: int) -> int:
        known = self._states[state]
        return 0 if known is None else self.grammar.least(known)
