import importlib
import json
import os
import shutil
import signal
import subprocess
import sys
import time

import pytest
from click.testing import CliRunner

from molvae.cli import train as command
from molvae.cli.main import main
from molvae.config import Config
from molvae.data.shards import Corpus
from molvae.training.run import Run


def test_molecules_become_a_corpus_and_a_model(trained):
    result = json.loads((trained.parents[1] / "stdout.json").read_text())
    assert result["run"] == "runs/chains-1"
    assert result["training"]["validation"]["reconstruction"] > 0
    for name in ("corpus/corpus.json", "best/model.json", "last/model.json", "config.toml"):
        assert (trained / name).is_file()


def test_limit_and_settings_are_those_of_the_command_line(trained):
    train = Config.load(trained / "config.toml").train
    assert (train.max_steps, train.max_epochs, train.max_minutes) == (6, None, None)
    assert train.batch_size == 16


def test_messages_go_to_standard_error(trained):
    text = (trained.parents[1] / "stderr.txt").read_text()
    assert "read" in text
    assert "training" in text


def test_resume_goes_on_with_the_newest_run(run, trained, tmp_path):
    shutil.copytree(trained, tmp_path / "runs" / "chains-1")
    result = run("train", "--resume", "--max-steps", "9")
    assert result.exit_code == 0, result.stderr
    assert "steps" in result.stdout
    assert "next: molvae sample -n 1000 --model runs/chains-1" in result.stderr
    card = json.loads((tmp_path / "runs/chains-1/last/model.json").read_text())
    assert card["training"]["step"] == 9


def test_a_corpus_can_be_given_and_the_result_is_the_same(run, trained, tmp_path):
    settings = ("--config", str(trained / "config.toml"))
    corpus = str(trained / "corpus")
    result = run("train", corpus, "--out", "again", "--quiet", *settings)
    assert (result.exit_code, result.stderr) == (0, "")
    weights = "last/model.safetensors"
    assert (tmp_path / "again" / weights).read_bytes() == (trained / weights).read_bytes()


def test_the_starter_corpus_is_used_without_an_input(run, monkeypatch, tmp_path):
    starter = tmp_path / "starter.csv"
    starter.write_text("smiles,split\nCCO,train\nCCN,valid\nCCC,test\n")
    monkeypatch.setattr("molvae.data.datasets.starter_path", lambda: starter)
    seen = {}
    monkeypatch.setattr(command, "_fit", lambda session, corpus, *rest, **more: seen.update(
        {name: corpus[name].smiles() for name in ("train", "valid", "test")}))  # fmt: skip
    monkeypatch.setattr(command, "_show_run", lambda session, run: None)
    result = run("train")
    assert result.exit_code == 0, result.stderr
    assert seen == {"train": ["CCO"], "valid": ["CCN"], "test": ["CCC"]}
    assert (tmp_path / "runs" / "starter-1" / "corpus").is_dir()


def test_interruption_keeps_the_work_and_says_how_to_go_on(run, trained, monkeypatch):
    def interrupted(corpus, out, config, **options):
        (out / "last").mkdir(parents=True)
        raise KeyboardInterrupt

    # The package's name `train` is the function; the module is found in sys.modules alone.
    monkeypatch.setattr(importlib.import_module("molvae.training.train"), "train", interrupted)
    result = run("train", str(trained / "corpus"), "--out", "here")
    assert result.exit_code == 130
    assert "--resume --out here" in result.stderr


@pytest.mark.parametrize(
    ("settings", "told"),
    [
        ("--method flow-prior --set train.kl.free_bits=0.25", "free_bits_per"),
        ("--set model.prior.kind=flow --set train.kl.maximum=0", "--fit-prior"),
        ("--method one-shot --method word-dropout", "word_dropout = 0.25 needs a decoder"),
        ("--method one-shot --method scheduled-sampling", "scheduled_sampling = 0.25 needs"),
        ("--set train.max_steps=none", "no end is set"),
    ],
)
def test_settings_that_contradict_are_told_before_molecules_are_prepared(
    run, molecules, tmp_path, settings, told
):
    result = run("train", str(molecules), *settings.split())
    assert result.exit_code == 1, result.output
    assert told in result.stderr
    assert result.stderr.count("\n") == 1
    assert not (tmp_path / "runs").exists()


def until(condition, process, seconds=60.0):
    """Wait for `condition` while `process` runs."""
    end = time.monotonic() + seconds
    while not condition():
        assert process.poll() is None, process.communicate()
        assert time.monotonic() < end
        time.sleep(0.02)


