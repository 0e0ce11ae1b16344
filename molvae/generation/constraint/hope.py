"""Whether what is open in a beginning can still be closed."""

from molvae.generation.constraint.draft import Draft
from molvae.generation.constraint.state import Pattern


def drop_hopeless(draft: Draft) -> None:
    """Drop the patterns with which what is open can never be closed."""
    if draft.current < 0 or not (draft.rings or draft.debts):
        return
    if draft.rings and min([ring.level for ring in draft.rings]) == 0:
        draft.keep([p for p in draft.patterns if _grows(draft, p) or _has_hope(draft, p)])
    else:
        draft.keep([p for p in draft.patterns if _has_hope(draft, p)])


def _grows(draft: Draft, pattern: Pattern) -> bool:
    """Whether the current atom can have another: then an open ring number can pay for all."""
    return draft.grows(draft.current, pattern.lacking) > 0


def _has_hope(draft: Draft, pattern: Pattern) -> bool:
    """Whether something can grow, and a ring pay for each debt."""
    inner = draft.grows(draft.current, pattern.lacking)
    # the first atom of a branch that has just been opened takes a bond
    growth = [
        draft.grows(branch.atom, pattern.lacking) - (branch.atom == draft.current)
        for branch in draft.branches
    ]
    owed = draft.hard | pattern.owed
    if not inner and max(growth, default=0) <= 0:
        return not (draft.rings or owed)
    return all(
        _is_payable(draft, debt, inner, growth) for debt in range(draft.debts) if owed >> debt & 1
    )


def _is_payable(draft: Draft, debt: int, inner: int, growth: list[int]) -> bool:
    """Whether a ring can still be closed around `debt`.

    Its two ends are open ring numbers or atoms that can grow, one on each side; the atom
    that owes itself may be both.
    """
    own, above, below = 0, False, inner > 0
    if draft.owes and debt == draft.debts - 1 and not _opens_branch(draft):
        own, below = inner, False
    for branch, bonds in zip(draft.branches, growth, strict=True):
        if bonds > 0:
            if branch.level <= debt:
                above = True
            elif branch.owes and branch.level == debt + 1:
                own = bonds
            else:
                below = True
    for ring in draft.rings:
        if ring.level <= debt:
            above = True
        else:
            below = True
    return above + below + own >= 2


def _opens_branch(draft: Draft) -> bool:
    return bool(draft.branches) and draft.branches[-1].atom == draft.current
