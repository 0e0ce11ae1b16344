"""Published results of the two suites, to print beside one's own, each with its protocol."""

from collections.abc import Mapping
from dataclasses import dataclass


@dataclass(frozen=True)
class PublishedRow:
    """Results of one model by the names of molvae's suites; what was not stated is absent."""

    model: str
    values: Mapping[str, float]


@dataclass(frozen=True)
class PublishedTable:
    """Rows that were measured in one way and may be compared with each other."""

    protocol: str
    """How the rows were measured; figures measured differently do not compare."""
    source: str
    rows: tuple[PublishedRow, ...]


def published(suite: str) -> PublishedTable | None:
    """The published rows of `suite` ("moses" or "guacamol"); None for a suite without any."""
    return _TABLES.get(suite)


# fmt: off
_MOSES_NAMES = (
    "valid", "unique@10000", "FCD/Test", "FCD/TestSF", "SNN/Test", "SNN/TestSF",
    "Frag/Test", "Frag/TestSF", "Scaf/Test", "Scaf/TestSF",
    "IntDiv", "IntDiv2", "Filters", "Novelty",
)
_GUACAMOL_NAMES = ("validity", "uniqueness", "novelty", "kl_divergence", "fcd")
# fmt: on


def _row(model: str, names: tuple[str, ...], *values: float | None) -> PublishedRow:
    pairs = zip(names, values, strict=True)
    return PublishedRow(model, {name: value for name, value in pairs if value is not None})


# fmt: off
_MOSES = (
    _row("train set", _MOSES_NAMES,
         1.0, 1.0, 0.008, 0.4755, 0.6419, 0.5859, 1.0, 0.9986, 0.9907, 0.0,
         0.8567, 0.8508, 1.0, None),
    _row("CharRNN", _MOSES_NAMES,
         0.9748, 0.9994, 0.0732, 0.5204, 0.6015, 0.5649, 0.9998, 0.9983, 0.9242, 0.1101,
         0.8562, 0.8503, 0.9943, 0.8419),
    _row("VAE", _MOSES_NAMES,
         0.9767, 0.9984, 0.0990, 0.5670, 0.6257, 0.5783, 0.9994, 0.9984, 0.9386, 0.0588,
         0.8558, 0.8498, 0.997, 0.6949),
    _row("AAE", _MOSES_NAMES,
         0.9368, 0.9973, 0.5555, 1.0572, 0.6081, 0.5677, 0.9910, 0.9905, 0.9022, 0.0789,
         0.8557, 0.8499, 0.996, 0.7931),
    _row("JTN-VAE", _MOSES_NAMES,
         1.0, 0.9996, 0.3954, 0.9382, 0.5477, 0.5194, 0.9965, 0.9947, 0.8964, 0.1009,
         0.8551, 0.8493, 0.976, 0.9143),
    _row("LatentGAN", _MOSES_NAMES,
         0.8966, 0.9968, 0.2968, 0.8281, 0.5371, 0.5132, 0.9986, 0.9972, 0.8867, 0.1072,
         0.8565, 0.8505, 0.9735, 0.9498),
)
_GUACAMOL = (
    _row("SMILES LSTM", _GUACAMOL_NAMES, 0.959, 1.000, 0.912, 0.991, 0.913),
    _row("VAE", _GUACAMOL_NAMES, 0.870, 0.999, 0.974, 0.982, 0.863),
    _row("AAE", _GUACAMOL_NAMES, 0.822, 1.000, 0.998, 0.886, 0.529),
    _row("G2PT-base", _GUACAMOL_NAMES, 0.946, 1.000, 0.995, 0.960, 0.934),
)
# fmt: on

_TABLES = {
    "moses": PublishedTable(
        protocol="trained on the MOSES training set; 30,000 samples, mean of three seeds, "
        "against the benchmark's Test and TestSF, RDKit of 2020",
        source="MOSES repository and Polykovskiy et al. 2020",
        rows=_MOSES,
    ),
    "guacamol": PublishedTable(
        protocol="trained on GuacaMol's ChEMBL training set; 10,000 samples for each benchmark",
        source="Brown et al. 2019; G2PT-base: Chen et al. 2025",
        rows=_GUACAMOL,
    ),
}
