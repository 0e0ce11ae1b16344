"""How good a model is in the middle of training."""

from collections.abc import Sequence
from typing import NamedTuple

import torch
from torch import Tensor

from molvae.chem import is_valid
from molvae.config import KLConfig, ValidationConfig
from molvae.data.annotations import Annotations
from molvae.data.attributes import Attribute
from molvae.data.batches import in_order
from molvae.data.shards import Split
from molvae.model.batch import Batch
from molvae.model.decoding import Decoding, decode_tokens
from molvae.model.objectives import token_nll
from molvae.model.vae import MolVAE
from molvae.tokenizers import Tokenizer
from molvae.tokenizers.vocabulary import PAD
from molvae.training.records import ValidationRecord

ACTIVE_VARIANCE = 0.01
BATCH_SIZE = 500
"""Molecules measured at once."""


class _Sums(NamedTuple):
    """Totals over molecules."""

    molecules: Tensor
    nll_nats: Tensor
    kl_nats: Tensor
    tokens: Tensor
    tokens_right: Tensor
    exact: Tensor


@torch.no_grad()
def validate(
    model: MolVAE,
    split: Split,
    step: int,
    *,
    validation: ValidationConfig,
    kl: KLConfig,
    dtype: torch.dtype,
    sampled_validity: float | None,
    annotations: Annotations | None = None,
    heads: Sequence[Attribute] = (),
) -> ValidationRecord:
    """Measure `model` on some molecules of `split`, always the same ones, told all conditions.

    `heads` are the attributes of its property heads.
    Their z are drawn with the same noise each time. The model comes back in train mode.
    """
    device = model.embedding.weight.device
    generator = torch.Generator(device).manual_seed(0)
    model.eval()
    totals, means, labels = None, [], []
    batches = in_order(
        split, BATCH_SIZE, limit=validation.molecules, device=device, annotations=annotations
    )
    for batch in batches:
        sums, mu = _measure(model, batch, dtype, generator)
        totals = sums if totals is None else _Sums(*map(torch.add, totals, sums))
        means.append(mu)
        labels.append(batch.labels)
    predicted = _predicted(model, torch.cat(means), labels, heads)
    model.train()
    assert totals is not None, "train() checks that there are validation molecules"
    values = _Sums(*(float(value) for value in totals))  # type: ignore[arg-type]
    nll, kl_nats = values.nll_nats / values.molecules, values.kl_nats / values.molecules
    return ValidationRecord(
        step=step,
        objective=final_objective(float(nll), float(kl_nats), kl),
        reconstruction=float(nll),
        kl=float(kl_nats),
        elbo=float(nll + kl_nats),
        token_accuracy=float(values.tokens_right / values.tokens),
        exact_reconstruction=float(values.exact / values.molecules),
        active_units=active_units(torch.cat(means)),
        sampled_validity=sampled_validity,
        predicted=predicted,
    )


def final_objective(reconstruction: float, kl: float, config: KLConfig) -> float:
    """What `best` and early stopping go by: the loss as it is at the end of the run, in nats.

    With a target, whose beta is not known before, nats of KL above the target count as
    much as nats of reconstruction, and those below are free.
    """
    if config.target is not None:
        return reconstruction + max(0.0, kl - config.target)
    return reconstruction + config.maximum * kl


def _predicted(
    model: MolVAE, mu: Tensor, labels: Sequence[Tensor | None], heads: Sequence[Attribute]
) -> dict[str, float] | None:
    """The scores of the heads that can be scored: two labels or more that are not all one."""
    known = [values for values in labels if values is not None]
    if not heads or not known:
        return None
    values, predictions = torch.cat(known).cpu().numpy(), model.predict(mu).cpu().numpy()
    scores = {
        attribute.name: attribute.score(values[:, column], predictions[:, column])
        for column, attribute in enumerate(heads)
    }
    return {name: score for name, score in scores.items() if score is not None}


def active_units(mu: Tensor) -> int:
    """Number of dimensions of `mu` (N, Z) with variance above 0.01 (Burda et al. 2016)."""
    if len(mu) < 2:
        return 0
    return int((mu.var(0) > ACTIVE_VARIANCE).sum())


@torch.no_grad()
def prior_validity(
    model: MolVAE, tokenizer: Tokenizer, samples: int, max_tokens: int, dtype: torch.dtype
) -> float:
    """Share of valid molecules among `samples` of the prior, the same latents each time."""
    device = model.embedding.weight.device
    generator = torch.Generator(device).manual_seed(0)
    z = model.prior.sample(samples, generator)
    decoding = Decoding(max_tokens=max_tokens)
    ids = decode_tokens(model, z, decoding, generator=generator, dtype=dtype)
    smiles = tokenizer.decode_batch(ids.cpu().numpy(), workers=1)
    return sum(map(is_valid, smiles)) / samples


def _measure(
    model: MolVAE, batch: Batch, dtype: torch.dtype, generator: torch.Generator
) -> tuple[_Sums, Tensor]:
    forward = model(batch, dtype=dtype, generator=generator)
    counted = batch.tokens != PAD
    right = (forward.logits.argmax(2) == batch.tokens) & counted
    mu = forward.posterior.mu
    sums = _Sums(
        molecules=torch.tensor(float(len(batch.lengths))),
        nll_nats=token_nll(forward.logits, batch.tokens).sum(),
        kl_nats=model.kl(forward.posterior, forward.draw).sum(),
        tokens=counted.sum(),
        tokens_right=right.sum(),
        exact=_exactly_reconstructed(model, batch, mu, dtype),
    )
    return sums, mu


def _exactly_reconstructed(model: MolVAE, batch: Batch, mu: Tensor, dtype: torch.dtype) -> Tensor:
    steps = batch.tokens.shape[0]
    decoding = Decoding(method="greedy", max_tokens=steps)
    written = decode_tokens(  # (B, <= T)
        model, mu, decoding, conditions=batch.conditions, dtype=dtype
    )
    written = torch.nn.functional.pad(written, (0, steps - written.shape[1]))
    return (written == batch.tokens.t()).all(1).sum()
