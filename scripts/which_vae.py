"""Every method of molvae side by side: the same molecules, steps and seed, measured alike.

    python scripts/which_vae.py --steps 400 --samples 2000 --threads 1
    python scripts/which_vae.py --rows beta-0.1 iwae "Course of beta"
    python scripts/which_vae.py --name frontier --rows frontier --steps 2500
    python scripts/which_vae.py --rows none --model "long run"=runs/mine

Trains each row (`molvae/presets/methods`) on the starter corpus, fits priors to some of the
models, and writes the tables of `--name` in docs/results.md, docs/benchmarks/NAME.json and, of
the frontier, docs/frontier.png. What is finished lies in `--work` and is not done again; an
interrupted row goes on where it was. A row that fails is named with its reason, and the others
go on.
"""

import argparse
import os
import shutil
import sys
import time
import traceback
from collections.abc import Callable, Mapping, Sequence
from functools import partial
from pathlib import Path

import torch
from _bench import environment, save
from _vae_frontier import draw_frontier
from _vae_page import write_page
from _vae_rows import FRONTIER, KINDS, Row, chosen, rows
from _vae_table import FLOOR, Found, Table, open_table

from molvae.errors import MolvaeError

DOCS = Path(__file__).parent.parent / "docs"


def main() -> None:
    """Make the rows asked for, and write all that are finished."""
    arguments = _arguments()
    torch.set_num_threads(arguments.threads)
    table = open_table(arguments)
    failed: dict[str, str] = {}
    try:
        _make(table, failed)
        interrupted = False
    except KeyboardInterrupt:
        interrupted = True
    _write(table, _in_order(table), failed)
    for name, why in failed.items():
        print(f"failed: {name}: {why}", file=sys.stderr)
    sys.exit(130 if interrupted else 0)


def _make(table: Table, failed: dict[str, str]) -> None:
    """Make one row after the other; `failed` gets the reasons of those that cannot be made."""
    arguments = table.arguments
    steps: list[tuple[str, Callable[[], None]]] = [
        (name, partial(table.given, name, path)) for name, path in arguments.model
    ]
    steps += [(FLOOR, table.floor), *((row.name, partial(table.row, row)) for row in _asked(table))]
    deadline = time.monotonic() + 60.0 * arguments.minutes
    for name, make in steps:
        if time.monotonic() < deadline:
            _attempt(name, make, failed)


def _asked(table: Table) -> list[Row]:
    arguments = table.arguments
    return [] if arguments.rows == ["none"] else chosen(arguments.rows, rows(arguments.post_hoc))


def _attempt(name: str, make: Callable[[], None], failed: dict[str, str]) -> None:
    """One row that cannot be made must not cost the others, whatever the reason."""
    try:
        make()
    except MolvaeError as error:
        failed[name] = str(error)
    except Exception as error:
        traceback.print_exc()
        failed[name] = f"{type(error).__name__}: {error}".splitlines()[0]


def _in_order(table: Table) -> list[Found]:
    """All rows of the work folder: the methods, those given, and what they compare with."""
    kept = table.kept()
    methods = [row.name for row in rows(table.arguments.post_hoc)]
    others = sorted(set(kept) - {*methods, FLOOR})
    return [kept[name] for name in [*methods, *others, FLOOR] if name in kept]


def _write(table: Table, found: Sequence[Found], failed: Mapping[str, str]) -> None:
    out: Path = table.arguments.docs
    name: str = table.arguments.name
    (out / "benchmarks").mkdir(parents=True, exist_ok=True)
    payload = {"protocol": table.facts(), "rows": found, "failed": failed}
    save(out / "benchmarks" / f"{name}.json", payload)
    floor = next((row["values"]["fcd"] for row in found if row["name"] == FLOOR), None)
    models = [row for row in found if row["name"] != FLOOR]
    if name == FRONTIER:
        draw_frontier(models, floor, table.protocol.samples, out / f"{name}.png")
    page = out / "results.md"
    if not page.is_file():
        shutil.copy(DOCS / "results.md", page)
    made = {row["name"] for row in found}
    missing = [row.name for row in _asked(table) if row.name not in made | failed.keys()]
    asked = "" if name == "which_vae" else f"--name {name} --rows {FRONTIER} "
    protocol = _protocol(table.facts(), asked)
    if missing:
        protocol += ["", f"Not made yet: {', '.join(missing)}."]
    write_page(page, name, found, failed, protocol)
    print(f"wrote {len(found)} rows to {page}", file=sys.stderr)


