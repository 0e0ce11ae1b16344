"""The rows of `which_vae.py`: which method, over which settings, in which group of the table."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass

from molvae import Config
from molvae.errors import ConfigError

KINDS = ("mixture", "flow")
"""Priors that are fitted afterwards to trained models."""


@dataclass(frozen=True)
class Row:
    """A model to train, or, with `fitted`, a prior to fit to the model of the row `base`."""

    name: str
    group: str
    methods: tuple[str, ...] = ()
    settings: tuple[str, ...] = ()
    base: str | None = None
    fitted: str | None = None
    frontier: bool = False
    """Whether it is there to tell the weight of the KL and the prior apart."""

    def config(self, common: Sequence[str], preset: str) -> Config:
        """The settings of a trained row; `common` are those of all rows."""
        config = Config.preset(preset)
        for method in self.methods:
            config = config.method(method)
        return config.override([*common, *self.settings])

    @property
    def line(self) -> str | None:
        """The prior, where nothing but it and the constant weight of the KL tells rows apart."""
        if self.base == RISING:
            return None
        if self.fitted is not None:
            return f"{self.fitted}, fitted afterwards"
        if self.methods[:1] == (BASE,) and self.methods[1:] in LEARNED:
            return LEARNED[self.methods[1:]]
        return NORMAL if self.methods in ((BASE,), ("vae",), ("autoencoder",)) else None

    @property
    def text(self) -> str:
        """What is asked for beside the preset, as on a command line."""
        if self.fitted is not None:
            return f"--fit-prior {self.fitted} --init {self.base}"
        own = (text for text in self.settings if text.startswith(("train.kl", "model.")))
        return " ".join([f"--method {name}" for name in self.methods] + [f"--set {s}" for s in own])


WEIGHT, AFTERWARDS = "Weight of the KL", "Prior fitted afterwards"
BASE = "low-beta"
"""The method below all rows that do not set the course of beta themselves."""
RISING = "rising"
"""The course of beta in the preset `default`, with N(0, I)."""
NORMAL = "N(0, I)"
LEARNED = {
    ("flow-prior",): "flow, learned with the model",
    ("autoregressive-prior",): "autoregressive, learned with the model",
}
FRONTIER = "frontier"
"""Names the rows in which only the weight of the KL and the prior differ."""
BETAS = {
    "beta-0.03": ("train.kl.maximum=0.03",),
    "beta-0.1": (),
    "beta-0.3": ("train.kl.maximum=0.3",),
}


_DEFAULT = Config.preset("default").train.kl
COURSE = f"train.kl.maximum={_DEFAULT.maximum}", f"train.kl.end={_DEFAULT.end}"
"""What the preset `default` has in the place of the common one's course of beta."""


def rows(fitted: Iterable[str] = KINDS) -> list[Row]:
    """All rows, those first that the others are compared with."""
    weights = [
        *(Row(name, WEIGHT, (BASE,), settings, frontier=True) for name, settings in BETAS.items()),
        Row("vae", WEIGHT, ("vae",)),
        Row("autoencoder", WEIGHT, ("autoencoder",)),
        Row("beta-vae", WEIGHT, ("beta-vae",)),
        Row(RISING, WEIGHT, (), COURSE, frontier=True),
    ]
    bases = [*BETAS, "vae", "autoencoder", RISING]
    shown = {row.name for row in weights if row.frontier}
    after = [
        Row(f"{base} + {kind}", AFTERWARDS, base=base, fitted=kind, frontier=base in shown)
        for base in bases
        for kind in fitted
    ]
    over = "Prior learned with the model", "Posterior", "Networks", "Regularization"
    return [
        *weights,
        *after,
        *_based(over[0], "vamp", "mixture", "hierarchical"),
        *(Row(name.replace("beta", prior).removesuffix("-0.1"), over[0], (BASE, prior), settings,
              frontier=True) for (prior,) in LEARNED for name, settings in BETAS.items()),
        *(Row(f"{RISING}-{prior}", over[0], (prior,), COURSE, frontier=True)
          for (prior,) in LEARNED),
        *_based(over[1], "flow-posterior", "coupling-posterior"),
        *_own("Objective", "iwae", "beta-tcvae", "factor-vae", "info-vae", "wae-mmd",
              "adversarial"),
        *_own("Course of beta", "linear", "sigmoid", "cosine", "cyclical", "target-kl",
              "free-bits", "free-bits-total"),
        *_based(over[2], "gru-encoder", "conv-encoder", "one-shot"),
        *_based(over[3], "denoising", "word-dropout", "scheduled-sampling", "dropout"),
        Row("ema", over[3], (BASE, "ema"), ("train.ema=0.99",)),
        *_based(over[3], "weight-decay"),
    ]  # fmt: skip


def chosen(names: Sequence[str], known: Sequence[Row]) -> list[Row]:
    """Those of `known` that are named, by row or by group; all without names.

    Raises `ConfigError` for a name that is neither.
    """
    there = {label for row in known for label in _labels(row)}
    for name in names:
        if name not in there:
            raise ConfigError(f"no row or group {name!r}; there are {', '.join(sorted(there))}")
    return [row for row in known if not names or _labels(row) & set(names)]


def _labels(row: Row) -> set[str]:
    return {row.name, row.group} | ({FRONTIER} if row.frontier else set())


def _based(group: str, *methods: str) -> list[Row]:
    return [Row(name, group, (BASE, name)) for name in methods]


def _own(group: str, *methods: str) -> list[Row]:
    return [Row(name, group, (name,)) for name in methods]
