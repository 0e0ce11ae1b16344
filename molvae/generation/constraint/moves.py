"""What each token of a SMILES does to a state."""

from molvae.chem.bonding import Bond
from molvae.generation.constraint.atom_graph import FULL, RESERVE, RESOLVE, WILD, Label
from molvae.generation.constraint.atoms import AtomClasses
from molvae.generation.constraint.canonical import freeze
from molvae.generation.constraint.draft import BONDS, DeadEndError, Draft
from molvae.generation.constraint.lexemes import Kind, Lexeme
from molvae.generation.constraint.state import Branch, Link, Pattern, Phase, Ring, State


def move(state: State, lexeme: Lexeme, atoms: AtomClasses) -> State | None:
    """`state` after `lexeme`; None where no molecule goes on like this."""
    if lexeme.kind not in _EXPECTED[Phase(state.phase)]:
        return None
    draft = Draft(state, atoms)
    try:
        _MOVES[lexeme.kind](draft, lexeme.value)
        draft.update()
        return freeze(draft)
    except DeadEndError:
        return None


def expects(state: State, kind: Kind, atoms: AtomClasses) -> bool:
    """Whether a token of such a kind may follow, as far as that does not depend on which."""
    current = state.current
    can_bind = current < 0 or atoms.unusual_bonds or atoms.binds[state.classes[current]]
    return kind in _EXPECTED[Phase(state.phase)] and can_bind


def _read_atom(draft: Draft, first: int) -> None:
    before, atom = draft.current, len(draft.classes)
    draft.classes.append(first)
    is_aromatic = draft.atoms.labels[first].aromatic
    if first == WILD:
        draft.give_up_aromatics()
    is_matchable = False
    if before >= 0:
        is_matchable = _bind(draft, before, atom)
    draft.phase, draft.link = Phase.ATOM, Link.NONE
    if draft.patterns:
        _place(draft, before, atom, is_aromatic, is_matchable)
    draft.current = atom
    if before >= 0:
        draft.leave(before)


def _bind(draft: Draft, before: int, atom: int) -> bool:
    """Bond the two; whether it can be double in an aromatic ring."""
    link = draft.link
    draft.bonded.add((before, atom))
    left, right = draft.label(before), draft.label(atom)
    both_aromatic = left.aromatic and right.aromatic
    if link == Link.NONE:
        link = Link.AROMATIC if both_aromatic else Link.SINGLE
    if WILD in (draft.classes[before], draft.classes[atom]) or _is_unusual(link, both_aromatic):
        draft.give_up_aromatics()
        draft.make_wild(before)
        draft.make_wild(atom)
        return False
    bond = BONDS[Link(link)]
    towards = _towards(bond, right), _towards(bond, left)
    if towards == _BOTH_TRIPLE_TO_N:
        # RDKit repairs one nitrogen of N#N; the other has no further bond
        if draft.classes[before] not in draft.atoms.first.values():
            draft.change(before, towards[0])
            draft.classes[atom] = FULL
            return False
        if draft.phase != Phase.BRANCH_BOND:
            towards = (bond, towards[1])
    draft.change(before, towards[0])
    draft.change(atom, towards[1])
    return bond == Bond.AROMATIC


def _is_unusual(link: int, both_aromatic: bool) -> bool:
    return link == Link.WILD or (link == Link.AROMATIC and not both_aromatic)


def _towards(bond: Bond, label: Label) -> Bond:
    """`bond` as an atom sees it whose neighbor is `label`."""
    if bond == Bond.SINGLE and label.oxygen:
        return Bond.SINGLE_TO_O
    if bond == Bond.DOUBLE and label.neutral_oxygen:
        return Bond.DOUBLE_TO_O
    if bond == Bond.TRIPLE and label.neutral_nitrogen:
        return Bond.TRIPLE_TO_N
    return bond


def _place(draft: Draft, before: int, atom: int, is_aromatic: bool, is_matchable: bool) -> None:
    """What a new atom adds to the aromatic system; `change` has been called for its bond."""
    lacks = is_aromatic and draft.atoms.matched[0][draft.classes[atom]]
    patterns: list[Pattern] = []
    edge_used = False
    for lacking, owed in draft.patterns:
        if lacks and is_matchable and lacking >> before & 1:
            patterns.append(Pattern(lacking & ~(1 << before), owed | 1 << draft.debts))
            edge_used = True
        patterns.append(Pattern(lacking | lacks << atom, owed))
    draft.patterns = patterns
    draft.debts += edge_used
    draft.owes = is_aromatic
    if is_aromatic:
        draft.hard |= 1 << draft.debts
        draft.debts += 1


def _read_bond(draft: Draft, link: int) -> None:
    if draft.phase in (Phase.BOND, Phase.BRANCH_BOND):
        _extend_bond(draft, link)
        return
    if not _accepts(draft, link):
        raise DeadEndError
    draft.phase = Phase.BOND if draft.phase == Phase.ATOM else Phase.BRANCH_BOND
    draft.link = link


def _accepts(draft: Draft, link: int) -> bool:
    """Whether the current atom can have such a bond, to some atom."""
    after = draft.atoms.after[draft.classes[draft.current]]
    if link == Link.DASH and not draft.atoms.unusual_bonds:
        link = Link.SINGLE
    if link not in _SEEN or (link == Link.AROMATIC and not draft.label(draft.current).aromatic):
        return draft.binds(draft.current)  # left to what follows
    return any(after[symbol] >= 0 for symbol in _SEEN[Link(link)])