@pytest.mark.skipif(os.name != "posix", reason="signals are for Unix")
def test_ctrl_c_saves_and_the_run_goes_on(run, trained, tmp_path):
    settings = ("--config", str(trained / "config.toml"), "--max-steps", "100000")
    call = [sys.executable, "-m", "molvae", "train"]
    process = subprocess.Popen(
        [*call, str(trained / "corpus"), "--out", "r", *settings, "--quiet"],
        cwd=tmp_path, env={**os.environ, "OMP_NUM_THREADS": "1"}, text=True,
        stdout=subprocess.PIPE, stderr=subprocess.PIPE,
    )  # fmt: skip
    try:
        log = tmp_path / "r" / "log.jsonl"
        until(lambda: log.is_file() and log.stat().st_size > 0, process)
        process.send_signal(signal.SIGINT)
        _, told = process.communicate(timeout=60)
    finally:
        process.kill()
    assert process.returncode == 130, told
    assert told == "molvae: interrupted; r is saved: go on with --resume --out r\n"
    card = tmp_path / "r" / "last" / "model.json"
    step = json.loads(card.read_text())["training"]["step"]
    more = run("train", "--resume", "--out", "r", "--max-steps", str(step + 3))
    assert more.exit_code == 0, more.stderr
    assert json.loads(card.read_text())["training"]["step"] == step + 3


def test_the_corpus_of_a_run_that_did_not_begin_is_made_again(run, trained, molecules, tmp_path):
    settings = ("--config", str(trained / "config.toml"))
    small = ("--out", "r", "--workers", "1", "--max-steps", "2", *settings)
    failed = run("train", str(molecules), *small, "--set", "data.valid_fraction=0")
    assert (failed.exit_code, "valid split" in failed.stderr) == (1, True), failed.stderr
    assert [path.name for path in (tmp_path / "r").iterdir()] == ["corpus"]
    again = run("train", str(molecules), *small)
    assert again.exit_code == 0, again.stderr
    assert len(Corpus.load(tmp_path / "r" / "corpus")["valid"])
    assert run("train", str(molecules), *small).exit_code == 1


def test_a_folder_called_corpus_that_is_none_is_left_alone(run, molecules, tmp_path):
    (tmp_path / "r" / "corpus").mkdir(parents=True)
    (tmp_path / "r" / "corpus" / "book.txt").touch()
    result = run("train", str(molecules), "--out", "r")
    assert (result.exit_code, "is not a corpus" in result.stderr) == (1, True)
    assert (tmp_path / "r" / "corpus" / "book.txt").exists()


@pytest.mark.parametrize(
    ("arguments", "code", "words"),
    [
        (["missing.smi"], 1, "missing.smi"),
        (["--resume"], 1, "nothing to resume"),
        (["--resume", "--out", "nowhere"], 1, "nothing to resume in nowhere"),
        (["folder"], 1, "not a prepared corpus"),
        (["x.smi", "--out", "folder"], 1, "exists already"),
        (["x.smi", "--preset", "huge"], 1, "no preset 'huge'"),
        (["x.smi", "--set", "model.latentsize=3"], 1, "did you mean 'latent_size'"),
        (["x.smi", "--config", "none.toml"], 1, "none.toml"),
        (["x.smi", "--out", "r", "--device", "cuda:99"], 1, "not on this machine"),
        (["x.smi", "--max-steps", "-1"], 2, "-1"),
        (["x.smi", "--max-minutes", "0"], 2, "0"),
    ],
)
def test_bad_input_is_told_and_leaves_nothing(run, tmp_path, arguments, code, words):
    (tmp_path / "x.smi").write_text("CCO\n")
    (tmp_path / "folder").mkdir()
    (tmp_path / "folder" / "file").touch()
    result = run("train", *arguments)
    assert (result.exit_code, words in result.stderr) == (code, True), result.stderr
    assert sorted(path.name for path in tmp_path.iterdir()) == ["folder", "x.smi"]


def test_a_run_is_what_sampling_looks_for(trained):
    assert Run(trained).best.is_dir()


@pytest.fixture(scope="session")
def tuned(trained, tmp_path_factory):
    """A run that goes on from `trained` with molecules that have new tokens and a column."""
    folder = tmp_path_factory.mktemp("tuned")
    rows = [f"OB(O){'C' * length}{tail},{length}" for length in range(1, 9) for tail in "ON"]
    (folder / "boron.csv").write_text("smiles,carbons\n" + "\n".join(rows) + "\n")
    words = [
        "train", str(folder / "boron.csv"), "--init", str(trained), "--out", str(folder / "run"),
        "--workers", "1", "--max-steps", "3", "--condition", "logp,carbons", "--heads", "qed",
        "--set", "data.valid_fraction=0.3",
    ]  # fmt: skip
    result = CliRunner().invoke(main, words, prog_name="molvae")
    assert result.exit_code == 0, result.stderr
    return folder / "run", result


