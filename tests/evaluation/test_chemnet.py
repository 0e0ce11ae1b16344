import random
import warnings
from pathlib import Path
from types import SimpleNamespace

import fcd
import numpy as np
import pytest
import torch
from hypothesis import given
from hypothesis import strategies as st

from molvae.errors import ModelError
from molvae.evaluation import chemnet
from molvae.evaluation.chemnet import FEATURES, LENGTH, ChemNet

MOLECULES = [
    "C",
    "CNC",
    "CCCP",
    "Oc1ccccc1-c1cccc2cnccc12",
    "COc1cccc(NC(=O)Cc2coc3ccc(OC)cc23)c1",
    "Cc1noc(C)c1CN(C)C(=O)Nc1cc(F)cc(F)c1",
    "C[C@H](N)C(=O)O",
    "F/C=C\\Br",
    "[Na+].[Cl-]",
    "[Li]CCCC",
    "C[Si](C)(C)Cl",
    "c1cc[se]c1",
    "[Se]=C(N)N",
    "OB(O)c1ccc(I)cc1",
    "C1CC2CCC%10C(C1)C2CC%10",
    "[13CH4]",
    "X",
]
PIECES = ["C", "c", "N", "(", ")", "=", "1", "2", "9", "%", "Cl", "Br", "[nH]", "Si", "@", "K", "."]
TOLERANCE = 1e-5


@pytest.fixture(scope="module")
def network() -> ChemNet:
    return ChemNet(device="cpu")


def assorted(count: int, longest: int) -> list[str]:
    pick = random.Random(0)
    return ["".join(pick.choices(PIECES, k=pick.randint(1, longest))) for _ in range(count)]


def of_text(length: int, seed: int) -> str:
    return "".join(random.Random(seed).choices("CNOcnos()=1234", k=length))


def by_fcd(smiles: list[str]) -> np.ndarray:
    weights = Path(fcd.__file__).with_name("ChemNet_v0.13_pretrained.pt")
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")  # np.row_stack; padding beyond 350
        model = fcd.load_ref_model(str(weights))
        return fcd.get_predictions(model, smiles, n_jobs=0, device="cpu")


class TestActivations:
    def test_are_those_of_fcd(self, network: ChemNet) -> None:
        smiles = MOLECULES + assorted(80, longest=100)
        ours = network.activations(smiles)
        assert ours.dtype == np.float32
        np.testing.assert_allclose(ours, by_fcd(smiles), atol=TOLERANCE, rtol=0)

    def test_of_strings_that_fill_the_padding(self, network: ChemNet) -> None:
        smiles = [of_text(length, seed=length) for length in range(LENGTH - 14, LENGTH)]
        np.testing.assert_allclose(
            network.activations(smiles), by_fcd(smiles), atol=TOLERANCE, rtol=0
        )

    @pytest.mark.parametrize("longest", [350, 351, 352, 353, 400])
    def test_padded_further(self, network: ChemNet, longest: int) -> None:
        smiles = ["CCO", of_text(150, seed=1), of_text(longest, seed=2)]
        np.testing.assert_allclose(
            network.activations(smiles, length=longest + 1),
            by_fcd(smiles),
            atol=TOLERANCE,
            rtol=0,
        )

    def test_of_longer_strings_are_of_their_beginning(self, network: ChemNet) -> None:
        long = of_text(500, seed=3)
        np.testing.assert_allclose(
            network.activations(["CCO", long]),
            by_fcd(["CCO", long[: LENGTH - 1]]),
            atol=TOLERANCE,
            rtol=0,
        )

    def test_keep_their_places_and_ignore_each_other(self, network: ChemNet) -> None:
        smiles = assorted(5, longest=60)
        together = network.activations(smiles * 53)  # more than a batch
        alone = np.concatenate([network.activations([text]) for text in smiles])
        np.testing.assert_allclose(together, np.tile(alone, (53, 1)), atol=TOLERANCE, rtol=0)

    def test_of_nothing(self, network: ChemNet) -> None:
        assert network.activations([]).shape == (0, FEATURES)

    def test_of_no_length(self, network: ChemNet) -> None:
        with pytest.raises(ValueError, match="length"):
            network.activations(["C"], length=0)


@given(st.lists(st.sampled_from([*PIECES, "l", "r", "B", "S", "Ä", "\x00", "*"])).map("".join))
def test_ids_are_those_of_fcd(smiles: str) -> None:
    one_hot = fcd.utils.get_one_hot(smiles)
    expected = one_hot[one_hot.any(axis=1)].argmax(axis=1)
    assert list(chemnet._encode(smiles, LENGTH)) == expected.tolist()


def test_loading_draws_no_random_numbers() -> None:
    before = torch.get_rng_state()
    ChemNet(device="cpu").activations(["CCO"])
    assert torch.equal(before, torch.get_rng_state())


def test_without_the_package(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(chemnet, "find_spec", lambda name: None)
    with pytest.raises(ModelError, match="pip install fcd"):
        ChemNet(device="cpu")


@pytest.mark.parametrize("content", [None, b"", b"not weights"])
def test_with_damaged_weights(content, tmp_path, monkeypatch: pytest.MonkeyPatch) -> None:
    if content is not None:
        (tmp_path / "ChemNet_v0.13_pretrained.pt").write_bytes(content)
    package = SimpleNamespace(origin=str(tmp_path / "__init__.py"))
    monkeypatch.setattr(chemnet, "find_spec", lambda name: package)
    with pytest.raises(ModelError, match="cannot read"):
        ChemNet(device="cpu")
