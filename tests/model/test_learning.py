"""Every network learns: fifty molecules by heart, and molecules from what is left of them."""

import numpy as np
import pytest
import torch

from molvae.config import Config
from molvae.data.batches import pad_sequences
from molvae.data.corruption import dropped, joined
from molvae.model.batch import Batch
from molvae.model.decoding import Decoding, decode_tokens
from molvae.model.objectives.base import reconstruction_error
from molvae.model.vae import MolVAE

VOCABULARY, LONGEST = 14, 6
NETWORKS = (("bilstm", "gru"), ("gru", "gru"), ("convolution", "gru"), ("bilstm", "one_shot"))


def molecules(count: int = 50) -> list[np.ndarray]:
    rng = np.random.default_rng(0)
    return [rng.integers(4, VOCABULARY, rng.integers(4, LONGEST + 1)) for _ in range(count)]


def model(encoder: str, decoder: str) -> MolVAE:
    torch.manual_seed(0)
    settings = [
        f"model.encoder.kind={encoder}", "model.encoder.hidden_size=32",
        f"model.decoder.kind={decoder}", "model.decoder.hidden_size=48",
        f"model.decoder.positions={LONGEST + 1}",
        "model.embedding_size=16", "model.latent_size=24",
    ]  # fmt: skip
    return MolVAE(VOCABULARY, Config().override(settings).model)


def learn(net: MolVAE, batches: list[Batch], steps: int) -> None:
    optimizer = torch.optim.Adam(net.parameters(), 1e-2)
    generator = torch.Generator().manual_seed(0)
    for step in range(steps):
        batch = batches[step % len(batches)]
        forward = net(batch, generator=generator)
        kl = net.kl(forward.posterior, forward.draw).mean()
        optimizer.zero_grad()
        (reconstruction_error(forward, batch) + 0.01 * kl).backward()
        torch.nn.utils.clip_grad_norm_(net.parameters(), 5.0)
        optimizer.step()
    net.eval()


@torch.no_grad()
def exactly_reconstructed(net: MolVAE, batch: Batch) -> float:
    steps = len(batch.tokens)
    written = decode_tokens(net, net.encode(batch).mu, Decoding("greedy", max_tokens=steps))
    written = torch.nn.functional.pad(written, (0, steps - written.shape[1]))
    return float((written == batch.tokens.t()).all(1).float().mean())


@pytest.mark.parametrize(("encoder", "decoder"), NETWORKS)
def test_fifty_molecules_are_memorized(encoder: str, decoder: str) -> None:
    net, batch = model(encoder, decoder), pad_sequences(molecules())
    learn(net, [batch], 100)
    assert exactly_reconstructed(net, batch) >= 0.9


def test_denoising_reconstructs_from_less() -> None:
    rows = molecules()
    clean = pad_sequences(rows)

    def corrupted(seed: int) -> Batch:
        lossy = pad_sequences(list(dropped(joined(rows), 0.25, np.random.default_rng(seed))))
        return clean._replace(source=lossy.tokens, source_lengths=lossy.lengths)

    plain, denoising = model("gru", "gru"), model("gru", "gru")
    learn(plain, [clean], 120)
    learn(denoising, [corrupted(seed) for seed in range(120)], 120)
    unseen = corrupted(1_000)
    assert exactly_reconstructed(denoising, unseen) > exactly_reconstructed(plain, unseen) + 0.2
    assert exactly_reconstructed(plain, clean) >= 0.9
