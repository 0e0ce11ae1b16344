"""No valid string is ever masked, and the strings that are masked are not valid."""

import numpy as np
import pytest
import torch

from molvae.chem import is_valid, parse
from molvae.generation.constraint import SmilesConstraint, constraint_for
from molvae.tokenizers import EOS, AtomTokenizer, SelfiesTokenizer, Tokenizer, fit


def first_masked(constraint: SmilesConstraint, ids: list[int], limit: int) -> int:
    rules = constraint.start(1, limit)
    for position, token in enumerate(ids):
        if not rules.legal(torch.tensor([token]))[0]:
            return position
        rules.advance(torch.tensor([token]))
    return -1


@pytest.fixture(scope="module")
def constraint(tokenizer: Tokenizer) -> SmilesConstraint:
    found = constraint_for(tokenizer)
    assert found is not None
    return found


def write(tokenizer: Tokenizer, smiles: str) -> list[int]:
    return [*tokenizer.encode(smiles).tolist(), EOS]


def test_the_molecules_of_the_test_are_valid(molecules: list[str]) -> None:
    assert [smiles for smiles in molecules if not is_valid(smiles)] == []
    assert len(molecules) > 200


def test_every_molecule_can_be_written(
    constraint: SmilesConstraint, tokenizer: Tokenizer, molecules: list[str]
) -> None:
    failed = {}
    for smiles in molecules:
        ids = write(tokenizer, smiles)
        if (place := first_masked(constraint, ids, 200)) >= 0:
            failed[smiles] = place
    assert failed == {}


def test_every_molecule_can_be_written_without_a_token_to_spare(
    constraint: SmilesConstraint, tokenizer: Tokenizer, molecules: list[str]
) -> None:
    if tokenizer.kind == "char":
        molecules = molecules[::5]
    for smiles in molecules:
        ids = write(tokenizer, smiles)
        assert first_masked(constraint, ids, len(ids)) == -1, smiles
        assert first_masked(constraint, ids, len(ids) - 1) >= 0, smiles


@pytest.mark.parametrize("kekule", [False, True])
def test_unusual_ways_of_writing_pass(molecules: list[str], kekule: bool) -> None:
    from rdkit import Chem

    forms = []
    for smiles in molecules:
        mol = parse(smiles)
        assert mol is not None
        if kekule and not any(char in smiles for char in "*~$>"):
            Chem.Kekulize(mol, clearAromaticFlags=True)
        forms += [
            Chem.MolToSmiles(mol, doRandom=True, canonical=False, kekuleSmiles=kekule)
            for _ in range(3)
        ]
    forms = [form for form in dict.fromkeys(forms) if is_valid(form)]
    tokenizer = fit(forms)
    constraint = constraint_for(tokenizer)
    assert constraint is not None
    for form in forms:
        assert first_masked(constraint, write(tokenizer, form), 250) == -1, form


INVALID = [
    *("C=C=C=", "C(", "C(C", "CC)", "C()C", "C((C)C)C", "(C)C", "C1CC", "C11", "C1C1", "C12CC12"),
    *("C==C", "C-=C", "=C", "C=", "C.", ".C", "C..C", "C(.C)C", "C(1CC1)C", "C%01CC1", "FCF=C"),
    *("C(C)(C)(C)(C)C", "O=C(C)(C)C", "CO(C)C", "F=C", "N(C)(C)(C)C", "C[N+](C)(C)(C)C", "C#C#C"),
    *("cC", "c1ccccc1cC", "c1cccc1", "n1cccc1", "c1cccc1c1cccc1", "[nH]1ccccc1", "n1(C)ccccc1"),
    *("c1ccccc1=c1ccccc1", "o1(C)cccc1", "c1cc1", "c1ccc2cccc2c1", "c1cccc=1", "Cc1cc(C)cc1"),
    *("O=c1ccccc1", "c1ccc2c(c1)ccc2", "N(=O)(=O)=O", "C1C=1", "CN#NC", "c1ccncn1c"),
]


@pytest.mark.parametrize("smiles", INVALID)
def test_what_is_not_valid_is_masked(smiles: str) -> None:
    assert not is_valid(smiles)
    tokenizer = fit([*INVALID, "CNOSF"])
    constraint = constraint_for(tokenizer)
    assert constraint is not None
    assert first_masked(constraint, write(tokenizer, smiles), 50) >= 0


def test_nothing_is_constrained_for_selfies() -> None:
    assert constraint_for(SelfiesTokenizer()) is None


def test_rows_are_independent_and_can_be_selected() -> None:
    tokenizer = fit(["C1CC1", "CCO", "c1ccccc1"])
    constraint = constraint_for(tokenizer)
    assert constraint is not None
    texts = ["C1CC1", "CCO", "c1ccccc1"]
    rules = constraint.start(3, 20)
    for column in zip(*(tokenizer.split(text)[:3] for text in texts), strict=True):
        rules.advance(torch.tensor([tokenizer.vocabulary[token] for token in column]))
    allowed = rules.allowed(torch.device("cpu"))
    end = allowed[:, EOS].tolist()
    assert end == [False, True, False]
    few = rules.select(torch.tensor([2, 0]))
    assert torch.equal(few.allowed(torch.device("cpu")), allowed[[2, 0]])
    ends = torch.full((2,), EOS)
    assert few.legal(ends).tolist() == [False, False]
    assert rules.legal(torch.tensor([EOS]), torch.tensor([1])).tolist() == [True]


def test_allowed_says_what_legal_says() -> None:
    tokenizer = fit(["CC(=O)Nc1ccc(O)cc1", "C#N", "C1CCNC1"])
    constraint = constraint_for(tokenizer)
    assert constraint is not None
    rules = constraint.start(1, 30)
    for token in tokenizer.encode("CC(=O)Nc1cc").tolist():
        allowed = rules.allowed(torch.device("cpu"))[0]
        for other in range(len(tokenizer.vocabulary)):
            assert bool(allowed[other]) == bool(rules.legal(torch.tensor([other]))[0])
        rules.advance(torch.tensor([token]))


def test_brackets_and_percent_signs_are_followed_character_by_character() -> None:
    tokenizer = fit(["[C@@H](F)(Cl)Br", "C%12CCC%12", "[nH]1cccc1", "C[N+](C)(C)C"], "char")
    constraint = constraint_for(tokenizer)
    assert constraint is not None
    for wrong in ("[C@@H", "C[[", "[]", "C%1", "%12", "[C)", "Clr", "C[CH+]]", "l", "[+]"):
        ids = [tokenizer.vocabulary[character] for character in wrong]
        assert first_masked(constraint, [*ids, EOS], 50) >= 0, wrong


def test_special_tokens_are_never_legal() -> None:
    tokenizer = AtomTokenizer(fit(["CO"]).vocabulary)
    constraint = constraint_for(tokenizer)
    assert constraint is not None
    allowed = constraint.start(1, 5).allowed(torch.device("cpu"))[0].numpy()
    assert np.flatnonzero(allowed).tolist() == [tokenizer.vocabulary[t] for t in "CO"]
