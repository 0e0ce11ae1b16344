"""How fast priors say densities and draw latents, and what drawing in one pass's work saves.

    python scripts/bench_priors.py --draws 1000 --threads 1

Each kind in the sizes of its method, `--latent-size` dimensions. The autoregressive prior is also
drawn from in the plain way, one pass of its network for each dimension. Writes
docs/benchmarks/priors.json.
"""

import argparse
import time
from collections.abc import Callable
from functools import partial
from pathlib import Path

import torch
from _bench import interleaved, print_table, save
from torch import Tensor

from molvae import Config
from molvae.model.priors import AutoregressivePrior, Prior, build_prior

KINDS = {
    "normal": "vae",
    "mixture": "mixture",
    "flow": "flow-prior",
    "autoregressive": "autoregressive-prior",
}
OUT = Path(__file__).parent.parent / "docs" / "benchmarks" / "priors.json"


def main() -> None:
    """Measure all kinds in turn, and write the table."""
    arguments = _arguments()
    torch.set_num_threads(arguments.threads)
    torch.manual_seed(0)
    priors = {kind: _built(method, arguments.latent_size) for kind, method in KINDS.items()}
    draws: int = arguments.draws
    measures: dict[str, Callable[[], float]] = {}
    for kind, prior in priors.items():
        z = prior.sample(draws)
        measures[f"{kind}, draw"] = partial(_rate, draws, partial(prior.sample, draws))
        measures[f"{kind}, density"] = partial(_rate, draws, partial(prior.log_prob, z))
    plain = priors["autoregressive"]
    assert isinstance(plain, AutoregressivePrior)
    again = partial(_pass_by_pass, plain, draws)
    measures["autoregressive, draw, a pass a dimension"] = partial(_rate, draws, again)
    rates = interleaved(measures, arguments.rounds)
    rows = [{"what": name, "per second": rate} for name, rate in rates.items()]
    print_table(rows)
    gain = rates["autoregressive, draw"] / rates["autoregressive, draw, a pass a dimension"]
    print(f"one pass's work draws {gain:.1f} times as fast as a pass a dimension")
    payload = {"latents at once": draws, "latent size": arguments.latent_size,
               "threads": arguments.threads, "rounds": arguments.rounds,
               "rows": rows, "gain": gain}  # fmt: skip
    save(arguments.out, payload)


def _built(method: str, latent_size: int) -> Prior:
    model = Config.preset("small").method(method).model
    prior = build_prior(latent_size, model.prior, model.posterior)
    with torch.no_grad():  # as after training: nothing is zero
        for parameter in prior.parameters():
            parameter.add_(0.02 * torch.randn_like(parameter))
    return prior.eval()


def _rate(count: int, work: Callable[[], Tensor]) -> float:
    with torch.inference_mode():
        start = time.perf_counter()
        work()
        return count / (time.perf_counter() - start)


def _pass_by_pass(prior: AutoregressivePrior, count: int) -> Tensor:
    """Draws by the whole network at each dimension, of which one is read."""
    white = torch.zeros(count, prior.latent_size)
    for place in range(prior.latent_size):
        logits, mu, log_width = prior.terms(prior.network(white)[:, place])
        chosen = torch.multinomial(logits.softmax(-1), 1)
        noise = torch.randn(count, 1)
        drawn = mu.gather(1, chosen) + log_width.gather(1, chosen).exp() * noise
        white[:, place] = drawn[:, 0]
    return white


def _arguments() -> argparse.Namespace:
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--draws", type=int, default=1_000, help="latents at once")
    parser.add_argument("--latent-size", type=int, default=64)
    parser.add_argument("--threads", type=int, default=1)
    parser.add_argument("--rounds", type=int, default=5)
    parser.add_argument("--out", type=Path, default=OUT)
    return parser.parse_args()


if __name__ == "__main__":
    main()
