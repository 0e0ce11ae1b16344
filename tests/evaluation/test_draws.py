"""Samples of a stream against the rounds of the reference, written once more naively."""

from itertools import chain, repeat

from hypothesis import given, settings
from hypothesis import strategies as st
from rdkit import Chem, rdBase

from molvae.evaluation.draws import Draws, Sample, read_all

POOL = ["C", "CC", "OC", "CO", "C[C@H](O)F", "C[C@@H](O)F", "CC(O)F", "c1ccccc1", "C1CC", "x", ""]


def canonical(smiles: str, *, stereo: bool = True) -> str | None:
    with rdBase.BlockLogs():
        mol = Chem.MolFromSmiles(smiles)
    return Chem.MolToSmiles(mol, isomericSmiles=stereo) if smiles and mol else None


def sampled(stream: list[str], wanted: int, tries: int, *, distinct: bool) -> list[str]:
    """Rounds of as many draws as are lacking, until there are enough or too many were drawn."""
    rest = iter(stream)
    kept: list[str] = []
    drawn = 0
    while len(kept) < wanted and drawn < tries * wanted:
        lacking = wanted - len(kept)
        for smiles in [next(rest) for _ in range(lacking)]:
            found = canonical(smiles)
            if found and not (distinct and found in kept):
                kept.append(found)
        drawn += lacking
    return kept


def forms(sample: Sample) -> list[str]:
    return [one.canonical for one in sample.readings]


@settings(max_examples=60, deadline=None)
@given(st.lists(st.sampled_from(POOL), min_size=77, max_size=90), st.integers(1, 7))
def test_the_reference_samples_the_same(stream: list[str], wanted: int) -> None:
    draws = Draws(iter(stream), workers=1)
    assert forms(draws.valid(wanted)) == sampled(stream, wanted, 10, distinct=False)
    assert forms(draws.unique(wanted)) == sampled(stream, wanted, 2, distinct=True)
    assert not draws.valid(wanted).ended and not draws.unique(wanted).ended


@settings(max_examples=40, deadline=None)
@given(st.lists(st.sampled_from(POOL), max_size=30), st.integers(1, 40))
def test_a_list_that_ends(stream: list[str], wanted: int) -> None:
    sample = Draws(stream, workers=1).valid(wanted)
    molecules = [found for found in map(canonical, stream) if found]
    assert forms(sample) == molecules[:wanted]
    assert sample.drawn <= len(stream)
    if sample.ended:
        assert sample.drawn == len(stream)
        assert len(sample.readings) < wanted


def test_asking_again_draws_nothing_new() -> None:
    taken = []

    def stream():
        for smiles in chain(["C", "x", "CC", "C"], repeat("CCC")):
            taken.append(smiles)
            yield smiles

    draws = Draws(stream(), workers=1)
    assert forms(draws.valid(3)) == ["C", "CC", "C"]
    assert len(taken) == 4
    assert forms(draws.unique(2)) == ["C", "CC"]
    assert [one and one.flat for one in draws.first(4)] == ["C", None, "CC", "C"]
    assert len(taken) == 4
    draws.first(6)
    assert len(taken) == 6


def test_a_stream_without_end_and_without_molecules_is_given_up() -> None:
    sample = Draws(repeat("not a molecule"), workers=1).valid(5)
    assert sample == Sample([], 50, ended=False)
    assert Draws(repeat("CC"), workers=1).unique(5).drawn == 5 + 4 + 4


def test_forms_with_and_without_stereochemistry() -> None:
    found = read_all(["F[C@H](O)C", "[2H]C", " ", "C1CC"], workers=1)
    assert [one and tuple(one) for one in found] == [
        ("C[C@@H](O)F", "CC(O)F"),
        ("[2H]C", "[H]C"),
        None,
        None,
    ]


def test_progress_and_workers_do_not_change_the_order() -> None:
    seen = []
    texts = [smiles * count for count in range(1, 150) for smiles in ("C", "O", "F")]
    alone = read_all(texts, workers=1, progress=lambda *now: seen.append(now))
    assert read_all(texts * 3, workers=2) == alone * 3
    assert seen[-1] == ("reading", len(texts), len(texts))
