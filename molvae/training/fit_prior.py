"""A prior for a model that was trained: encoder and decoder stay as they are.

Where training left the latents of molecules in another place than N(0, I), as it does the
more the better a model reconstructs, new molecules are better drawn from a distribution
that was fitted to these latents (Ghosh et al. 2020; two stages as in Dai & Wipf 2019).
"""

import tempfile
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Literal, final

import torch

from molvae.checkpoint import SavedModel, load_model
from molvae.config import Config, PriorConfig
from molvae.data.attributes import kinds
from molvae.errors import ConfigError, OutputError
from molvae.model.device import keep_freed_memory, resolve_device
from molvae.model.priors import NormalPrior
from molvae.model.vae import MolVAE
from molvae.training.prior_latents import Progress, encode_rows, rows_to_read
from molvae.training.prior_learning import Pace, PriorCheck, PriorLearner, mean_nats
from molvae.training.refit import (
    LeftOut,
    Molecules,
    Reading,
    as_corpus,
    name_of,
    save_refitted,
    training_of,
)
from molvae.training.stop import StopRequest

PriorKind = Literal["mixture", "vamp", "flow", "autoregressive", "hierarchical"]

OF_THE_PRIOR = ("objective", "kl", "elbo", "sampled_validity")
"""What a validation measures of the prior too, and so not of one fitted afterwards."""
SAME_NATS = 0.01
"""A prior that needs this much more than another is no worse: that is rounding."""


@final
@dataclass(frozen=True)
class FittedPrior:
    """A model with its new prior, and how much nearer that is to molecules it did not see.

    All nats are means of KL(q(z|x) || p(z)) over the validation molecules, by the same draws
    of z; where a posterior is a point, of -log p(z).
    """

    path: Path
    kind: str
    measure: str
    """KL, or -log p(z) where a posterior is a point."""
    nats_standard: float
    """Under N(0, I)."""
    nats_before: float
    """Under the prior that the model had."""
    nats_after: float
    """Under the new one."""
    molecules: int
    """Learned from."""
    left_out: LeftOut
    """What the model cannot read."""
    steps: int
    epochs: float
    interrupted: bool
    """Whether it was stopped before its time; what was learned until then is kept."""

    @property
    def worse(self) -> bool:
        """Whether the prior before is nearer to molecules that were not learned from."""
        return self.nats_after > self.nats_before + SAME_NATS

    @property
    def facts(self) -> dict[str, Any]:
        """What `model.json` says of it."""
        rounded = {
            name: round(value, 4) if isinstance(value, float) else value
            for name, value in vars(self).items()
        }
        kept = {name: value for name, value in rounded.items() if name != "path"}
        return {**kept, "left_out": self.left_out._asdict(), "worse": self.worse}


