"""CUDA against the CPU in one run of a few minutes: same results, then how fast.

    python scripts/bench_gpu.py --out gpu.json

Checks that logits, losses and gradients on CUDA are those of the CPU in float32, trains and
samples at the default and at the MOSES size, and prints molecules a second. Without a CUDA
device it says so and exits with 1.
"""

import argparse
import tempfile
import time
from pathlib import Path
from typing import Any

import torch
from _bench import environment, print_table, save
from bench_train import MOSES, _corpus, _steps

from molvae.config import Config, ModelConfig
from molvae.data.batches import Batches, Cursor
from molvae.data.shards import Corpus
from molvae.model.decoding import Decoding, decode_tokens
from molvae.model.objectives.base import reconstruction_error
from molvae.model.vae import MolVAE

CUDA = torch.device("cuda")


def main() -> None:
    parser = argparse.ArgumentParser(description=(__doc__ or "").splitlines()[0])
    parser.add_argument("--molecules", type=int, default=50_000)
    parser.add_argument("--out", type=Path, help="write the figures to this JSON file")
    arguments = parser.parse_args()
    if not torch.cuda.is_available():
        raise SystemExit("there is no CUDA device here: nothing was measured")
    with tempfile.TemporaryDirectory() as folder:
        corpus = _corpus(Path(folder) / "corpus", arguments.molecules)
        sizes = {"default": Config.preset("default").model, "moses": MOSES}
        checks = [{"size": name, **_compare(size, corpus)} for name, size in sizes.items()]
        rates = [
            row for name, size in sizes.items() for row in _rates(name, size, corpus)
        ]  # fmt: skip
    print(f"{torch.cuda.get_device_name()}, torch {torch.__version__}\n")
    print_table(checks)
    print()
    print_table(rates)
    if arguments.out:
        device = {"gpu": torch.cuda.get_device_name(), "cuda": torch.version.cuda}
        save(arguments.out, {"device": device, "checks": checks, "rates": rates})
    if max(check["largest_gradient_difference"] for check in checks) > 1e-3:
        raise SystemExit("CUDA and the CPU disagree")
    print(f"\nenvironment: {environment()}")


def _compare(size: ModelConfig, corpus: Corpus) -> dict[str, float]:
    """Largest differences between the devices on one batch, z being the posterior mean."""
    torch.backends.cuda.matmul.allow_tf32 = False
    torch.backends.cudnn.allow_tf32 = False
    results = [_pass(size, corpus, device) for device in (torch.device("cpu"), CUDA)]
    logits, loss, gradient = (
        float((a - b).abs().max() / b.abs().max()) for a, b in zip(*results, strict=True)
    )
    return {
        "largest_logit_difference": logits,
        "loss_difference": loss,
        "largest_gradient_difference": gradient,
    }


def _pass(size: ModelConfig, corpus: Corpus, device: torch.device) -> tuple[torch.Tensor, ...]:
    torch.manual_seed(0)
    model = MolVAE(len(corpus.vocabulary), size).to(device)
    batch = Batches(corpus["train"], 64, seed=0, device=device).batch(Cursor())
    posterior = model.encode(batch)
    forward = model.decode(batch, posterior.mu)
    error = reconstruction_error(model(batch)._replace(logits=forward), batch)
    loss = error + posterior.kl().sum(1).mean()
    loss.backward()
    gradient = torch.cat([p.grad.flatten() for p in model.parameters() if p.grad is not None])
    return forward.detach().cpu(), loss.detach().cpu()[None], gradient.cpu()


def _rates(name: str, size: ModelConfig, corpus: Corpus) -> list[dict[str, Any]]:
    rows = []
    for batch_size in (256, 1024, 4096):
        for dtype in (torch.float32, torch.bfloat16):
            torch.manual_seed(0)
            model = MolVAE(len(corpus.vocabulary), size).to(CUDA)
            batches = Batches(corpus["train"], batch_size, seed=0, device=CUDA)
            measure = _steps(model, batches, dtype, 30)
            measure()
            rows.append(
                {
                    "size": name,
                    "what": "train",
                    "precision": str(dtype).removeprefix("torch."),
                    "batch": batch_size,
                    "molecules_per_second": measure(),
                }
            )
    rows.append(_sampling_rate(name, model))
    return rows


def _sampling_rate(name: str, model: MolVAE, batch: int = 10_000) -> dict[str, Any]:
    z = torch.randn(batch, model.latent_size, device=CUDA)
    generator = torch.Generator(CUDA).manual_seed(0)
    decoding = Decoding(max_tokens=60)
    for _ in range(2):
        torch.cuda.synchronize()
        started_at = time.perf_counter()
        decode_tokens(model.eval(), z, decoding, generator=generator, dtype=torch.bfloat16)
        torch.cuda.synchronize()
        seconds = time.perf_counter() - started_at
    return {
        "size": name,
        "what": "sample",
        "precision": "bfloat16",
        "batch": batch,
        "molecules_per_second": batch / seconds,
    }


if __name__ == "__main__":
    main()
