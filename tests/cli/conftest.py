"""Commands run in a folder of their own, and one small model that all tests may use."""

import os
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest
from click.testing import CliRunner, Result

from molvae.cli.main import main

Run = Callable[..., Result]

SCALE = (
    "model.embedding_size=8",
    "model.latent_size=6",
    "model.encoder.hidden_size=8",
    "model.decoder.hidden_size=16",
    "train.batch_size=16",
    "train.precision=float32",
    "train.validation.samples=8",
    "train.validation.every_steps=4",
    "tokenizer.kind=selfies",
    "data.valid_fraction=0.2",
    "data.max_tokens=16",
)
SMALL = [part for setting in SCALE for part in ("--set", setting)]


def chains() -> list[str]:
    """Ninety different small molecules."""
    heads = ("C", "F", "S", "Cl", "C#C", "c1ccccc1")
    return [f"{head}{'C' * length}{tail}" for head in heads for length in range(1, 6)
            for tail in ("O", "N", "Br")]  # fmt: skip


def invoke(*arguments: str, stdin: str | bytes | None = None) -> Result:
    return CliRunner().invoke(main, list(arguments), input=stdin, prog_name="molvae")


@pytest.fixture
def run(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Run:
    """Run a command line in an empty folder; standard output and error are kept apart."""
    monkeypatch.chdir(tmp_path)
    return invoke


@pytest.fixture(scope="session")
def molecules(tmp_path_factory: pytest.TempPathFactory) -> Path:
    path = tmp_path_factory.mktemp("input") / "chains.smi"
    path.write_text("".join(f"{smiles}\n" for smiles in chains()))
    return path


@pytest.fixture(scope="session")
def trained(molecules: Path, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Path]:
    """A run made by `molvae train` itself, with its result printed as JSON."""
    torch = pytest.importorskip("torch")
    torch.set_num_threads(1)  # tiny tensors: threads only wait for each other
    folder = tmp_path_factory.mktemp("trained")
    before = Path.cwd()
    os.chdir(folder)
    try:
        result = invoke(
            "train", str(molecules), "--max-steps", "6", "--json", "--workers", "1", *SMALL
        )
    finally:
        os.chdir(before)
    assert result.exit_code == 0, result.output
    (folder / "stdout.json").write_text(result.stdout)
    (folder / "stderr.txt").write_text(result.stderr)
    yield folder / "runs" / "chains-1"


@pytest.fixture(scope="session")
def conditional(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A run of SMILES tokens, told logP and whether a chain is halogenated; it predicts logP."""
    torch = pytest.importorskip("torch")
    torch.set_num_threads(1)
    folder = tmp_path_factory.mktemp("conditional")
    kind = ["no" if smiles.endswith(("O", "N")) else "yes" for smiles in chains()]
    rows = [f"{smiles},{word}" for smiles, word in zip(chains(), kind, strict=True)]
    (folder / "chains.csv").write_text("\n".join(["smiles,halogen", *rows]) + "\n")
    made = invoke(
        "train", str(folder / "chains.csv"), "--out", str(folder / "run"), "--max-steps", "6",
        "--condition", "logp,halogen", "--heads", "logp", "--workers", "1", *SMALL,
        "--set", "tokenizer.kind=atom",
    )  # fmt: skip
    assert made.exit_code == 0, made.output
    return folder / "run"