def fit_prior(
    model: SavedModel | str | Path,
    molecules: Molecules,
    out: str | Path,
    *,
    kind: PriorKind = "flow",
    sizes: PriorConfig | None = None,
    limit: int = 500_000,
    max_minutes: float | None = None,
    max_epochs: float | None = None,
    max_steps: int | None = None,
    batch_size: int | None = None,
    learning_rate: float = Pace.learning_rate,
    seed: int = 0,
    device: str = "auto",
    called: str | None = None,
    progress: Progress | None = None,
    on_check: Callable[[PriorCheck], None] | None = None,
) -> FittedPrior:
    """Fit a prior of this `kind` to latents of `molecules`; the model with it goes to `out`.

    At most `limit` molecules are encoded, once; each epoch draws z ~ q(z|x) anew and
    maximizes log p(z). `sizes` are layers and the like, those of the model's settings if not
    given. A tenth of the molecules, at most 10,000, are held back to choose the best weights,
    and stop when they get no better; the limits on minutes and epochs are of learning alone.
    A prior of the same kind and sizes that the model has already goes on learning. Ctrl-C
    keeps what was learned. Look at `FittedPrior.worse`: a prior that learned too little is
    written too. `called` is what errors call the molecules. Raises `OutputError` where `out`
    exists, `ConfigError` for a kind or sizes that will not do, and `TrainingError` where too few
    molecules can be encoded.
    """
    if Path(out).exists():
        raise OutputError(f"{out} exists already; choose another --out")
    saved = model if isinstance(model, SavedModel) else load_model(model)
    config = _with_prior(saved.config, kind, sizes)
    keep_freed_memory()
    place = resolve_device(device)
    fresh = _fresh(saved, config, seed).to(place)
    with tempfile.TemporaryDirectory() as folder:
        corpus = as_corpus(molecules, config, Path(folder))
        reading = Reading(saved, corpus)
        rows = rows_to_read(saved, reading, limit, seed, called or name_of(molecules))
        encoded = encode_rows(saved, corpus, reading, rows, seed, device, progress)
        left_out = reading.left_out()
    pace = Pace(max_minutes, max_epochs, max_steps, batch_size, learning_rate)
    learner = PriorLearner(fresh.prior, encoded.learned_from, encoded.chosen_by, pace, seed=seed)
    if config != saved.config:
        learner.start()
    with StopRequest() as stop:
        tell = on_check or (lambda check: None)
        learner.learn(lambda: stop.requested, tell, _steps_told(progress))
    fitted = FittedPrior(
        Path(out),
        kind,
        measure_of(config),
        mean_nats(NormalPrior(fresh.latent_size), encoded.measured_by),
        mean_nats(saved.model.prior, encoded.measured_by),
        mean_nats(fresh.prior, encoded.measured_by),
        len(encoded.learned_from),
        left_out,
        learner.step,
        learner.epoch,
        stop.requested,
    )
    former = _without_prior(training_of(saved))
    save_refitted(saved, fresh, config, out, {"prior": fitted.facts}, former=former)
    return fitted


def _without_prior(training: Mapping[str, Any]) -> dict[str, Any]:
    """What holds under any prior; the rest of the last validation goes to `before_prior`."""
    validation = training.get("validation") or {}
    gone = {name: validation[name] for name in OF_THE_PRIOR if name in validation}
    if training.get("warnings"):
        gone["warnings"] = training["warnings"]
    if not gone:
        return dict(training)
    kept = {name: value for name, value in training.items() if name != "warnings"}
    if validation:
        kept["validation"] = {n: v for n, v in validation.items() if n not in OF_THE_PRIOR}
    return {**kept, "before_prior": gone}


def measure_of(config: Config) -> str:
    """What the nats of a prior are: those of a point have no KL."""
    return "-log p(z)" if config.model.posterior.kind == "deterministic" else "KL"


def _with_prior(config: Config, kind: PriorKind, sizes: PriorConfig | None) -> Config:
    if kind not in PriorKind.__args__:  # type: ignore[attr-defined]
        known = ", ".join(PriorKind.__args__)  # type: ignore[attr-defined]
        raise ConfigError(f"a prior {kind!r} cannot be fitted; choose one of {known}")
    prior = (sizes or config.model.prior).model_copy(update={"kind": kind})
    return config.model_copy(update={"model": config.model.model_copy(update={"prior": prior})})


def _fresh(saved: SavedModel, config: Config, seed: int) -> MolVAE:
    """The model with a new prior, of which alone the parameters can learn."""
    with torch.random.fork_rng(devices=[]):
        torch.manual_seed(seed)
        model = MolVAE(
            len(saved.tokenizer.vocabulary),
            config.model,
            conditions=kinds(saved.conditions),
            heads=kinds(saved.heads),
        )
    same = config == saved.config
    weights = saved.model.state_dict()
    kept = {name: weights[name] for name in weights if same or not name.startswith("prior.")}
    model.load_state_dict({**model.state_dict(), **kept})
    model.requires_grad_(False)
    model.prior.requires_grad_(True)
    model.eval()
    for layer in model.modules():
        if isinstance(layer, torch.nn.RNNBase):  # cuDNN's give a VampPrior gradients only so
            layer.train()
    return model


def _steps_told(progress: Progress | None) -> Callable[[int, float], None]:
    """Tells the steps done, and of how many, as far as that can be known."""

    def tell(steps: int, share: float) -> None:
        if progress is not None:
            progress("learning", steps, max(steps, round(steps / share)) if share > 0 else steps)

    return tell
