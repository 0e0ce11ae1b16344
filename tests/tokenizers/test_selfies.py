import numpy as np
import pytest
import selfies
from rdkit import Chem, RDLogger

from molvae.errors import TokenizationError
from molvae.tokenizers import SelfiesTokenizer, Vocabulary, fit

MESSY = (
    "[Be+2].[Cl-].[Br-]",
    "[SiH3][Si](C)(C)C",
    "C[Se](=O)(=O)C",
    "C[As](C)C",
    "C[Sn](C)(C)C",
    "[O-][Cl+3]([O-])([O-])[O-]",
    "[In]",
    "C[Hg]Cl",
    "[Bi]",
    "[Zn+2]",
    "[SnH2+2]",
    "O=[Mo]=O",
    "c1cc[te]c1",
    "CP(C)(C)(F)F",
    "F[P-](F)(F)(F)(F)F",
    "C[S+](C)C",
    "[GeH4]",
    "[N@@+]1(C)(CC)CCC1",
)


@pytest.fixture(autouse=True)
def _quiet():
    RDLogger.DisableLog("rdApp.*")
    yield
    RDLogger.EnableLog("rdApp.*")


def canonical(smiles: str) -> str:
    return Chem.MolToSmiles(Chem.MolFromSmiles(smiles))


def test_split_gives_the_symbols_of_the_selfies_library(molecules):
    for smiles in [*molecules, *MESSY]:
        expected = selfies.encoder(smiles)
        assert SelfiesTokenizer().split(smiles) == list(selfies.split_selfies(expected))


def test_the_molecule_comes_back(molecules):
    tokenizer = fit([*molecules, *MESSY], "selfies")
    encoded = tokenizer.encode_batch([*molecules, *MESSY])
    assert encoded.problems == ()
    decoded = tokenizer.decode_batch(encoded)
    assert [*map(canonical, decoded)] == [*map(canonical, [*molecules, *MESSY])]


def test_every_sequence_of_ids_is_a_molecule(molecules):
    tokenizer = fit([*molecules, *MESSY], "selfies")
    ids = np.random.default_rng(0).integers(4, len(tokenizer.vocabulary), (3_000, 120))
    decoded = tokenizer.decode_batch(ids, workers=1)
    assert [smiles for smiles in decoded if Chem.MolFromSmiles(smiles) is None] == []


@pytest.mark.parametrize(
    ("smiles", "reason"),
    [
        ("", "empty SMILES"),
        ("OCl(=O)(=O)=O", r"Cl with 7 bond\(s\)"),
        ("*C", "unrecognized symbol"),
        ("C$C", "unrecognized symbol"),
        ("c1cccc1", "kekulization failed"),
        ("C1CC", "hanging ring number '1' at position 1"),
        ("[CH3:1]C", r"no atom-map numbers such as \[CH3:1\]"),
        ("[2H]c:[2H]", "selfies library fails"),
        ("C(" * 2_000 + "C" + ")C" * 2_000, "nest too deep"),
    ],
)
def test_what_selfies_cannot_hold_is_a_problem_in_one_line(smiles, reason):
    tokenized = SelfiesTokenizer().tokenize_batch(["C", smiles, "N"])
    assert [problem.index for problem in tokenized.problems] == [1]
    assert "\n" not in tokenized.problems[0].reason
    assert tokenized.lengths.tolist() == [1, 0, 1]
    with pytest.raises(TokenizationError, match=reason):
        SelfiesTokenizer().split(smiles)


def test_a_molecule_beyond_our_valences_is_a_problem_not_another_molecule():
    smiles = "C[Si](C)(C)(C)(C)C"  # the selfies library writes it, RDKit refuses it
    tokenized = SelfiesTokenizer().tokenize_batch([smiles, "C[Si](C)(C)C"])
    assert [problem.index for problem in tokenized.problems] == [0]
    assert "too many bonds" in tokenized.problems[0].reason


def test_the_constraints_of_the_selfies_library_stay_as_they_were():
    before = selfies.get_semantic_constraints()
    tokenizer = SelfiesTokenizer(Vocabulary.from_tokens(["[C]", "[=Si]", "[#Branch1]"]))
    tokenizer.decode_batch(np.array([[4, 5, 6]]))
    assert selfies.get_semantic_constraints() == before


def test_looser_constraints_of_the_user_never_change_a_molecule():
    selfies.set_semantic_constraints("hypervalent")
    try:
        with pytest.raises(TokenizationError, match="too many bonds"):
            SelfiesTokenizer().split("OCl(=O)(=O)=O")
        assert SelfiesTokenizer().split("CCl") == ["[C]", "[Cl]"]
    finally:
        selfies.set_semantic_constraints()