def test_fine_tuning_keeps_the_model_and_adds_what_is_new(tuned, trained):
    run, result = tuned
    before = json.loads((trained / "best" / "model.json").read_text())
    after = json.loads((run / "last" / "model.json").read_text())
    old, new = (card["tokenizer"]["vocabulary"]["tokens"] for card in (before, after))
    assert new[: len(old)] == old
    assert after["training"]["initialized_from"]["new_tokens"] == new[len(old) :] != []
    assert f"starts from {trained}" in result.stderr
    assert "training molecules are few" in result.stderr
    assert after["config"]["model"]["latent_size"] == before["config"]["model"]["latent_size"]
    assert after["config"]["tokenizer"] == {"kind": "selfies"}


def test_conditions_are_properties_or_columns_of_the_input(tuned):
    run, _ = tuned
    card = json.loads((run / "last" / "model.json").read_text())
    assert [condition["name"] for condition in card["conditions"]] == ["logp", "carbons"]
    assert [head["name"] for head in card["heads"]] == ["qed"]
    assert Corpus.load(run / "corpus").config.data.columns == ("carbons",)


def test_a_fine_tuned_model_goes_on_and_misses_a_column(run, tuned, tmp_path):
    first, _ = tuned
    (tmp_path / "x.smi").write_text("".join(f"OB(O)CC{'N' * n}\n" for n in range(1, 9)))
    more = ("--workers", "1", "--max-steps", "2", "--set", "data.valid_fraction=0.5")
    result = run("train", "x.smi", "--init", str(first), "--condition", "tpsa", *more)
    assert result.exit_code == 0, result.stderr
    assert "no column carbons: taken as unknown" in result.stderr
    card = json.loads((tmp_path / "runs/x-1/last/model.json").read_text())
    names = [condition["name"] for condition in card["conditions"]]
    assert names == ["logp", "carbons", "tpsa"]
    again = run("train", "--resume", "--max-steps", "3")
    assert again.exit_code == 0, again.stderr


@pytest.mark.parametrize(
    ("arguments", "code", "words"),
    [
        (["x.csv", "--condition", "loqp"], 1, "no column 'loqp'; the columns are smiles, a"),
        (["x.csv", "--heads", "a,b"], 1, "'b' is no property (logp, qed,"),
        (["x.csv", "--init", "nowhere"], 1, "no model called 'nowhere'"),
        (["x.csv", "--init", "default", "--preset", "small"], 2, "give no --preset"),
        (["x.csv", "--init", "default", "--resume"], 2, "give no --init"),
        (["--init", "default"], 2, "give INPUT"),
        (["x.csv", "--fit-heads", "a"], 2, "--init MODEL and --out"),
        (["x.csv", "--fit-heads", "a", "--heads", "a"], 2, "give no --condition"),
        (["x.csv", "--fit-heads", "a", "--init", "default", "--out", "x.csv"], 1, "exists"),
        (["x.csv", "--init", "default", "--set", "model.latent_size=3"], 1, "cannot change"),
        (["x.csv", "--init", "default", "--set", "tokenizer.kind=char"], 1, "cannot change"),
    ],
)
def test_bad_starts_and_names_are_told_and_leave_nothing(run, tmp_path, arguments, code, words):
    (tmp_path / "x.csv").write_text("smiles,a\nCCO,1\nCCN,2\n")
    result = run("train", *arguments)
    assert (result.exit_code, words in result.stderr) == (code, True), result.stderr
    assert [path.name for path in tmp_path.iterdir()] == ["x.csv"]


def test_heads_are_fitted_to_a_model_that_exists(run, trained, tmp_path):
    smiles = [f"{'C' * n}{end}" for n in range(1, 13) for end in ("O", "N", "Br", "F")]
    rows = "".join(f"{text},{text.count('C')}\n" for text in smiles)
    (tmp_path / "x.csv").write_text(f"smiles,carbons\n{rows}")
    words = ("--init", str(trained), "--out", "m", "--workers", "1", "--json")
    result = run("train", "x.csv", "--fit-heads", "carbons,logp", *words)
    assert result.exit_code == 0, result.stderr
    assert set(json.loads(result.stdout)["scores"]) == {"carbons", "logp"}
    card = json.loads((tmp_path / "m" / "model.json").read_text())
    assert [head["name"] for head in card["heads"]] == ["carbons", "logp"]
    bad = run("train", "x.csv", "--fit-heads", "carbon", "--init", str(trained), "--out", "n")
    assert (bad.exit_code, "no column 'carbon'" in bad.stderr) == (1, True)
    assert not (tmp_path / "n").exists()
