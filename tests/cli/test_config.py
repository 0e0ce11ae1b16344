import json
import tomllib
from typing import Annotated, Literal

import pytest
from pydantic import Field

from molvae.cli.config import describe_type, settings_of
from molvae.config import Config


def flat(values, prefix=""):
    """Dotted keys of nested settings."""
    return {
        name: value
        for key, item in values.items()
        for name, value in (
            flat(item, f"{prefix}{key}.").items() if isinstance(item, dict) else
            [(f"{prefix}{key}", item)]
        )
    }  # fmt: skip


def test_what_is_printed_can_be_given_back(run, tmp_path):
    text = run("config", "--preset", "small", "--set", "train.batch_size=7").stdout
    assert Config.from_mapping(tomllib.loads(text)) == Config.preset("small").override(
        ["train.batch_size=7"]
    )
    (tmp_path / "c.toml").write_text(text)
    assert run("config", "--config", "c.toml").stdout.count("\nbatch_size = 7\n") == 1
    assert max(map(len, text.splitlines())) <= 100


def test_methods_are_laid_over_the_preset(run):
    text = run("config", "--preset", "small", "--method", "vamp", "--method", "ema").stdout
    config = Config.from_mapping(tomllib.loads(text))
    assert config == Config.preset("small").method("vamp").method("ema")
    result = run("config", "--method", "vampire")
    assert (result.exit_code, "did you mean 'vamp'" in result.stderr) == (1, True)


def test_every_setting_is_there_with_its_type_and_meaning(run):
    rows = json.loads(run("config", "--json").stdout)["settings"]
    assert {row["key"] for row in rows} == set(flat(Config().model_dump()))
    text = run("config").stdout
    for row in rows:
        assert row["kind"]
        assert row["help"], row["key"]
        assert f"{row['name']} =" in text


def test_a_file_can_be_written_and_bad_names_are_told(run, tmp_path):
    assert run("config", "--out", "mine.toml").exit_code == 0
    assert Config.load(tmp_path / "mine.toml") == Config.preset()
    result = run("config", "--out", "mine.yaml")
    assert (result.exit_code, ".toml" in result.stderr) == (1, True)
    result = run("config", "--set", "train.batchsize=3")
    assert (result.exit_code, "did you mean" in result.stderr) == (1, True)
    assert run("config", "--init", "default", "--preset", "small").exit_code == 2


def test_those_of_fine_tuning_differ(run):
    text = run("config", "--init", "default").stdout
    assert Config.from_mapping(tomllib.loads(text)).train.kl.shape == "constant"


def test_what_is_not_the_default_says_so():
    changed = Config().override(["train.batch_size=7"])
    rows = {f"{s.section}.{s.name}": s for s in settings_of(changed)}
    assert (rows["train.batch_size"].value, rows["train.batch_size"].default) == (7, 256)


@pytest.mark.parametrize(
    ("kind", "words"),
    [
        (bool, "true or false"),
        (Annotated[int, Field(ge=1)], "whole number at least 1"),
        (Annotated[int, Field(ge=1)] | None, "whole number at least 1, or none"),
        (Annotated[float, Field(ge=0, lt=1)], "number at least 0 and below 1"),
        (Literal["a", "b"], 'one of "a", "b"'),
        (tuple[str, ...], "list of text"),
        (tuple[float, float], "list of number and number"),
    ],
)
def test_types_in_words(kind, words):
    assert describe_type(kind) == words