def _extend_bond(draft: Draft, link: int) -> None:
    """The second character of `->` and `<-`."""
    if (draft.link, link) not in ((Link.DASH, Link.WILD), (Link.LESS, Link.DASH)):
        raise DeadEndError
    draft.link = Link.WILD


def _open_branch(draft: Draft, _: int) -> None:
    if not draft.binds(draft.current):
        raise DeadEndError
    draft.branches.append(Branch(draft.current, draft.debts, draft.owes))
    draft.phase = Phase.BRANCH


def _close_branch(draft: Draft, _: int) -> None:
    if not draft.branches:
        raise DeadEndError
    branch = draft.branches.pop()
    before, level = draft.current, branch.level
    inside = [ring.level for ring in draft.rings if ring.level >= level]
    deepest = max(inside, default=level)
    draft.default(max(deepest, level))
    first = level - 1 if branch.owes and inside else level
    draft.settle(first, deepest)
    draft.lower_levels(first)
    draft.owes = branch.owes and not inside
    draft.current = branch.atom
    draft.leave(before)


def _read_ring(draft: Draft, number: int) -> None:
    for ring in draft.rings:
        if ring.number == number:
            _close_ring(draft, ring)
            break
    else:
        _open_ring(draft, number)
    draft.phase, draft.link = Phase.ATOM, Link.NONE


def _open_ring(draft: Draft, number: int) -> None:
    atom, link = draft.current, draft.link
    if link == Link.WILD or draft.classes[atom] == WILD:
        draft.make_wild(atom)
        draft.give_up_aromatics()
    elif link == Link.NONE:
        if draft.atoms.unusual_bonds and draft.atoms.after[draft.classes[atom]][RESERVE] < 0:
            draft.make_wild(atom)
            draft.give_up_aromatics()
        else:
            draft.change(atom, RESERVE)
    elif link == Link.AROMATIC and not draft.label(atom).aromatic:
        draft.make_wild(atom)
        draft.give_up_aromatics()
    else:
        draft.change(atom, BONDS[Link(link)])
    if draft.owes:
        draft.settle(draft.debts - 1, draft.debts)  # wherever it closes, the atom is in that ring
        draft.owes = False
    draft.rings.append(Ring(number, atom, link, draft.debts))


def _close_ring(draft: Draft, ring: Ring) -> None:
    atom, other = draft.current, ring.atom
    pair = (min(atom, other), max(atom, other))
    if atom == other or pair in draft.bonded:
        raise DeadEndError
    draft.bonded.add(pair)
    link = ring.link or draft.link
    left, right = draft.label(other), draft.label(atom)
    both_aromatic = left.aromatic and right.aromatic
    if link == Link.NONE:
        link = Link.AROMATIC if both_aromatic else Link.SINGLE
    draft.rings.remove(ring)
    if WILD in (draft.classes[atom], draft.classes[other]) or link == Link.WILD:
        draft.give_up_aromatics()
        draft.make_wild(atom)
        draft.make_wild(other)
        return
    if link == Link.AROMATIC and not right.aromatic:
        draft.give_up_aromatics()
        draft.make_wild(atom)
        return
    bond = BONDS[Link(link)]
    draft.change(atom, _towards(bond, left))
    if ring.link == Link.NONE:
        draft.change(other, RESOLVE + _towards(bond, right))
    if draft.patterns:
        _pay(draft, ring.level)
        if bond == Bond.AROMATIC:
            _match(draft, atom, other)
    draft.leave(other)


def _pay(draft: Draft, level: int) -> None:
    """The ring closed pays for all that is owed from `level` on."""
    draft.settle(level, draft.debts)
    draft.owes = False
    draft.lower_levels(level)


def _match(draft: Draft, atom: int, other: int) -> None:
    both = 1 << atom | 1 << other
    draft.patterns += [
        Pattern(p.lacking & ~both, p.owed) for p in draft.patterns if p.lacking & both == both
    ]


def _read_dot(draft: Draft, _: int) -> None:
    before = draft.current
    draft.phase, draft.current = Phase.START, -1
    if draft.rings or draft.branches:
        draft.give_up_aromatics()  # a ring number may join the parts
        for ring in draft.rings:
            draft.make_wild(ring.atom)
    else:
        draft.default(0)
    draft.owes = False
    draft.leave(before)


def _end(draft: Draft, _: int) -> None:
    if draft.rings or draft.branches:
        raise DeadEndError
    _read_dot(draft, 0)
    draft.phase = Phase.END


_BOTH_TRIPLE_TO_N = (Bond.TRIPLE_TO_N, Bond.TRIPLE_TO_N)
_SEEN = {
    Link.SINGLE: (Bond.SINGLE, Bond.SINGLE_TO_O),
    Link.DOUBLE: (Bond.DOUBLE, Bond.DOUBLE_TO_O),
    Link.TRIPLE: (Bond.TRIPLE, Bond.TRIPLE_TO_N),
    Link.AROMATIC: (Bond.AROMATIC,),
}
_EXPECTED = {
    Phase.START: {Kind.ATOM},
    Phase.ATOM: set(Kind) - {Kind.NEVER},
    Phase.BOND: {Kind.ATOM, Kind.RING, Kind.BOND},
    Phase.BRANCH: {Kind.ATOM, Kind.BOND},
    Phase.BRANCH_BOND: {Kind.ATOM, Kind.BOND},
    Phase.END: set(),
}
_MOVES = {
    Kind.ATOM: _read_atom,
    Kind.BOND: _read_bond,
    Kind.OPEN: _open_branch,
    Kind.CLOSE: _close_branch,
    Kind.RING: _read_ring,
    Kind.DOT: _read_dot,
    Kind.END: _end,
}
