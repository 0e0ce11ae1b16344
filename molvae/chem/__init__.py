"""Molecules: reading, judging, standardizing, describing, comparing, and drawing them."""

from molvae.chem.cells import Cell
from molvae.chem.descriptors import GUACAMOL_DESCRIPTORS, guacamol_descriptors
from molvae.chem.drawing import grid_image, grid_svg
from molvae.chem.expression import Expression, parse_expression
from molvae.chem.filters import allowed_elements, first_alert, has_radicals, passes_filters
from molvae.chem.fingerprints import (
    Neighbors,
    morgan,
    morgan_matrix,
    nearest,
    packed_morgan,
    tanimoto,
    tanimoto_pairs,
)
from molvae.chem.fragments import brics_fragments, moses_scaffold, scaffold
from molvae.chem.keys import are_known, molecule_keys
from molvae.chem.maps import map_image, map_svg
from molvae.chem.molecule import (
    MAX_SMILES_LENGTH,
    Mol,
    canonicalize,
    heavy_atoms,
    parse,
    quiet,
    random_smiles,
    to_smiles,
)
from molvae.chem.neighborhoods import neighbors_image, neighbors_svg
from molvae.chem.properties import Property, compute, get_property, property_names, register
from molvae.chem.property_table import property_table
from molvae.chem.standardize import Standardizer, standardize
from molvae.chem.strips import strip_image, strip_svg
from molvae.chem.traversals import traverse_image, traverse_svg
from molvae.chem.validators import Verdict, is_valid, novelty, uniqueness, validate, validity

__all__ = [
    "GUACAMOL_DESCRIPTORS",
    "MAX_SMILES_LENGTH",
    "Cell",
    "Expression",
    "Mol",
    "Neighbors",
    "Property",
    "Standardizer",
    "Verdict",
    "allowed_elements",
    "are_known",
    "brics_fragments",
    "canonicalize",
    "compute",
    "first_alert",
    "get_property",
    "grid_image",
    "grid_svg",
    "guacamol_descriptors",
    "has_radicals",
    "heavy_atoms",
    "is_valid",
    "map_image",
    "map_svg",
    "molecule_keys",
    "morgan",
    "morgan_matrix",
    "moses_scaffold",
    "nearest",
    "neighbors_image",
    "neighbors_svg",
    "novelty",
    "packed_morgan",
    "parse",
    "parse_expression",
    "passes_filters",
    "property_names",
    "property_table",
    "quiet",
    "random_smiles",
    "register",
    "scaffold",
    "standardize",
    "strip_image",
    "strip_svg",
    "tanimoto",
    "tanimoto_pairs",
    "to_smiles",
    "traverse_image",
    "traverse_svg",
    "uniqueness",
    "validate",
    "validity",
]
