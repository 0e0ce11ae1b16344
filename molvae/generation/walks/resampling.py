"""What the posterior of a molecule holds: how sure the model is of it, and of what else."""

from collections import Counter
from collections.abc import Sequence
from typing import Any

import numpy as np
import pandas as pd

from molvae.generation.checks import check_count
from molvae.generation.codec import Codec
from molvae.generation.conditions import Conditions
from molvae.generation.sieve import check
from molvae.generation.walks.drawing import draw_draws
from molvae.generation.walks.ends import End, read_ends
from molvae.generation.walks.search import Surroundings
from molvae.generation.walks.similar import Fingerprints
from molvae.generation.walks.terms import Terms
from molvae.generation.walks.walk import Walk, check_properties, described


def resample(
    codec: Codec,
    a: str,
    n: int = 100,
    *,
    temperature: float = 1.0,
    conditions: Conditions | None = None,
    guidance: float = 1.0,
    constrained: bool = False,
    properties: Sequence[str] = (),
    seed: int = 0,
) -> Walk:
    """`n` molecules drawn from what the model makes of `a`: z ~ q(z|a), x ~ p(x|z).

    The share that gives `a` back is its part in the reconstruction accuracy of Jin et al. 2018.
    One row a distinct molecule, the most frequent first: `smiles`, `times` (drawn), `share`
    (of all draws), `similarity` (Tanimoto to `a`, Morgan radius 2, 2,048 bits), `itself`
    (whether it is `a`), `novel` where known, and `properties`. `n` = 0 gives an empty table.
    Raises `MoleculeError` for an `a` that cannot be encoded.
    """
    check_count(n, "n")
    check_properties(properties)
    (end,) = read_ends(codec, {"A": a})
    terms = Terms(codec, conditions, guidance, constrained)
    raw = Surroundings(terms, end, end.mu, temperature, np.random.default_rng(seed)).draw(n, None)
    counts = Counter(smiles for smiles in check(raw) if smiles is not None)
    table = described(_table(counts, end, n), codec, properties)
    facts = _facts(counts, end, n) | {"temperature": temperature, "seed": seed}
    summary = "\n".join([*_lines(facts, table), *([end.note] if end.note else [])])
    return Walk(table, facts=facts, summary=summary, draw=draw_draws(end.smiles))


def _table(counts: Counter[str], end: End, n: int) -> pd.DataFrame:
    similarity = dict(zip(counts, Fingerprints().to(end.smiles, list(counts)), strict=True))
    order = sorted(counts, key=lambda one: (-counts[one], -similarity[one], one))
    return pd.DataFrame(
        {
            "smiles": pd.Series(order, dtype="str"),
            "times": np.array([counts[one] for one in order], np.int64),
            "share": np.array([counts[one] / n for one in order], np.float64),
            "similarity": np.array([similarity[one] for one in order], np.float64),
            "itself": np.array([one == end.smiles for one in order], bool),
        }
    )


def _facts(counts: Counter[str], end: End, n: int) -> dict[str, Any]:
    return {
        "a": end.smiles,
        "drawn": n,
        "validity": counts.total() / n if n else float("nan"),
        "a_itself": counts[end.smiles] / n if n else float("nan"),
        "distinct": len(counts),
    }


def _lines(facts: dict[str, Any], table: pd.DataFrame) -> list[str]:
    if not facts["drawn"]:
        return ["nothing was drawn"]
    mean = (table["similarity"] * table["times"]).sum() / max(1, table["times"].sum())
    return [
        f"{facts['drawn']:,} draws from the posterior of A: {facts['a_itself']:.1%} gave A back, "
        f"{facts['validity']:.1%} valid, {facts['distinct']:,} distinct molecules",
        f"Tanimoto to A {mean:.2f} on average over the valid draws",
    ]
