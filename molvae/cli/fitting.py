"""`molvae train --fit-heads`: a model that exists learns to predict, and nothing else changes."""

import tempfile
from contextlib import ExitStack
from pathlib import Path
from typing import TYPE_CHECKING

import click

from molvae.cli.options import Session, SettingsSource
from molvae.cli.prepare import prepare_corpus
from molvae.cli.settings import resolve_config
from molvae.cli.training_options import Values, finetuning_base, initial_model

if TYPE_CHECKING:
    from molvae.checkpoint import SavedModel
    from molvae.config import Config
    from molvae.data.shards import Corpus

STARTER_MOLECULES = 20_000
DROPOUT = 0.1


def fit_heads(
    session: Session,
    names: tuple[str, ...],
    *,
    source: str | None,
    init: str | None,
    out: str | None,
    settings: SettingsSource,
    column: str | None,
    workers: int | None,
) -> None:
    """Fit heads for `names` on the molecules of `source` and write the model with them to `out`."""
    from molvae.training.fit_heads import fit_heads as fit

    saved, out = fitted_model("--fit-heads", settings, init, out)
    config = _config(session, settings, names, saved)
    heads = config.model.heads
    with ExitStack() as stack:
        folder = Path(stack.enter_context(tempfile.TemporaryDirectory())) / "corpus"
        corpus = fitting_corpus(session, source, folder, config, saved, column, workers)
        fitted = fit(
            saved,
            corpus,
            out,
            properties=heads.properties,
            classes=heads.classes,
            hidden_size=heads.hidden_size,
            dropout=heads.dropout,
            seed=config.seed,
            device=config.train.device,
            called=called(source),
        )
    terminal = session.terminal
    facts = {"molecules": fitted.molecules, "epochs": fitted.epochs}
    if terminal.json:
        left_out = fitted.left_out._asdict()
        terminal.write_json({"model": out, **facts, "left_out": left_out, "scores": fitted.scores})
        return
    shown = {f"{name} (R2 or accuracy)": f"{score:.3f}" for name, score in fitted.scores.items()}
    terminal.facts({**facts, "left out": str(fitted.left_out), **shown}, title=out)
    terminal.say(f"next: molvae encode FILE --properties {','.join(heads.names)} --model {out}")


def called(source: str | None) -> str:
    """What messages call the molecules."""
    from molvae.data.streams import display_name

    return "the starter corpus" if source is None else display_name(source)


def fitted_model(
    option: str, settings: SettingsSource, init: str | None, out: str | None
) -> "tuple[SavedModel, str]":
    """The model whose part is learned, and the folder for the new one, not yet there."""
    from molvae.errors import OutputError

    if init is None or out is None:
        raise click.UsageError(f"{option} needs --init MODEL and --out NEW_MODEL")
    if settings.preset is not None:
        raise click.UsageError("--init brings the settings of MODEL: give no --preset")
    if Path(out).exists():
        raise OutputError(f"{out} exists already; choose another --out")
    saved = initial_model(init)
    assert saved is not None
    return saved, out


def _config(
    session: Session, settings: SettingsSource, names: tuple[str, ...], saved: "SavedModel"
) -> "Config":
    """The settings of the model, its heads replaced by those asked for."""
    own = ["model.heads.classes=[]", f"model.heads.dropout={DROPOUT}"]
    own += Values(heads=names).assignments(None)
    return resolve_config(session, settings, own=own, base=finetuning_base(saved))


def fitting_corpus(
    session: Session,
    source: str | None,
    folder: Path,
    config: "Config",
    saved: "SavedModel",
    column: str | None,
    workers: int | None,
    starter: int = STARTER_MOLECULES,
) -> "Corpus":
    """The corpus given, or one made of the molecules given, or of some of the starter corpus.

    What is made goes to `folder`.
    """
    from molvae.config import ConditionConfig
    from molvae.data.origin import starter_splits
    from molvae.data.prepare import prepare
    from molvae.data.shards import Corpus, is_corpus

    if source is not None and is_corpus(source):
        return Corpus.load(source)
    model = config.model.model_copy(update={"condition": ConditionConfig()})
    config = config.model_copy(update={"model": model})
    if source is None:
        some = starter_splits()["train"][:starter]
        return prepare(some, folder, config, workers=workers)
    return prepare_corpus(
        (source,), folder, config, session.terminal, column=column, workers=workers
    )
