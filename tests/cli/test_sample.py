import json
import shutil

import pandas as pd
import pytest


@pytest.fixture
def sample(run, trained):
    def call(*arguments: str):
        return run("sample", "--model", str(trained), *arguments)

    return call


def test_exactly_as_many_valid_unique_molecules_as_asked_for(sample):
    result = sample("-n", "12")
    assert result.exit_code == 0, result.stderr
    header, *rows = result.stdout.splitlines()
    assert header.split(",") == ["smiles", "novel"]
    assert len({row.split(",")[0] for row in rows}) == 12


def test_the_summary_tells_the_raw_shares(sample):
    text = sample("-n", "5").stderr
    assert all(word in text for word in ("validity", "uniqueness", "novelty", "seed 0"))


def test_same_seed_same_molecules(sample):
    first, second, other = (sample("-n", "20", "--seed", seed).stdout for seed in "112")
    assert first == second != other


def test_file_picture_properties_and_json(sample, tmp_path):
    result = sample(
        "-n", "5", "-p", "qed,logp", "--out", "m.parquet", "--picture", "m.svg", "--json"
    )
    assert result.exit_code == 0, result.stderr
    values = json.loads(result.stdout)
    assert (values["requested"], values["returned"], values["out"]) == (5, 5, "m.parquet")
    table = pd.read_parquet(tmp_path / "m.parquet")
    assert table.columns.tolist() == ["smiles", "novel", "qed", "logp"]
    assert "<svg" in (tmp_path / "m.svg").read_text()[:400]


def test_conditions_hold_and_show_their_columns(sample):
    result = sample("-n", "3", "--where", "heavy_atoms>2", "--where", "logp<9", "--json")
    assert result.exit_code == 0, result.stderr
    rows = json.loads(result.stdout)["molecules"]
    assert all(row["heavy_atoms"] > 2 and row["logp"] < 9 for row in rows)


def test_raw_output_can_be_seen(sample):
    result = sample("-n", "30", "--no-unique", "--allow-invalid", "--out", "-", "--quiet")
    assert result.stdout.splitlines()[0] == "smiles,valid,novel"
    assert len(result.stdout.splitlines()) == 31
    assert result.stderr == ""


def test_a_request_that_cannot_be_met_ends(sample, tmp_path):
    request = ("-n", "5", "--where", "qed>2", "--max-tries", "50", "--out", "m.csv")
    result = sample(*request)
    assert result.exit_code == 1
    assert "found 0 of 5" in result.stderr
    assert not list(tmp_path.iterdir())
    assert sample(*request, "--partial").exit_code == 0


def test_nothing_found_is_nothing_to_draw(sample, tmp_path):
    request = ("-n", "5", "--where", "qed>2", "--max-tries", "50", "--partial", "--out", "m.csv")
    result = sample(*request, "--picture", "m.png")
    assert result.exit_code == 0, result.stderr
    assert "nothing to draw" in result.stderr
    assert [path.name for path in tmp_path.iterdir()] == ["m.csv"]


def test_the_largest_seed_samples(sample):
    assert sample("-n", "2", "--seed", str(2**63 - 1)).exit_code == 0


def test_help_tells_the_least_number_of_tries(run):
    assert "at least 10,000" in " ".join(run("sample", "--help").stdout.split())


def test_the_newest_run_is_used_without_a_model(run, trained, tmp_path):
    shutil.copytree(trained, tmp_path / "runs" / "chains-1")
    assert run("sample", "-n", "2").exit_code == 0


@pytest.mark.parametrize(
    ("arguments", "code"),
    [
        (("-n", "-5"), 2),
        (("-n", "0"), 2),
        (("-n", "many"), 2),
        (("--temperature", "0"), 2),
        (("--top-p", "1.5"), 2),
        (("--method", "guess"), 2),
        (("--where", "__import__('os').system('touch hacked')"), 1),
        (("--where", "qed >"), 1),
        (("--where", "qde > 1"), 1),
        (("--properties", "qde"), 1),
        (("--out", "m.doc"), 1),
        (("--picture", "m.doc"), 1),
        (("--model", "nowhere"), 1),
        (("--device", "cuda:99"), 1),
    ],
)
def test_bad_requests_are_one_line_and_leave_nothing(sample, tmp_path, arguments, code):
    result = sample("-n", "3", *arguments)
    assert result.exit_code == code
    assert result.stdout == ""
    assert code == 2 or result.stderr.count("\n") == 1, result.stderr
    assert list(tmp_path.iterdir()) == []
