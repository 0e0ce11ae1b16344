import pytest

from molvae.chem.molblock import block_to_smiles
from molvae.errors import MoleculeError

V2000 = """


  2  1  0  0  0  0            999 V2000
    0.0000    0.0000    0.0000 C   0  0
    1.0000    0.0000    0.0000 O   0  0
  1  2  1  0
M  END
"""


def test_block_becomes_canonical_smiles():
    assert block_to_smiles(f"methanol{V2000}") == "CO"


@pytest.mark.parametrize(
    "block",
    ["", "x\n\n\n", "a\n\n\n  0  0  0  0  0  0            999 V2000\nM  END\n", V2000[:90]],
)
def test_what_is_no_structure(block):
    with pytest.raises(MoleculeError, match="structure"):
        block_to_smiles(block)
