"""How else the molecules of a list are written.

Worker processes find out, so nothing here needs torch.
"""

from collections.abc import Sequence
from typing import NamedTuple

from molvae.chem.flat import flat_smiles
from molvae.chem.molecule import parse, to_smiles

_MARKED = frozenset("@/\\[")
"""Without any of these a SMILES says nothing of stereochemistry or isotopes."""


class WrittenForms(NamedTuple):
    """SMILES of molecules that are not among the strings these were read from."""

    rewritten: set[str]
    """Canonical."""
    flat: set[str]
    """Canonical without stereochemistry."""


def other_forms(smiles: Sequence[str]) -> WrittenForms:
    """The forms that `smiles` do not have already; what is no molecule is passed over."""
    rewritten: set[str] = set()
    flat: set[str] = set()
    for text in smiles:
        if (mol := parse(text)) is None:
            continue
        canonical = to_smiles(mol)
        rewritten.add(canonical)
        flat.add(canonical if _MARKED.isdisjoint(canonical) else flat_smiles(mol))
    return WrittenForms(rewritten.difference(smiles), flat.difference(smiles))
