"""Which molecule cannot be walked from, and why, is one line."""

import pytest

from molvae.errors import MoleculeError
from molvae.generation import Generator
from molvae.generation.walks.ends import read_ends


@pytest.mark.parametrize(
    ("a", "b", "message"),
    [
        ("C1CC", "CCO", r"^A, 'C1CC', cannot be encoded: ring number 1 .* left open"),
        ("CCO", "CC[Si](C)(C)C", r"^B, 'CC\[Si\]\(C\)\(C\)C', cannot .*'\[Si\]' is not in the voc"),
        ("CCO", "C" * 30, "^B, 'C{30}', cannot be encoded: 30 tokens; the model reads 20"),
        ("", "C1CC", "^A, '', cannot be encoded: "),
    ],
)
def test_the_first_that_cannot_be_encoded_is_named(
    generator: Generator, a: str, b: str, message: str
) -> None:
    with pytest.raises(MoleculeError, match=message):
        read_ends(generator, {"A": a, "B": b})


def test_ends_are_those_the_model_reads(generator: Generator) -> None:
    plain, salt = read_ends(generator, {"A": "OCC", "B": "CCN.Cl"})
    assert (plain.smiles, plain.note) == ("CCO", None)
    assert salt.smiles == "CCN"
    assert salt.note == "B was read as CCN, the form the model was trained on"
    latents = generator.latents(["CCO", "CCN"])
    assert plain.mu == pytest.approx(latents.z[0])
    assert salt.std == pytest.approx(latents.std[1])
