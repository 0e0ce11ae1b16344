"""Every posterior goes with every prior, in training too."""

import numpy as np
import pytest
import torch

from molvae.config import DecoderConfig, EncoderConfig, ModelConfig, PosteriorConfig, PriorConfig
from molvae.data.batches import pad_sequences
from molvae.model.vae import MolVAE
from molvae.tokenizers.vocabulary import PAD

POSTERIORS = ("gaussian", "deterministic", "flow", "hierarchical")
PRIORS = ("normal", "mixture", "vamp", "flow", "autoregressive", "hierarchical")
PAIRS = [(q, p) for q in POSTERIORS for p in PRIORS if p != "vamp" or q == "gaussian"]


def model(posterior: str, prior: str) -> MolVAE:
    torch.manual_seed(0)
    config = ModelConfig(
        embedding_size=4,
        latent_size=4,
        encoder=EncoderConfig(hidden_size=6),
        decoder=DecoderConfig(hidden_size=5),
        posterior=PosteriorConfig(kind=posterior, layers=2, hidden_size=6),
        prior=PriorConfig(kind=prior, components=3, layers=2, hidden_size=6, pseudo_length=2),
    )
    return MolVAE(9, config)


@pytest.mark.parametrize(("posterior", "prior"), PAIRS)
def test_bound_falls_in_a_few_steps(posterior: str, prior: str) -> None:
    vae = model(posterior, prior)
    rng = np.random.default_rng(0)
    batch = pad_sequences([rng.integers(4, 9, rng.integers(1, 7)) for _ in range(16)])
    optimizer = torch.optim.Adam(vae.parameters(), 1e-2)
    bounds = []
    for _ in range(30):
        forward = vae(batch, generator=torch.Generator().manual_seed(0))
        kl = vae.kl(forward.posterior, forward.draw)
        nll = torch.nn.functional.cross_entropy(
            forward.logits.flatten(0, 1), batch.tokens.flatten(), ignore_index=PAD, reduction="sum"
        )
        loss = nll / 16 + kl.mean()
        optimizer.zero_grad()
        loss.backward()
        optimizer.step()
        bounds.append(float(loss.detach()))
    assert kl.shape == (16,)
    assert np.isfinite(bounds).all()
    assert bounds[-1] < 0.9 * bounds[0]
    # A point's KL counts as 0, from which no prior learns.
    learning = posterior != "deterministic"
    assert all((p.grad is not None) == learning for p in vae.prior.parameters())
    assert all(p.grad is not None for p in vae.posterior.parameters())