def _protocol(facts: Found, asked: str) -> list[str]:
    """How the rows were measured, in words."""
    machine = environment()
    libraries = ", ".join(f"{name} {number}" for name, number in machine["libraries"].items())
    return [
        f"Each row: preset `{facts['preset']}` with `model.decoder.tally`, {facts['steps']:,} "
        f"steps of {facts['batch_size']} molecules ({facts['molecules_seen']:,} seen) out of "
        f"{facts['training_molecules']:,}, "
        f"seed {facts['seed']}. Exact reconstruction of {facts['unseen']:,} molecules of the test "
        "split, greedy, from the posterior mean, and their mean Tanimoto similarity to what comes "
        f"back (0 where that is no molecule). {facts['samples']:,} raw samples from the "
        "model's own prior at temperature 1: validity of all; uniqueness of the valid ones, their "
        f"FCD/Test and SNN/Test against the test set of {facts['reference']}, novelty against the "
        f"training molecules. {facts['constrained']:,} samples for the constrained validity. KL "
        "to the model's own prior. log p(x): the importance-weighted bound of "
        f"{facts['likelihood_draws']} draws, {facts['likelihood_molecules']:,} unseen molecules. "
        f"Priors fitted afterwards: {facts['fit_molecules']:,} molecules, "
        f"{facts['fit_minutes']:g} minutes at most. The FCD of few samples is biased upward: the "
        f"row of {FLOOR} says how far.",
        "",
        f"Measured on {machine['cpu']}, threads: {facts['threads']}, Python {machine['python']}, "
        f"{libraries}. To repeat it: `python scripts/which_vae.py {asked}--steps {facts['steps']} "
        f"--batch-size {facts['batch_size']} --samples {facts['samples']} --constrained "
        f"{facts['constrained']} --unseen {facts['unseen']} --likelihood "
        f"{facts['likelihood_molecules']} --draws {facts['likelihood_draws']} --fit-molecules "
        f"{facts['fit_molecules']} --fit-minutes {facts['fit_minutes']:g} --threads "
        f"{facts['threads']} --seed {facts['seed']}`.",
    ]


def _named_model(text: str) -> tuple[str, Path]:
    name, equals, path = text.partition("=")
    if not equals:
        raise argparse.ArgumentTypeError(f"{text!r}: write NAME=PATH")
    return name, Path(path)


def _arguments() -> argparse.Namespace:
    parser = argparse.ArgumentParser(description=(__doc__ or "").splitlines()[0])
    rows_help = f"rows or groups of the table, {FRONTIER}, or none [default: all]"
    parser.add_argument("--rows", nargs="+", default=[], metavar="NAME", help=rows_help)
    post_hoc_help = "priors fitted to trained models [default: mixture flow]"
    parser.add_argument("--post-hoc", nargs="*", default=KINDS, metavar="KIND", help=post_hoc_help)
    parser.add_argument("--model", action="append", default=[], type=_named_model,
                        metavar="NAME=PATH", help="measure this model too; repeatable")  # fmt: skip
    parser.add_argument("--model-method", choices=("sample", "greedy"), default="sample",
                        help="how each --model picks tokens [sample]")  # fmt: skip
    for name, default, meaning in (
        ("--steps", 400, "of each training"),
        ("--batch-size", 128, "molecules in a step"),
        ("--samples", 2_000, "strings from the prior"),
        ("--model-samples", 30_000, "the same, of each --model"),
        ("--constrained", 500, "strings written with tokens masked"),
        ("--unseen", 1_000, "molecules to reconstruct"),
        ("--likelihood", 200, "molecules for log p(x)"),
        ("--draws", 20, "importance samples for each of these"),
        ("--fit-molecules", 50_000, "that a fitted prior learns from"),
        ("--threads", os.cpu_count() or 1, "of the processor"),
        ("--seed", 0, "of all randomness"),
    ):
        parser.add_argument(name, type=int, default=default, help=f"{meaning} [{default}]")
    parser.add_argument("--fit-minutes", type=float, default=1.0, help="to fit a prior [1]")
    parser.add_argument("--minutes", type=float, default=1e9, help="begin no row after this time")
    parser.add_argument("--corpus", type=Path, help="a prepared corpus [default: the starter one]")
    parser.add_argument("--name", default="which_vae", choices=("which_vae", FRONTIER),
                        help="of the tables [which_vae]")  # fmt: skip
    parser.add_argument("--work", type=Path, help="for rows [build/NAME]")
    parser.add_argument("--docs", type=Path, default=DOCS, help="folder to write to")
    parser.add_argument("--device", default="auto")
    arguments = parser.parse_args()
    arguments.work = arguments.work or Path("build", arguments.name)
    return arguments


if __name__ == "__main__":
    main()
