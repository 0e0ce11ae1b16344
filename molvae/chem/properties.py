"""Numbers that describe a molecule, by name; `register` adds one of the user's own."""

import difflib
import math
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import NamedTuple

from rdkit.Chem import rdMolDescriptors

from molvae.chem import contributions
from molvae.chem.molecule import Mol, quiet
from molvae.chem.molecule import heavy_atoms as count_heavy_atoms
from molvae.chem.qed import drug_likeness
from molvae.errors import ConfigError, MolvaeError

PropertyFunction = Callable[[Mol], float]


@dataclass(frozen=True)
class Property:
    """A named number of a molecule, with what a table or an axis shows for it."""

    name: str
    label: str
    unit: str
    function: PropertyFunction


_AVERAGE_WEIGHT = rdMolDescriptors.Properties(["amw"])
_REGISTRY: dict[str, Property] = {}


def register(
    name: str, *, label: str | None = None, unit: str = ""
) -> Callable[[PropertyFunction], PropertyFunction]:
    """Make the decorated function of a molecule known as the property `name`.

    A later registration of the same name replaces the earlier one, so that a notebook cell
    can run twice. Raises `ConfigError` where `name` cannot stand in an expression.
    """
    if not name.isidentifier() or not name.isascii():
        raise ConfigError(f"{name!r} cannot name a property: use letters, digits, underscores")

    def add(function: PropertyFunction) -> PropertyFunction:
        _REGISTRY[name] = Property(name, label or name, unit, function)
        return function

    return add


def property_names() -> list[str]:
    """Names of all registered properties, in the order of registration."""
    return list(_REGISTRY)


def get_property(name: str) -> Property:
    """The property registered as `name`; raises `ConfigError` that suggests a near name."""
    if name in _REGISTRY:
        return _REGISTRY[name]
    close = difflib.get_close_matches(name.lower(), _REGISTRY, n=1)
    hint = f"did you mean {close[0]!r}?" if close else f"known are {', '.join(_REGISTRY)}"
    raise ConfigError(f"unknown property {name!r}; {hint}")


def find_property(name: str) -> Property | None:
    """The property registered as `name`, None where there is none."""
    return _REGISTRY.get(name)


def compute(mol: Mol, names: Sequence[str]) -> dict[str, float]:
    """The named properties of `mol`; one that cannot be computed is NaN."""
    with quiet():
        return {name: evaluate(get_property(name), mol) for name in names}


def evaluate(prop: Property, mol: Mol) -> float:
    """The value of `prop` for `mol`, NaN where its function fails."""
    return attempt(prop, mol).value


class Attempt(NamedTuple):
    """A value; or NaN, and what its function raised."""

    value: float
    failure: str | None = None


def attempt(prop: Property, mol: Mol) -> Attempt:
    """The value of `prop` for `mol`, or why there is none."""
    try:
        return Attempt(float(prop.function(mol)))
    except MolvaeError:
        raise
    except Exception as error:  # a user's function may raise anything; its failure is NaN
        return Attempt(math.nan, f"{type(error).__name__}: {error}".rstrip(": "))


@register("logp", label="logP")
def logp(mol: Mol) -> float:
    """Octanol-water partition coefficient of Wildman and Crippen (1999)."""
    return float(rdMolDescriptors.CalcCrippenDescriptors(mol)[0])


@register("qed", label="QED")
def qed(mol: Mol) -> float:
    """Quantitative estimate of drug-likeness, 0 to 1 (Bickerton et al. 2012)."""
    return drug_likeness(mol)


@register("sa", label="SA score")
def sa(mol: Mol) -> float:
    """Synthetic accessibility, 1 (easy) to 10 (hard)."""
    return contributions.synthetic_accessibility(mol)


@register("tpsa", label="TPSA", unit="Å²")
def tpsa(mol: Mol) -> float:
    """Topological polar surface area (Ertl et al. 2000)."""
    return float(rdMolDescriptors.CalcTPSA(mol))


@register("molecular_weight", label="molecular weight", unit="g/mol")
def molecular_weight(mol: Mol) -> float:
    """Average molecular weight, hydrogens included."""
    return float(_AVERAGE_WEIGHT.ComputeProperties(mol)[0])


@register("hbd", label="H-bond donors")
def hbd(mol: Mol) -> float:
    """Number of hydrogen-bond donors."""
    return float(rdMolDescriptors.CalcNumHBD(mol))


@register("hba", label="H-bond acceptors")
def hba(mol: Mol) -> float:
    """Number of hydrogen-bond acceptors."""
    return float(rdMolDescriptors.CalcNumHBA(mol))


@register("rotatable_bonds", label="rotatable bonds")
def rotatable_bonds(mol: Mol) -> float:
    """Number of rotatable bonds, amide bonds not counted."""
    return float(rdMolDescriptors.CalcNumRotatableBonds(mol))


@register("rings", label="rings")
def rings(mol: Mol) -> float:
    """Number of rings."""
    return float(rdMolDescriptors.CalcNumRings(mol))


@register("aromatic_rings", label="aromatic rings")
def aromatic_rings(mol: Mol) -> float:
    """Number of aromatic rings."""
    return float(rdMolDescriptors.CalcNumAromaticRings(mol))


@register("heavy_atoms", label="heavy atoms")
def heavy_atoms(mol: Mol) -> float:
    """Number of atoms other than hydrogen."""
    return float(count_heavy_atoms(mol))


@register("fraction_sp3", label="fraction sp3")
def fraction_sp3(mol: Mol) -> float:
    """Share of the carbon atoms that are sp3 hybridized."""
    return float(rdMolDescriptors.CalcFractionCSP3(mol))


@register("radical_electrons", label="radical electrons")
def radical_electrons(mol: Mol) -> float:
    """Number of unpaired electrons; RDKit calls molecules that have some, `[CH3]`, valid."""
    return float(sum(atom.GetNumRadicalElectrons() for atom in mol.GetAtoms()))


@register("np_likeness", label="NP-likeness")
def np_likeness(mol: Mol) -> float:
    """Natural-product likeness, -5 (synthetic) to 5 (natural product)."""
    return contributions.natural_product_likeness(mol)
