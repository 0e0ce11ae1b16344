"""Beginnings that have the same future, written as the same state."""

from itertools import pairwise

from molvae.generation.constraint.draft import Draft
from molvae.generation.constraint.hope import drop_hopeless
from molvae.generation.constraint.state import Branch, Pattern, Ring, State


def freeze(draft: Draft) -> State:
    """The state of `draft`; raises `DeadEndError` where it can never become a molecule."""
    if draft.patterns:
        drop_hopeless(draft)
        if draft.debts:
            _merge_debts(draft)
    draft.rings.sort()
    reachable = [branch.atom for branch in draft.branches]
    if draft.current >= 0 and draft.current not in reachable:
        reachable.append(draft.current)
    closing = [ring.atom for ring in draft.rings]
    place = {atom: index for index, atom in enumerate(dict.fromkeys(reachable + closing))}
    return State(
        int(draft.phase),
        int(draft.link),
        _classes(draft, place, len(reachable)),
        place.get(draft.current, -1),
        tuple([Branch(place[b.atom], b.level, b.owes) for b in draft.branches]),
        tuple([Ring(r.number, place[r.atom], r.link, r.level) for r in draft.rings]),
        _pairs(draft, place, len(reachable)) if len(place) > 1 else (),
        draft.debts,
        draft.owes,
        draft.hard,
        _patterns(draft, place),
    )


def _classes(draft: Draft, place: dict[int, int], reachable: int) -> tuple[int, ...]:
    classes, frozen = draft.classes, draft.atoms.frozen
    return tuple(
        [
            classes[atom] if index < reachable else frozen[classes[atom]]
            for atom, index in place.items()
        ]
    )


def _pairs(draft: Draft, place: dict[int, int], reachable: int) -> tuple[tuple[int, int], ...]:
    """Bonded pairs that a ring number might bind again."""
    pairs = []
    for a, b in draft.bonded:
        one, other = place.get(a, -1), place.get(b, -1)
        if one >= 0 and other >= 0 and min(one, other) < reachable:
            pairs.append((min(one, other), max(one, other)))
    return tuple(sorted(pairs))


def _patterns(draft: Draft, place: dict[int, int]) -> tuple[Pattern, ...]:
    """The patterns, atoms renumbered, without those that owe more than an equal one."""
    moved = [(atom, index) for atom, index in place.items() if atom != index]
    if moved:
        stay = sum([1 << atom for atom, index in place.items() if atom == index])
        found = []
        for lacking, owed in draft.patterns:
            bits = lacking & stay
            for atom, index in moved:
                if lacking >> atom & 1:
                    bits |= 1 << index
            found.append(Pattern(bits, owed))
    else:
        found = draft.patterns
    if len(found) == 1:
        return (found[0],)
    distinct = sorted(set(found))
    if not any(owed for _, owed in distinct):
        return tuple(distinct)
    return tuple(
        [
            pattern
            for pattern in distinct
            if not any(
                other.lacking == pattern.lacking
                and other.owed & pattern.owed == other.owed
                and other != pattern
                for other in distinct
            )
        ]
    )


def _merge_debts(draft: Draft) -> None:
    """One debt for those that will be paid together, none for those nobody owes."""
    owed = draft.hard
    for pattern in draft.patterns:
        owed |= pattern.owed
    borders = {draft.debts - draft.owes}
    for ring in draft.rings:
        borders.add(ring.level)
    for branch in draft.branches:
        borders.add(branch.level)
        borders.add(branch.level - branch.owes)
    starts = [0, *sorted(border for border in borders if 0 < border < draft.debts), draft.debts]
    used = [
        (start, group)
        for start, stop in pairwise(starts)
        if (group := (1 << stop) - (1 << start)) & owed
    ]
    if len(used) < draft.debts:
        _renumber_debts(draft, used)
    if draft.hard:
        draft.patterns = [Pattern(p.lacking, p.owed & ~draft.hard) for p in draft.patterns]


def _renumber_debts(draft: Draft, used: list[tuple[int, int]]) -> None:
    """Give the groups of debts in `used`, each by its first debt and its bits, new numbers."""

    def merged(bits: int) -> int:
        return sum([1 << index for index, (_, group) in enumerate(used) if group & bits])

    def level(old: int) -> int:
        return sum([start < old for start, _ in used])

    draft.hard = merged(draft.hard)
    draft.patterns = [Pattern(p.lacking, merged(p.owed)) for p in draft.patterns]
    draft.debts = len(used)
    draft.branches = [Branch(b.atom, level(b.level), b.owes) for b in draft.branches]
    draft.rings = [Ring(r.number, r.atom, r.link, level(r.level)) for r in draft.rings]
