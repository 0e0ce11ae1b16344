import warnings

import fcd
import numpy as np
import pytest

from molvae.evaluation import frechet
from molvae.evaluation.chemnet import FEATURES, ChemNet
from molvae.evaluation.frechet import Gaussian, frechet_distance, gaussian

# MOSES's own published test case.
REFERENCE = ["Oc1ccccc1-c1cccc2cnccc12", "COc1cccc(NC(=O)Cc2coc3ccc(OC)cc23)c1"]
GENERATED = [
    "CNC",
    "Oc1ccccc1-c1cccc2cnccc12",
    "CCCP",
    "Cc1noc(C)c1CN(C)C(=O)Nc1cc(F)cc(F)c1",
    "Cc1nc(NCc2ccccc2)no1-c1ccccc1",
]
SMILES = GENERATED + REFERENCE + [f"{'C' * length}N" for length in range(1, 15)]


def rows(count: int, seed: int) -> np.ndarray:
    drawn = np.random.default_rng(seed)
    return drawn.normal(size=(count, FEATURES)) * drawn.uniform(0.1, 2.0, FEATURES) + seed


def fitted(data: np.ndarray) -> Gaussian:
    return Gaussian(data.mean(axis=0), np.cov(data.T), len(data))


def distance_of_samples(a: np.ndarray, b: np.ndarray) -> float:
    """Oracle without eigenvalues: Tr (Ca Cb)^(1/2) is the nuclear norm of A B^T."""
    left = (a - a.mean(axis=0)) / np.sqrt(len(a) - 1)
    right = (b - b.mean(axis=0)) / np.sqrt(len(b) - 1)
    shift = ((a.mean(axis=0) - b.mean(axis=0)) ** 2).sum()
    overlap = np.linalg.svd(left @ right.T, compute_uv=False).sum()
    return float(shift + (left**2).sum() + (right**2).sum() - 2 * overlap)


class TestGaussian:
    @pytest.mark.parametrize("chunk", [5, 100])
    def test_in_chunks_is_that_of_all(self, chunk: int, monkeypatch: pytest.MonkeyPatch) -> None:
        monkeypatch.setattr(frechet, "_CHUNK", chunk)
        activations = ChemNet(device="cpu").activations(SMILES).astype(np.float64)
        found = gaussian(iter(SMILES), device="cpu")
        assert found.count == len(SMILES)
        np.testing.assert_allclose(found.mean, activations.mean(axis=0), atol=1e-6)
        np.testing.assert_allclose(found.covariance, np.cov(activations.T), atol=1e-6)

    def test_keeps_precision_far_from_zero(self) -> None:
        data = rows(900, seed=0) + 1e5
        moments = frechet._Moments()
        for part in np.array_split(data, 7):
            moments.add(part)
        found = moments.gaussian()
        np.testing.assert_allclose(found.covariance, np.cov(data.T), atol=1e-8)

    def test_counts_repeats(self) -> None:
        once, twice = gaussian(SMILES, device="cpu"), gaussian(SMILES * 2, device="cpu")
        ratio = (len(SMILES) - 1) / len(SMILES) * 2 * len(SMILES) / (2 * len(SMILES) - 1)
        assert twice.count == 2 * once.count
        np.testing.assert_allclose(twice.covariance, once.covariance * ratio, atol=1e-6)

    def test_tells_its_progress(self, monkeypatch: pytest.MonkeyPatch) -> None:
        monkeypatch.setattr(frechet, "_CHUNK", 3)
        told: list[tuple[str, int, int]] = []
        gaussian(GENERATED, device="cpu", progress=lambda *now: told.append(now))
        assert told == [("ChemNet", 3, 5), ("ChemNet", 5, 5)]

    def test_does_not_ask_for_a_length(self) -> None:
        told: list[tuple[str, int, int]] = []
        gaussian(iter(GENERATED), device="cpu", progress=lambda *now: told.append(now))
        assert told == [("ChemNet", 5, 0)]

    @pytest.mark.parametrize("smiles", [[], ["CCO"]])
    def test_of_fewer_than_two(self, smiles: list[str]) -> None:
        with pytest.raises(ValueError, match="at least 2"):
            gaussian(smiles, device="cpu")


class TestFrechetDistance:
    def test_of_the_published_case(self) -> None:
        found = frechet_distance(
            gaussian(GENERATED[:4], device="cpu"), gaussian(REFERENCE, device="cpu")
        )
        assert found == pytest.approx(52.58371754, rel=2e-6)

    def test_is_that_of_fcd(self) -> None:
        a, b = fitted(rows(1500, seed=1)), fitted(rows(1000, seed=2))
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")  # scipy's sqrtm loses its argument disp
            expected = fcd.calculate_frechet_distance(a.mean, a.covariance, b.mean, b.covariance)
        assert frechet_distance(a, b) == pytest.approx(expected, rel=1e-9)

    @pytest.mark.parametrize(("left", "right"), [(2, 3), (40, 700), (700, 800)])
    def test_is_exact_at_any_rank(self, left: int, right: int) -> None:
        a, b = rows(left, seed=3), rows(right, seed=4)
        expected = distance_of_samples(a, b)
        assert frechet_distance(fitted(a), fitted(b)) == pytest.approx(expected, rel=1e-10)
        assert frechet_distance(fitted(b), fitted(a)) == pytest.approx(expected, rel=1e-10)

    def test_of_commuting_covariances(self) -> None:
        drawn = np.random.default_rng(5)
        a, b = drawn.uniform(0.01, 4.0, (2, FEATURES))
        mean = np.zeros(FEATURES)
        found = frechet_distance(Gaussian(mean, np.diag(a), 9), Gaussian(mean + 0.5, np.diag(b), 9))
        expected = FEATURES * 0.25 + ((np.sqrt(a) - np.sqrt(b)) ** 2).sum()
        assert found == pytest.approx(expected, rel=1e-12)

    def test_to_itself(self) -> None:
        a = fitted(rows(600, seed=6))
        assert 0.0 <= frechet_distance(a, a) < 1e-9 * np.trace(a.covariance)

    def test_to_one_molecule_repeated(self) -> None:
        a, mean = fitted(rows(600, seed=7)), np.zeros(FEATURES)
        point = Gaussian(mean, np.zeros((FEATURES, FEATURES)), 5)
        expected = a.mean @ a.mean + np.trace(a.covariance)
        assert frechet_distance(a, point) == pytest.approx(expected, rel=1e-12)
        assert frechet_distance(point, point) == pytest.approx(0.0, abs=1e-12)

    def test_of_what_is_not_finite(self) -> None:
        a, mean = fitted(rows(600, seed=8)), np.zeros(FEATURES)
        unknown = Gaussian(mean, np.full((FEATURES, FEATURES), np.nan), 1)
        assert np.isnan(frechet_distance(a, unknown))
        assert np.isnan(frechet_distance(unknown, a))
