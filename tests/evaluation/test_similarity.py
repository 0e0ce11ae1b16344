"""Similarities against brute force in float64 and against RDKit, exactly."""

from collections.abc import Iterator

import numpy as np
import numpy.typing as npt
import pytest
from rdkit import DataStructs
from rdkit.Chem import rdFingerprintGenerator

from molvae.chem.molecule import parse
from molvae.evaluation import neighbor_search, shared_bits, similarity
from molvae.evaluation.similarity import mean_similarities, nearest_other, nearest_similarity

Bits = npt.NDArray[np.uint8]
Floats = npt.NDArray[np.float64]


def assorted(rows: int, bits: int, seed: int) -> Bits:
    """Rows from empty to full, most with few bits on and of skewed frequency, some repeated."""
    random = np.random.default_rng(seed)
    frequencies = random.beta(0.3, 4.0, bits)
    matrix = (random.random((rows, bits)) < frequencies * random.random((rows, 1)) * 2).astype("u1")
    dense = random.random((max(1, rows // 10), bits)) < random.random((max(1, rows // 10), 1))
    matrix[: len(dense)] = dense
    matrix[-1] = 0
    matrix[rows // 2] = 1
    matrix[rows // 3] = 0
    matrix[rows // 4] = matrix[3 * rows // 4]
    return np.asarray(matrix[random.permutation(rows)])


def brute_force(left: Bits, right: Bits, empty: float) -> Floats:
    a, b = left.astype(np.float64), right.astype(np.float64)
    shared = a @ b.T
    either = a.sum(1)[:, None] + b.sum(1) - shared
    return np.asarray(np.divide(shared, either, out=np.full_like(shared, empty), where=either > 0))


def without_itself(pairs: Floats) -> Floats:
    return np.asarray(pairs - np.diag(np.diag(pairs)))


@pytest.fixture(params=["int8", "float32"])
def product(request: pytest.FixtureRequest, monkeypatch: pytest.MonkeyPatch) -> None:
    """Both ways to multiply, whatever this processor would choose."""
    monkeypatch.setattr(shared_bits, "_has_fast_int8", lambda: request.param == "int8")


@pytest.fixture
def small_blocks(monkeypatch: pytest.MonkeyPatch) -> None:
    """Several blocks of everything, with remainders."""
    monkeypatch.setattr(neighbor_search, "TILE_ROWS", 19)
    monkeypatch.setattr(neighbor_search, "PREPARED_ROWS", 53)
    monkeypatch.setattr(similarity, "_QUERIES", 61)
    monkeypatch.setattr(similarity, "_REFERENCES", 128)
    monkeypatch.setattr(similarity, "_STRIP", 34)
    monkeypatch.setattr(similarity, "_BLOCK", 17)


@pytest.mark.parametrize("bits", [8, 320, 1024, 4096])
@pytest.mark.parametrize("seed", range(2))
@pytest.mark.usefixtures("product", "small_blocks")
def test_nearest_equals_brute_force(bits: int, seed: int) -> None:
    queries, references = assorted(101, bits, seed), assorted(222, bits, seed + 100)
    found = nearest_similarity(pack(queries), pack(references))
    assert np.array_equal(found, brute_force(queries, references, 1.0).max(1))
    assert (queries.sum(1) > 256).any() or bits <= 256


@pytest.mark.parametrize("bits", [8, 1024, 4096])
@pytest.mark.usefixtures("product", "small_blocks")
def test_nearest_other_equals_brute_force(bits: int) -> None:
    rows = assorted(150, bits, 3)
    found = nearest_other(pack(rows))
    assert np.array_equal(found, without_itself(brute_force(rows, rows, 0.0)).max(1))


@pytest.mark.usefixtures("product")
def test_nearest_with_default_blocks_equals_brute_force() -> None:
    queries, references = assorted(300, 1024, 8), assorted(3_000, 1024, 9)
    expected = brute_force(queries, references, 1.0).max(1)
    assert np.array_equal(nearest_similarity(pack(queries), pack(references)), expected)


def test_screening_leaves_pairs_out_and_the_result_as_it_is(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    """The bound is worth its cost on skewed bits, or this file tests the slow way only."""
    random = np.random.default_rng(4)
    frequencies = np.sort(random.beta(0.2, 5.0, 1024))
    references = (random.random((4_000, 1024)) < frequencies).astype("u1")
    queries = references[random.permutation(4_000)[:600]] ^ (random.random((600, 1024)) < 0.01)
    visited = []
    visit = neighbor_search.NeighborSearch._raise_best

    def counting(search, queries, tile, rows) -> None:  # type: ignore[no-untyped-def]
        visited.append(len(rows) * (tile.stop - tile.start))
        visit(search, queries, tile, rows)

    monkeypatch.setattr(neighbor_search.NeighborSearch, "_raise_best", counting)
    found = nearest_similarity(pack(queries.astype("u1")), pack(references))
    assert np.array_equal(found, brute_force(queries, references, 1.0).max(1))
    assert sum(visited) < 0.25 * queries.shape[0] * references.shape[0]


def test_morgan_fingerprints_as_rdkit_compares_them() -> None:
    for radius, size in ((2, 1024), (2, 4096)):
        generator = rdFingerprintGenerator.GetMorganGenerator(radius=radius, fpSize=size)
        vectors = [generator.GetFingerprint(parse(one)) for one in molecules()]
        vectors.append(DataStructs.ExplicitBitVect(size))
        rows = np.stack([generator.GetFingerprintAsNumPy(parse(one)) for one in molecules()])
        rows = pack(np.concatenate([rows, np.zeros((1, size), np.uint8)]))
        pairs = np.array([DataStructs.BulkTanimotoSimilarity(one, vectors) for one in vectors])
        assert np.array_equal(nearest_other(rows), without_itself(pairs).max(1))
        pairs[-1, -1] = 1.0
        assert np.array_equal(nearest_similarity(rows[-9:], rows[:40]), pairs[-9:, :40].max(1))
        assert mean_similarities(rows).linear == pytest.approx(pairs.mean(), abs=1e-8)


@pytest.mark.usefixtures("product", "small_blocks")
@pytest.mark.parametrize("rows", [1, 2, 17, 34, 35, 200])
def test_means_equal_brute_force(rows: int) -> None:
    bits = assorted(rows, 1024, rows)
    pairs = brute_force(bits, bits, 1.0)
    found = mean_similarities(pack(bits))
    assert found.linear == pytest.approx(pairs.mean(), abs=1e-7)
    assert found.quadratic == pytest.approx(np.sqrt(np.square(pairs).mean(1)).mean(), abs=1e-7)
    assert (found.linear_error, found.quadratic_error, found.rows) == (0, 0, rows)


@pytest.mark.usefixtures("small_blocks")
def test_a_sample_estimates_the_means_within_its_standard_errors() -> None:
    """Over many seeds the error is as large as it says, and far below that of a plain mean."""
    bits = (np.random.default_rng(0).random((900, 256)) < 0.1 + 0.2 * np.eye(900, 256)).astype("u1")
    bits[:, :30] |= np.random.default_rng(1).random((900, 1)) < 0.5
    rows = pack(bits)
    pairs = brute_force(bits, bits, 1.0)
    truth = np.array([pairs.mean(), np.sqrt(np.square(pairs).mean(1)).mean()])
    samples = [mean_similarities(rows, limit=400, seed=seed) for seed in range(40)]
    off = np.array([[one.linear, one.quadratic] for one in samples]) - truth
    errors = np.array([[one.linear_error, one.quadratic_error] for one in samples])
    assert samples[0].rows == 400 * 400 // 1800
    scores = off / errors
    assert 0.7 < np.sqrt(np.square(scores).mean()) < 1.4
    plain = pairs.mean(1).std() / np.sqrt(samples[0].rows)
    assert errors[:, 0].mean() < plain / 2


def test_a_sample_is_the_same_for_the_same_seed() -> None:
    rows = pack(assorted(300, 256, 5))
    first, again, other = (mean_similarities(rows, limit=100, seed=seed) for seed in (1, 1, 2))
    assert first == again
    assert first.linear != other.linear


def test_a_sample_of_equal_rows_is_exact() -> None:
    """The predictor is constant there: no slope, no error."""
    for row in (0, 255):
        means = mean_similarities(np.full((50, 16), row, np.uint8), limit=20)
        assert means[:4] == pytest.approx((1, 1, 0, 0))


def test_edges() -> None:
    none, empty = np.zeros((0, 128), np.uint8), np.zeros((2, 128), np.uint8)
    assert len(nearest_similarity(none, empty)) == 0
    assert len(nearest_other(none)) == 0
    assert nearest_other(np.full((1, 128), 3, np.uint8)).tolist() == [0]
    assert nearest_other(np.full((2, 128), 3, np.uint8)).tolist() == [1, 1]
    assert nearest_other(empty).tolist() == [0, 0]
    assert nearest_similarity(empty, empty).tolist() == [1, 1]
    assert mean_similarities(empty[:1]).linear == 1
    with pytest.raises(ValueError, match="no reference"):
        nearest_similarity(empty, none)
    with pytest.raises(ValueError, match="no fingerprints"):
        mean_similarities(none)


@pytest.mark.usefixtures("small_blocks")
def test_progress_ends_at_its_total() -> None:
    rows = pack(assorted(120, 64, 6))
    heard: list[tuple[str, int, int]] = []

    def listen(stage: str, done: int, total: int) -> None:
        heard.append((stage, done, total))

    for work in (nearest_other, mean_similarities):
        heard.clear()
        work(rows, progress=listen)  # type: ignore[operator]
        assert heard[-1][1:] == (120, 120)
        assert [done for _, done, _ in heard] == sorted(done for _, done, _ in heard)


def pack(bits: Bits) -> Bits:
    return np.packbits(bits, axis=1)


def molecules() -> Iterator[str]:
    """Chains, rings and substituents: 120 different molecules."""
    for core in ("c1ccccc1", "C1CCCCC1", "c1ccncc1", "C1CCNCC1", "c1ccsc1"):
        for tail in ("O", "N", "C(=O)O", "C#N", "S(=O)(=O)C", "OC", "CCF", "C(=O)NC"):
            for length in range(3):
                yield "C" * length + core + "C" * length + tail
