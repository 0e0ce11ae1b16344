"""One form for each compound: without salt, charge and labels, as the settings say.

The steps are those of RDKit's rdMolStandardize. They are taken only by molecules that they
can change, which one substructure query of a few microseconds finds out: most of a vendor's
catalog passes untouched.
"""

from collections.abc import Callable

from rdkit import Chem
from rdkit.Chem import rdqueries
from rdkit.Chem.MolStandardize import rdMolStandardize

from molvae.chem.molecule import Mol, parse, parse_or_raise, quiet, to_smiles
from molvae.config import StandardizeConfig
from molvae.errors import MoleculeError

Step = Callable[[Mol], Mol]

_SALT_METALS = "Li,Na,K,Rb,Cs,Mg,Ca,Sr,Ba"
_MAP_NUMBER = "molAtomMapNumber"
# Charges that a neighbor balances, as in nitro groups and N-oxides, stay as they are.
_LONE_CHARGE = Chem.MolFromSmarts(
    "[!+0;!$([+,+2,+3,+4]~[-,-2,-3,-4]);!$([-,-2,-3,-4]~[+,+2,+3,+4])]"
)
_MAX_ROUNDS = 5


class Standardizer:
    """Brings molecules to the form that `config` describes; made once, called often."""

    def __init__(self, config: StandardizeConfig) -> None:
        self.config = config
        self._gate = _gate()
        with quiet():  # in a notebook RDKit tells of each tool it makes
            self._steps = _steps(config) if config.enabled else ()

    def __call__(self, mol: Mol) -> Mol:
        """The standard form of `mol`, which stays as it is; raises `MoleculeError`.

        The result is a fixed point: read back from its SMILES, it standardizes to itself.
        """
        if not self._steps or self._is_plain(mol):
            return mol
        with quiet():
            result = self._apply(mol)
            return mol if result is mol else self._settle(result)

    def _is_plain(self, mol: Mol) -> bool:
        """Whether no step can change `mol`: one fragment without charges, labels, metals."""
        if self.config.tautomer or mol.HasSubstructMatch(self._gate):
            return False
        if self.config.stereo == "strip" and _has_stereo(mol):
            return False
        return len(Chem.GetMolFrags(mol)) == 1

    def _apply(self, mol: Mol) -> Mol:
        try:
            for step in self._steps:
                mol = step(mol)
        except (ValueError, RuntimeError) as error:
            reason = " ".join(str(error).split()) or type(error).__name__
            raise MoleculeError(f"cannot be standardized: {reason}") from error
        return mol

    def _settle(self, mol: Mol) -> Mol:
        """Repeat the steps on a changed molecule until its SMILES stays the same."""
        smiles = to_smiles(mol)
        for _ in range(_MAX_ROUNDS):
            read = parse(smiles)
            if read is None:
                raise MoleculeError(f"cannot be standardized: {smiles!r} is not a molecule")
            settled = self._apply(read)
            again = to_smiles(settled)
            if again == smiles:
                return settled
            smiles = again
        raise MoleculeError("cannot be standardized: it has no stable form")


def standardize(smiles: str, config: StandardizeConfig | None = None) -> str:
    """Canonical SMILES of the standard form of `smiles`; raises `MoleculeError`.

    Where many molecules are to be done, make one `Standardizer`.
    """
    standardizer = Standardizer(config or StandardizeConfig())
    return to_smiles(standardizer(parse_or_raise(smiles)))


def _steps(config: StandardizeConfig) -> tuple[Step, ...]:
    """The steps `config` asks for, in the order in which they are taken."""
    steps: list[Step] = [_strip_map_numbers]
    if config.isotopes == "strip":
        steps.append(_strip_isotopes)
    steps.append(_strip_hydrogens)
    if config.largest_fragment:
        steps += [_salt_bond_splitter(), _largest_fragment_chooser()]
    if config.neutralize:
        steps.append(_neutralizer())
    if config.stereo == "strip":
        steps.append(_strip_stereo)
    if config.tautomer:
        steps.append(_tautomer_canonicalizer())
    return tuple(steps)


