"""`molvae inspect`: what is in a model and how it was trained."""

from collections.abc import Mapping, Sequence
from typing import TYPE_CHECKING, Any

import click

from molvae.cli.options import Session, command

if TYPE_CHECKING:
    from molvae.checkpoint import SavedModel
    from molvae.data.attributes import Attribute

LOSSES = {"reconstruction": "reconstruction loss", "kl": "KL", "elbo": "negative ELBO"}


@command(
    "inspect",
    examples=("molvae inspect", "molvae inspect runs/mine", "molvae inspect runs/mine --json"),
)
@click.argument("model", required=False)
def inspect(session: Session, *, model: str | None) -> None:
    """Show what is in MODEL (a model or run folder) and how it was trained.

    Without MODEL: the newest run under runs/, else the model that ships with molvae.
    """
    from molvae.checkpoint import load_model

    saved = load_model(model)
    terminal = session.terminal
    if terminal.json:
        terminal.write_json({"path": saved.path, **saved.card})
        return
    terminal.facts(_contents(saved), title=str(saved.path))
    for title, attributes in (("conditions", saved.conditions), ("predicts", saved.heads)):
        if attributes:
            terminal.facts(_ranges(attributes), title=title)
    terminal.facts(training_facts(saved.card.get("training") or {}), title="training")


def training_facts(training: Mapping[str, Any]) -> dict[str, object]:
    """How far a model was trained and how good it was, with units, for people.

    What the model does not say is None, or left out where it is not always measured.
    """
    seconds = training.get("elapsed_seconds")
    facts: dict[str, object] = {
        "steps": training.get("step"),
        "molecules seen": training.get("molecules_seen"),
        "minutes": None if seconds is None else f"{seconds / 60:.1f}",
    }
    if training.get("initialized_from"):
        facts["started from"] = training["initialized_from"]["model"]
    validation = training.get("validation") or {}
    for name, label in LOSSES.items():
        if validation.get(name) is not None:
            facts[label] = f"{validation[name]:.2f} nats a molecule"
    for name in ("token_accuracy", "exact_reconstruction", "sampled_validity"):
        if validation.get(name) is not None:
            facts[name] = f"{validation[name]:.1%}"
    if validation.get("active_units") is not None:
        facts["active_units"] = validation["active_units"]
    if training.get("warnings"):
        facts["warning"] = "; ".join(training["warnings"])
    return facts | _prior_facts(training.get("prior"))


def _prior_facts(fitted: Mapping[str, Any] | None) -> dict[str, object]:
    """Of a prior fitted afterwards: how many nats it saves."""
    if not fitted:
        return {}
    measure = fitted.get("measure", "KL")
    nats = f"{measure} {'to' if measure == 'KL' else 'under'}"
    worse = ""
    if fitted.get("worse"):
        worse = f" (worse than the {fitted['nats_before']:.2f} of the prior before)"
    return {
        "prior fitted to": f"{fitted['molecules']:,} molecules",
        f"{nats} N(0, I)": f"{fitted['nats_standard']:.2f} nats a held-out molecule",
        f"{nats} the prior": f"{fitted['nats_after']:.2f} nats{worse}",
    }


def _ranges(attributes: "Sequence[Attribute]") -> dict[str, object]:
    """What the training set holds of each."""
    return {
        attribute.name: f"{attribute.describe_range().removeprefix(attribute.name).strip()}, "
        f"{attribute.known:,} known"
        for attribute in attributes
    }


def _contents(saved: "SavedModel") -> dict[str, object]:
    from molvae.config import words

    shape, card = saved.config.model, saved.card
    corpus = (card.get("training") or {}).get("corpus") or {}
    return {
        "tokens": f"{saved.tokenizer.kind}, vocabulary of {len(saved.tokenizer.vocabulary)}",
        "encoder": words.describe_encoder(shape.encoder),
        "decoder": words.describe_decoder(shape.decoder),
        "latent size": shape.latent_size,
        "posterior": words.describe_posterior(shape.posterior),
        "prior": words.describe_prior(shape.prior),
        "parameters": card.get("parameters"),
        "corpus": f"{corpus['kept']:,} molecules" if "kept" in corpus else None,
        "made by": f"molvae {card.get('molvae', 'unknown')}, format version {card['version']}",
    }
