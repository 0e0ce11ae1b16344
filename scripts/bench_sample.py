"""How many raw molecules a second a model writes, and what checking them costs.

    python scripts/bench_sample.py --model runs/mine --out sample.json

`decode` is latent vectors to token ids to strings; `sample` is `Generator.sample`, which also
parses, counts and removes duplicates. Measures take turns; figures are medians.
"""

import argparse
import time
from collections.abc import Callable
from pathlib import Path

import torch
from _bench import environment, interleaved, print_table, save

from molvae.checkpoint import load_model
from molvae.chem import is_valid
from molvae.generation import Generator
from molvae.model.device import has_fast_bfloat16, resolve_device


def main() -> None:
    arguments = _arguments()
    device = resolve_device(arguments.device)
    saved = load_model(arguments.model)
    precisions = ["float32", "bfloat16"] if has_fast_bfloat16(device) else ["float32"]
    rows = []
    for precision in precisions:
        generator = Generator(saved, device=str(device), precision=precision)
        measures = {
            "decode, sampled": _decoding(generator, arguments.batch, "sample"),
            "decode, greedy": _decoding(generator, arguments.batch, "greedy"),
            "sample, valid and unique": _sampling(generator, arguments.batch),
        }
        for measure in measures.values():
            measure()
        rates = interleaved(measures, arguments.rounds)
        rows += [
            {"measure": name, "precision": precision, "raw_molecules_per_second": rate}
            for name, rate in rates.items()
        ]
    shape = saved.config.model
    print(
        f"{environment()['cpu']}, {environment()['cores']} cores, {device}, batch "
        f"{arguments.batch}, GRU {shape.decoder.layers} x {shape.decoder.hidden_size}, "
        f"latent {shape.latent_size}, raw validity {_validity(saved, device):.3f}\n"
    )
    print_table(rows)
    if arguments.out:
        save(arguments.out, rows)


def _arguments() -> argparse.Namespace:
    parser = argparse.ArgumentParser(description=(__doc__ or "").splitlines()[0])
    parser.add_argument("--model", help="model, run or shipped name [default: as molvae sample]")
    parser.add_argument("--batch", type=int, default=1_000)
    parser.add_argument("--rounds", type=int, default=7)
    parser.add_argument("--device", default="auto")
    parser.add_argument("--out", type=Path, help="write the figures to this JSON file")
    return parser.parse_args()


def _decoding(generator: Generator, batch: int, method: str) -> Callable[[], float]:
    z = torch.randn(batch, generator.latent_size, generator=torch.Generator().manual_seed(0))
    latents = z.numpy()

    def measure() -> float:
        started_at = time.perf_counter()
        generator.decode(latents, method=method)  # type: ignore[arg-type]
        return batch / (time.perf_counter() - started_at)

    return measure


def _sampling(generator: Generator, batch: int) -> Callable[[], float]:
    def measure() -> float:
        summary = generator.sample(batch).summary
        return summary.drawn / summary.seconds

    return measure


def _validity(saved: object, device: torch.device) -> float:
    generator = Generator(saved, device=str(device))  # type: ignore[arg-type]
    raw = generator.sample(2_000, seed=1, valid=False, unique=False).smiles
    return sum(map(is_valid, raw)) / len(raw)


if __name__ == "__main__":
    main()