def _gate() -> Mol:
    """A query for atoms with a charge, an isotope or map number, hydrogens and salt metals."""
    gate = Chem.RWMol(Chem.MolFromSmarts(f"[!+0,!0*,#1,{_SALT_METALS}]"))
    atom = gate.GetAtomWithIdx(0)
    mapped = rdqueries.HasPropQueryAtom(_MAP_NUMBER)
    atom.ExpandQuery(mapped, how=Chem.CompositeQueryType.COMPOSITE_OR)
    return gate.GetMol()


def _strip_map_numbers(mol: Mol) -> Mol:
    if not any(atom.GetAtomMapNum() for atom in mol.GetAtoms()):
        return mol
    result = Chem.Mol(mol)
    for atom in result.GetAtoms():
        atom.SetAtomMapNum(0)
    return result


def _strip_isotopes(mol: Mol) -> Mol:
    if not any(atom.GetIsotope() for atom in mol.GetAtoms()):
        return mol
    result = Chem.Mol(mol)
    for atom in result.GetAtoms():
        atom.SetIsotope(0)
    # A center that only its isotopes made is a center no longer.
    Chem.AssignStereochemistry(result, cleanIt=True, force=True)
    return result


def _strip_hydrogens(mol: Mol) -> Mol:
    result = Chem.RemoveHs(mol)
    return mol if result.GetNumAtoms() == mol.GetNumAtoms() else result


def _has_stereo(mol: Mol) -> bool:
    unspecified = Chem.ChiralType.CHI_UNSPECIFIED
    none = Chem.BondStereo.STEREONONE
    return any(atom.GetChiralTag() != unspecified for atom in mol.GetAtoms()) or any(
        bond.GetStereo() != none for bond in mol.GetBonds()
    )


def _strip_stereo(mol: Mol) -> Mol:
    if not _has_stereo(mol):
        return mol
    result = Chem.Mol(mol)
    Chem.RemoveStereochemistry(result)
    return result


def _salt_bond_splitter() -> Step:
    """Ionizes bonds such as O-Na, so that salts written as covalent fall apart."""
    disconnector = rdMolStandardize.MetalDisconnector()
    disconnector.SetMetalNof(Chem.MolFromSmarts(f"[{_SALT_METALS}]~[#7,#8,#9]"))
    disconnector.SetMetalNon(Chem.MolFromSmarts(f"[{_SALT_METALS}]~[#16,#17,#35,#53]"))
    bond = Chem.MolFromSmarts(f"[{_SALT_METALS}]~[#7,#8,#9,#16,#17,#35,#53]")

    def split_salt_bonds(mol: Mol) -> Mol:
        return disconnector.Disconnect(mol) if mol.HasSubstructMatch(bond) else mol

    return split_salt_bonds


def _largest_fragment_chooser() -> Step:
    chooser = rdMolStandardize.LargestFragmentChooser(preferOrganic=True)

    def keep_largest_fragment(mol: Mol) -> Mol:
        return chooser.choose(mol) if len(Chem.GetMolFrags(mol)) > 1 else mol

    return keep_largest_fragment


def _neutralizer() -> Step:
    uncharger = rdMolStandardize.Uncharger()

    def neutralize(mol: Mol) -> Mol:
        if not mol.HasSubstructMatch(_LONE_CHARGE):
            return mol
        result = uncharger.uncharge(mol)
        # A cyclopentadienyl anion, for one, has no neutral form: it keeps its charge.
        return mol if parse(to_smiles(result)) is None else result

    return neutralize


def _tautomer_canonicalizer() -> Step:
    enumerator = rdMolStandardize.TautomerEnumerator()

    def take_canonical_tautomer(mol: Mol) -> Mol:
        result = enumerator.Canonicalize(mol)
        return mol if to_smiles(result) == to_smiles(mol) else result

    return take_canonical_tautomer
