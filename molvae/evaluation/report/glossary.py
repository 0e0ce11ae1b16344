"""What each metric means, in a line."""

from typing import NamedTuple

from molvae.evaluation.latent_meanings import MEANINGS


class Term(NamedTuple):
    """A metric as the report explains it."""

    title: str
    meaning: str
    decimals: int | None = None
    """Fixed for what is counted; None lets the size of the value say."""


TITLES = {
    "moses": "MOSES metrics",
    "guacamol": "GuacaMol benchmarks",
    "latent": "Latent diagnostics",
}
_HELD_OUT = "to the test set of held-out scaffolds"

_MOSES = {
    "valid": Term("valid", "share of the strings that are molecules"),
    "unique@1000": Term("unique@1000", "distinct share of the first 1,000 valid"),
    "unique@10000": Term("unique@10000", "distinct share of the first 10,000 valid"),
    "FCD/Test": Term("FCD/Test", "Fréchet ChemNet distance to the test set"),
    "FCD/TestSF": Term("FCD/TestSF", f"FCD {_HELD_OUT}"),
    "SNN/Test": Term("SNN/Test", "mean similarity to the nearest molecule of the test set"),
    "SNN/TestSF": Term("SNN/TestSF", f"SNN {_HELD_OUT}"),
    "Frag/Test": Term("Frag/Test", "cosine similarity of the counts of BRICS fragments"),
    "Frag/TestSF": Term("Frag/TestSF", f"Frag {_HELD_OUT}"),
    "Scaf/Test": Term("Scaf/Test", "cosine similarity of the counts of scaffolds"),
    "Scaf/TestSF": Term("Scaf/TestSF", f"Scaf {_HELD_OUT}"),
    "IntDiv": Term("IntDiv", "internal diversity: 1 \N{MINUS SIGN} the mean similarity of pairs"),
    "IntDiv2": Term("IntDiv2", "IntDiv with the root of the mean squared similarity"),
    "Filters": Term("Filters", "share that passes the medicinal-chemistry filters"),
    "logP": Term("logP", "Wasserstein-1 distance of logP to the test set"),
    "SA": Term("SA", "Wasserstein-1 distance of synthetic accessibility"),
    "QED": Term("QED", "Wasserstein-1 distance of drug-likeness"),
    "weight": Term("weight", "Wasserstein-1 distance of molecular weight, g/mol"),
    "Novelty": Term("Novelty", "share of distinct molecules that the training set lacks"),
}
_GUACAMOL = {
    "validity": Term("validity", "share of the draws that are molecules"),
    "uniqueness": Term("uniqueness", "share of the valid ones that are distinct"),
    "novelty": Term("novelty", "share of the distinct ones that the training set lacks"),
    "kl_divergence": Term(
        "KL divergence", "mean of exp(\N{MINUS SIGN}KL) over ten descriptors; 1 is alike"
    ),
    "fcd": Term("FCD score", "exp(\N{MINUS SIGN}0.2 FCD) to the training set; 1 is alike"),
    "fcd_distance": Term("FCD", "Fréchet ChemNet distance behind the score"),
}
_LATENT_TITLES = {
    "kl": "KL",
    "kl/standard": "KL to N(0, I)",
    "mmd": "MMD",
    "mmd/noise": "MMD, noise",
    "marginal_kl": "marginal KL",
    "log_likelihood/iwae": "log-likelihood, IWAE",
    "log_likelihood/elbo": "log-likelihood, ELBO",
    "log_likelihood/bits_per_token": "log-likelihood, bits per token",
    "log_likelihood/effective_draws": "log-likelihood, effective draws",
    "smoothness/spearman": "smoothness, Spearman",
}
_SPELLED = {"tanimoto": "Tanimoto", "logp": "logP", "qed": "QED", "sa": "SA", "tpsa": "TPSA"}
_KNOWN = {"moses": _MOSES, "guacamol": _GUACAMOL}


def term(suite: str, name: str) -> Term:
    """What metric `name` of `suite` means; for an unknown one, its name in words."""
    known = _KNOWN.get(suite, {}).get(name)
    if known is not None:
        return known
    if suite == "guacamol" and name.startswith("kl/"):
        return Term(f"KL of {name[3:].replace('_', ' ')}", "nats, of this descriptor")
    title = _LATENT_TITLES.get(name) or _in_words(name)
    meaning = MEANINGS.get(name, "") if suite == "latent" else ""
    return Term(title, meaning, 0 if name == "active_units" else None)


def _in_words(name: str) -> str:
    """ "smoothness, Tanimoto at 0.5" of smoothness/tanimoto@0.5."""
    words = name.replace("/", ", ").replace("@", " at ").replace("_", " ")
    for plain, written in _SPELLED.items():
        words = words.replace(f", {plain}", f", {written}")
    return words
