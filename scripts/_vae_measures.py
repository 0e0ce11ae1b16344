"""What `which_vae.py` measures of a model, with the pieces of `molvae.evaluation`."""

import math
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
import torch

from molvae import Generator
from molvae.chem import is_valid
from molvae.data.batches import by_length, pad_sequences
from molvae.evaluation import Reference, describe_molecules, moses_metrics
from molvae.evaluation.latent_statistics import active_units
from molvae.evaluation.likelihood import log_likelihoods
from molvae.generation.codec import Method
from molvae.generation.latents import read_molecules
from molvae.model.vae import MolVAE

BATCH_SIZE = 500
Values = dict[str, float | None]
Sequences = Sequence[np.ndarray[Any, Any]]


@dataclass(frozen=True)
class Protocol:
    """How much of everything is measured."""

    samples: int
    constrained: int
    unseen: int
    likelihood_molecules: int
    likelihood_draws: int
    seed: int


def measure_model(
    path: Path,
    unseen: Sequence[str],
    reference: Reference,
    protocol: Protocol,
    *,
    threads: int,
    device: str,
    method: Method = "sample",
) -> Values:
    """Everything that the table tells of the model at `path`; None where there is no value."""
    generator = Generator.load(path, device=device)
    raw = generator.raw_samples(protocol.samples, seed=protocol.seed, method=method)
    masked = generator.raw_samples(protocol.constrained, seed=protocol.seed, constrained=True)
    back = generator.reconstruct(unseen)
    return {
        "reconstruction": float(back["exact"].mean()),
        "similarity": float(back["tanimoto"].fillna(0.0).mean()),
        **measure_samples(raw, reference, threads=threads),
        "valid_constrained": sum(map(is_valid, masked)) / len(masked),
        **_measure_latent(generator, unseen, protocol),
    }


def measure_samples(smiles: Sequence[str], reference: Reference, *, threads: int) -> Values:
    """What the table tells of strings, whoever wrote them."""
    molecules = describe_molecules(smiles, workers=threads)
    count = len(smiles)
    found = moses_metrics(molecules, reference, unique_at=(count,)).values
    names = {
        "valid": "valid",
        "unique": f"unique@{count}",
        "novel": "Novelty",
        "fcd": "FCD/Test",
        "snn": "SNN/Test",
    }
    return {own: _number(found[name]) for own, name in names.items()}


@torch.inference_mode()
def _measure_latent(generator: Generator, unseen: Sequence[str], protocol: Protocol) -> Values:
    """KL to the model's own prior in nats, active units, and the bound on log p(x)."""
    saved = generator.saved
    reading = read_molecules(unseen, saved.tokenizer, saved.config)
    sequences = [reading.encoded[int(row)] for row in reading.readable]
    kl, mu = _posteriors(saved.model, sequences, protocol.seed)
    found: Values = {"kl": kl, "active_units": active_units(mu), "log_likelihood": None}
    if saved.config.model.posterior.kind == "deterministic":
        return found  # a point has no density
    some = sequences[: protocol.likelihood_molecules]
    bounds = log_likelihoods(
        saved.model, some, draws=protocol.likelihood_draws, seed=protocol.seed
    ).iwae
    return {**found, "log_likelihood": _number(float(bounds.mean()))}


def _posteriors(
    model: MolVAE, sequences: Sequences, seed: int
) -> tuple[float, np.ndarray[Any, Any]]:
    """The mean KL in nats, of one draw where it has no closed form, and the means (N, Z)."""
    device = model.embedding.weight.device
    noise = torch.Generator(device).manual_seed(seed)
    total, means = 0.0, []
    for rows in by_length(sequences, BATCH_SIZE):
        posterior = model.encode(pad_sequences([sequences[row] for row in rows], device))
        total += float(model.kl(posterior, posterior.draw(noise)).sum())
        means.append(posterior.mu.double().cpu().numpy())
    return total / len(sequences), np.concatenate(means)


def _number(value: float) -> float | None:
    return value if math.isfinite(value) else None
