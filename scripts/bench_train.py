"""How many molecules a second a training step handles, ours beside PyTorch's plain layers.

    python scripts/bench_train.py --out train.json

Every figure is forward, backward, clipping and Adam on length-bucketed batches of the starter
corpus. All variants take turns in one run, so that ratios hold on a busy machine too. `moses`
is the size of the MOSES VAE (encoder summary 256, decoder 3 x 512, latent 128).
"""

import argparse
import tempfile
import time
from collections.abc import Callable
from pathlib import Path
from typing import Any

import torch
from _bench import environment, interleaved, print_table, save
from torch import Tensor, nn

from molvae.config import Config, DecoderConfig, EncoderConfig, ModelConfig
from molvae.data.batches import Batches, Cursor
from molvae.data.datasets import starter_path
from molvae.data.prepare import prepare
from molvae.data.readers import read_records
from molvae.data.shards import Corpus
from molvae.model.batch import Batch
from molvae.model.device import has_fast_bfloat16, keep_freed_memory, resolve_device
from molvae.model.objectives.base import reconstruction_error
from molvae.model.vae import Forward, MolVAE

DEFAULT = ModelConfig(
    latent_size=128,
    encoder=EncoderConfig(hidden_size=256),
    decoder=DecoderConfig(hidden_size=512),
)
"""The default preset's networks; its prior and the tally, which plain torch lacks, are left out."""
MOSES = ModelConfig(
    embedding_size=32,
    latent_size=128,
    encoder=EncoderConfig(hidden_size=128),
    decoder=DecoderConfig(hidden_size=512, layers=3),
)


class PlainVAE(nn.Module):
    """The same model out of nn.LSTM and nn.GRU, as one would write it first."""

    def __init__(self, vocabulary_size: int, config: ModelConfig) -> None:
        super().__init__()
        model = MolVAE(vocabulary_size, config)
        self.embedding, self.posterior = model.embedding, model.posterior
        self.initial, self.output = model.decoder.initial, model.decoder.output
        self.layers = config.decoder.layers
        self.encoder = nn.LSTM(
            config.embedding_size, config.encoder.hidden_size, config.encoder.layers,
            bidirectional=True,
        )  # fmt: skip
        self.decoder = nn.GRU(
            config.embedding_size + config.latent_size, config.decoder.hidden_size, self.layers
        )

    def forward(self, batch: Batch, *, dtype: torch.dtype) -> Forward:
        tokens = self.embedding(batch.tokens).to(dtype)
        packed = nn.utils.rnn.pack_padded_sequence(
            tokens, batch.lengths.cpu(), enforce_sorted=False
        )
        last = self.encoder(packed)[1][0]
        posterior = self.posterior(torch.cat((last[-2], last[-1]), dim=1))
        z = posterior.sample()
        inputs = torch.cat(
            (self.embedding(batch.inputs), z.expand(len(batch.inputs), *z.shape)), dim=2
        )
        first = torch.stack(torch.tanh(self.initial(z)).chunk(self.layers, dim=1)).to(dtype)
        states = self.decoder(inputs.to(dtype), first)[0]
        return Forward(self.output(states.float()), posterior, z)


def main() -> None:
    arguments = _arguments()
    keep_freed_memory()
    device = resolve_device(arguments.device)
    with tempfile.TemporaryDirectory() as folder:
        corpus = _corpus(Path(folder) / "corpus", arguments.molecules)
        rows = []
        for name, size in (("default", DEFAULT), ("moses", MOSES)):
            rows += _measure(name, size, corpus, device, arguments)
    machine = environment()
    print(f"{machine['cpu']}, {machine['cores']} cores, torch {torch.__version__}, {device}\n")
    print_table(rows)
    if arguments.out:
        save(arguments.out, rows)


def _arguments() -> argparse.Namespace:
    parser = argparse.ArgumentParser(description=(__doc__ or "").splitlines()[0])
    parser.add_argument("--molecules", type=int, default=20_000, help="of the starter corpus")
    parser.add_argument("--batch-size", type=int, default=256)
    parser.add_argument("--steps", type=int, default=6, help="a reading")
    parser.add_argument("--rounds", type=int, default=5)
    parser.add_argument("--device", default="auto")
    parser.add_argument("--out", type=Path, help="write the figures to this JSON file")
    return parser.parse_args()


def _corpus(path: Path, molecules: int) -> Corpus:
    records = read_records(starter_path())
    smiles = [record.smiles for record, _ in zip(records, range(molecules), strict=False)]
    return prepare(smiles, path, Config.preset("default"))


def _measure(
    name: str, size: ModelConfig, corpus: Corpus, device: torch.device, arguments: Any
) -> list[dict[str, Any]]:
    batches = Batches(corpus["train"], arguments.batch_size, seed=0, device=device)
    variants: dict[str, Callable[[], float]] = {}
    for kind, dtype in _variants(device):
        torch.manual_seed(0)
        build = MolVAE if kind == "molvae" else PlainVAE
        model = build(len(corpus.vocabulary), size).to(device)
        if kind == "plain":
            model.encoder.to(dtype)
            model.decoder.to(dtype)
        variants[f"{kind} {str(dtype).removeprefix('torch.')}"] = _steps(
            model, batches, dtype, arguments.steps
        )
    for warm_up in variants.values():
        warm_up()
    rates = interleaved(variants, arguments.rounds)
    return [
        {
            "size": name,
            "variant": variant,
            "molecules_per_second": rate,
            "ratio_to_plain_float32": rate / rates["plain float32"],
        }
        for variant, rate in rates.items()
    ]


def _variants(device: torch.device) -> list[tuple[str, torch.dtype]]:
    kinds = [("molvae", torch.float32), ("plain", torch.float32)]
    if has_fast_bfloat16(device):
        kinds += [("molvae", torch.bfloat16), ("plain", torch.bfloat16)]
    return kinds


def _steps(
    model: nn.Module, batches: Batches, dtype: torch.dtype, steps: int
) -> Callable[[], float]:
    """A reading: molecules a second over some training steps, the same batches each time."""
    optimizer = torch.optim.AdamW(model.parameters(), lr=1e-4, fused=True)

    def one(batch: Batch) -> Tensor:
        forward = model(batch, dtype=dtype)
        kl = forward.posterior.kl().sum(1).mean()
        loss = reconstruction_error(forward, batch) + 0.5 * kl
        optimizer.zero_grad(set_to_none=True)
        loss.backward()
        torch.nn.utils.clip_grad_norm_(model.parameters(), 5.0)
        optimizer.step()
        return loss.detach()

    def measure() -> float:
        cursor, seen = Cursor(), 0
        started_at = time.perf_counter()
        for _ in range(steps):
            batch = batches.batch(cursor)
            loss = one(batch)
            seen += len(batch.lengths)
            cursor = batches.after(cursor)
        loss.item()  # wait for the device
        return seen / (time.perf_counter() - started_at)

    return measure


if __name__ == "__main__":
    main()
