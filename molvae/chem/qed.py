"""QED, the quantitative estimate of drug-likeness, several times as fast as RDKit computes it.

Definitions and parameters are those of `rdkit.Chem.QED`, and the values equal its own.
Alerts are matched where the screen finds a place for them, the logP is remembered by the
molecule, and the aliphatic rings are cut out where there are any. RDKit itself is asked for
molecules that are not ordinary.
"""

import functools
import math
from collections.abc import Callable
from typing import Any

from rdkit import Chem
from rdkit.Chem import QED, rdMolDescriptors

from molvae.chem.atom_table import AtomTable, crippen_logp
from molvae.chem.molecule import Mol
from molvae.chem.screen import Screen
from molvae.chem.surroundings import Surroundings, surroundings

_AVERAGE_WEIGHT = rdMolDescriptors.Properties(["amw"])
_RDKIT_QED: Callable[[Mol], float] = QED.qed
_STRICT = rdMolDescriptors.NumRotatableBondsOptions.Strict
_WEIGHTS: tuple[float, ...] = tuple(QED.WEIGHT_MEAN)
_CURVES: tuple[Any, ...] = tuple(QED.adsParameters[name] for name in QED.WEIGHT_MEAN._fields)
_ALIPHATIC_RING_ATOM: Mol = QED.AliphaticRings
_MANY_ATOMS = 1_000
"""RDKit counts at most so many matches of a pattern."""


def drug_likeness(mol: Mol, known: Surroundings | None = None, logp: float | None = None) -> float:
    """QED with mean weights, 0 to 1 (Bickerton et al., Nature Chem. 4, 90-98, 2012).

    `known` are the surroundings of the atoms of `mol`, `logp` is its logP by Crippen, where
    they have been worked out.
    """
    if mol.GetNumAtoms() >= _MANY_ATOMS:
        return _RDKIT_QED(mol)
    around = known or surroundings(mol)
    if not around.is_ordinary:
        return _RDKIT_QED(mol)
    values = _properties(mol, around, logp)
    wanted = [_desirability(x, curve) for x, curve in zip(values, _CURVES, strict=True)]
    total = sum(w * math.log(d) for w, d in zip(_WEIGHTS, wanted, strict=True))
    return math.exp(total / sum(_WEIGHTS))


def _properties(mol: Mol, around: Surroundings, logp: float | None) -> tuple[float, ...]:
    """Weight, logP, acceptors, donors, polar surface, rotatable bonds, aromatic rings, alerts."""
    return (
        _AVERAGE_WEIGHT.ComputeProperties(mol)[0],
        crippen_logp(mol, around) if logp is None else logp,
        sum(_acceptors().values(around)),
        rdMolDescriptors.CalcNumHBD(mol),
        rdMolDescriptors.CalcTPSA(mol),
        rdMolDescriptors.CalcNumRotatableBonds(mol, _STRICT),
        _aromatic_rings(mol),
        _count_alerts(mol, around),
    )


@functools.cache
def _acceptors() -> AtomTable[int]:
    return AtomTable(_ask_acceptors, wide="N")


def _ask_acceptors(mol: Mol) -> list[int]:
    """How many of QED's patterns for acceptors, each of one atom, match each atom."""
    counts = [0] * mol.GetNumAtoms()
    for query in QED.Acceptors:
        for (atom,) in mol.GetSubstructMatches(query):
            counts[atom] += 1
    return counts


def _aromatic_rings(mol: Mol) -> int:
    """Rings left when the aliphatic ring atoms beside an aliphatic atom are cut out."""
    if mol.HasSubstructMatch(_ALIPHATIC_RING_ATOM):
        return len(Chem.GetSSSR(Chem.DeleteSubstructs(mol, _ALIPHATIC_RING_ATOM)))
    return int(mol.GetNumBonds()) - int(mol.GetNumAtoms()) + len(Chem.GetMolFrags(mol))


def _count_alerts(mol: Mol, around: Surroundings) -> int:
    alerts = QED.StructuralAlerts
    return sum(mol.HasSubstructMatch(alerts[index]) for index in _screen().candidates(mol, around))


@functools.cache
def _screen() -> Screen:
    return Screen(QED.StructuralAlerts)


def _desirability(x: float, curve: Any) -> float:
    """Asymmetric double sigmoid of Bickerton's equation 1, over its maximum."""
    rise = 1 + math.exp(-1 * (x - curve.C + curve.D / 2) / curve.E)
    fall = 1 + math.exp(-1 * (x - curve.C - curve.D / 2) / curve.F)
    return float((curve.A + curve.B / rise * (1 - 1 / fall)) / curve.DMAX)
