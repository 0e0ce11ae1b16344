"""`molvae prepare`: molecules in files to a corpus to train on."""

from pathlib import Path
from typing import TYPE_CHECKING

import click

from molvae.cli.options import (
    Session,
    SettingsSource,
    column_option,
    command,
    config_options,
    out_option,
    workers_option,
)
from molvae.cli.settings import resolve_config
from molvae.cli.terminal import Terminal
from molvae.cli.training_options import finetuning_base, init_option, initial_model, preparable

if TYPE_CHECKING:
    from molvae.checkpoint import SavedModel
    from molvae.config import Config
    from molvae.data.shards import Corpus


@command(
    "prepare",
    examples=(
        "molvae prepare molecules.smi --out corpora/mine",
        "molvae prepare a.csv.gz b.sdf --out corpora/both --set data.split=scaffold",
        "molvae prepare molecules.csv --column structure --out corpora/mine \\",
        "    --set tokenizer.kind=selfies --set 'data.alerts=[\"pains\"]'",
        "molvae prepare actives.smi --init default --out corpora/actives",
    ),
)
@click.argument("inputs", metavar="INPUT...", nargs=-1, required=True)
@out_option("Folder of the corpus.", required=True)
@init_option
@config_options
@column_option
@workers_option
@click.option("--overwrite", is_flag=True, help="Replace a corpus that is there already.")
def prepare(
    session: Session,
    *,
    inputs: tuple[str, ...],
    out: str,
    init: str | None,
    settings: SettingsSource,
    column: str | None,
    workers: int | None,
    overwrite: bool,
) -> None:
    """Turn molecules into a corpus: standardized, filtered, split, tokenized.

    INPUT is .smi, .csv, .tsv, .sdf or .parquet, also compressed, or - for standard input.
    Each line that is left out stands in OUT/rejected.csv with the reason. With --init the
    corpus is one to go on training MODEL with.
    """
    if init is not None and settings.preset is not None:
        raise click.UsageError("--init brings the settings of MODEL: give no --preset")
    initial = initial_model(init)
    corpus = prepare_corpus(
        inputs,
        Path(out),
        resolve_config(session, settings, base=finetuning_base(initial)),
        session.terminal,
        initial=initial,
        column=column,
        workers=workers,
        overwrite=overwrite,
    )
    if session.terminal.json:
        session.terminal.write_json({"corpus": out, "counts": corpus.counts})
    else:
        show_counts(corpus, session.terminal)


def prepare_corpus(
    inputs: tuple[str, ...],
    out: Path,
    config: "Config",
    terminal: Terminal,
    *,
    initial: "SavedModel | None" = None,
    column: str | None = None,
    workers: int | None = None,
    overwrite: bool = False,
    total: int | None = None,
) -> "Corpus":
    """Call the library's `prepare`, with progress; `total` is how many records there are.

    With `initial` the corpus is one for going on with that model.
    """
    from molvae.data.prepare import prepare as prepare_files

    inherited = initial.config.model if initial is not None else None
    config = preparable(config, inherited, inputs, column)
    with terminal.progress("preparing", total) as progress:
        return prepare_files(
            [Path(name) for name in inputs],
            out,
            config,
            column=column,
            workers=workers,
            progress=progress,
            overwrite=overwrite,
            vocabulary=None if initial is None else initial.tokenizer.vocabulary,
        )


def show_counts(corpus: "Corpus", terminal: Terminal, *, err: bool = False) -> None:
    """What was kept, and what was left out and why."""
    counts = corpus.counts
    splits = {name: len(corpus[name]) for name in ("train", "valid", "test")}
    kept = ", ".join(f"{name} {count:,}" for name, count in splits.items())
    facts = {
        "read": counts["read"],
        "kept": f"{counts['kept']:,} ({kept})",
        "rejected": counts["rejected"],
        **{f"  {reason}": count for reason, count in counts["rejected_by"].items()},
        "tokens": f"{corpus.tokenizer.kind}, vocabulary of {len(corpus.vocabulary)}",
    }
    terminal.facts(facts, title=str(corpus.path), err=err)
