"""Settings: read, overridden, written, and refused in one line that helps."""

from pathlib import Path

import pytest

from molvae.config import Config, KLConfig, method_names, preset_names
from molvae.errors import ConfigError


@pytest.mark.parametrize("name", preset_names())
def test_presets_load_and_round_trip(name: str, tmp_path: Path) -> None:
    config = Config.preset(name).override(["data.elements=['C', 'N']", "train.max_minutes=1.5"])
    config.save(tmp_path / "config.toml")
    assert Config.load(tmp_path / "config.toml") == config


def test_overrides_take_toml_values_and_bare_words() -> None:
    config = Config().override(
        ["train.kl.shape=cosine", "model.latent_size=7", "data.properties=['qed']",
         "standardize.stereo='strip'", "train.max_steps=none", "data.valid_fraction = 0.2"]
    )  # fmt: skip
    assert config.train.kl.shape == "cosine"
    assert config.model.latent_size == 7
    assert config.data.properties == ("qed",)
    assert config.standardize.stereo == "strip"
    assert config.train.max_steps is None
    assert config.data.valid_fraction == 0.2


@pytest.mark.parametrize(
    ("assignment", "message"),
    [
        ("train.optimizer.learning_rat=1", "did you mean 'learning_rate'"),
        ("model.wings=2", "unknown setting 'model.wings'; known are condition, decoder"),
        ("model.latent_size=0", "model.latent_size = 0: input should be greater than or equal"),
        ("train.batch_size=many", "train.batch_size = 'many'"),
        ("tokenizer.kind=words", "tokenizer.kind = 'words'"),
        ("train.kl.start=0.9", "train.kl: start must not exceed end"),
        ("data.valid_fraction=0.97", "must leave room for training"),
        ("data.split=column", "split_column go together"),
        ("nonsense", "write section.key=value"),
        ("seed.deep.key=1", "'seed' is not a section"),
    ],
)
def test_mistakes_are_named_in_one_line(assignment: str, message: str) -> None:
    with pytest.raises(ConfigError) as caught:
        Config().override([assignment])
    assert message in str(caught.value)
    assert "\n" not in str(caught.value)


def test_files_that_are_no_configuration(tmp_path: Path) -> None:
    broken = tmp_path / "broken.toml"
    broken.write_text("[train\n")
    with pytest.raises(ConfigError, match="not valid TOML"):
        Config.load(broken)
    with pytest.raises(ConfigError, match="cannot read the configuration"):
        Config.load(tmp_path / "missing.toml")
    with pytest.raises(ConfigError, match="no preset 'huge'; the presets are default, small"):
        Config.preset("huge")


def test_a_file_is_laid_over_a_preset(tmp_path: Path) -> None:
    over = tmp_path / "over.toml"
    over.write_text("[model.decoder]\nhidden_size = 99\n")
    merged = Config.preset("small").merge(over)
    assert merged.model.decoder.hidden_size == 99
    assert merged.model.encoder == Config.preset("small").model.encoder


@pytest.mark.parametrize("name", method_names())
def test_each_method_changes_every_preset_and_round_trips(name: str, tmp_path: Path) -> None:
    for preset in preset_names():
        config = Config.preset(preset).method(name)
        config.save(tmp_path / "config.toml")
        assert Config.load(tmp_path / "config.toml") == config
        assert config.method(name) == config
    assert Config().method(name) != Config() or name == "linear"  # the default's own course


def test_methods_are_laid_over_each_other_and_leave_the_rest() -> None:
    config = Config.preset("small").method("flow-prior").method("iwae")
    assert (config.model.prior.kind, config.train.objective.kind) == ("flow", "iwae")
    assert config.model.encoder == Config.preset("small").model.encoder


def test_a_course_of_beta_replaces_a_held_target() -> None:
    config = Config().method("target-kl")
    assert config.train.kl.target is not None
    assert config.method("free-bits").train.kl.target is None
    assert config.method("word-dropout").train.kl == config.train.kl


def test_an_unknown_method_is_named_beside_the_known_ones() -> None:
    with pytest.raises(ConfigError, match="no method 'beta_vea'; did you mean 'beta-vae'"):
        Config().method("beta_vea")
    with pytest.raises(ConfigError, match=r"adversarial.* word-dropout"):
        Config().method("?")


@pytest.mark.parametrize(
    ("setting", "missing"),
    [("train.kl.shape=target", "needs target"), ("train.kl.target=9", "needs shape")],
)
def test_of_a_held_kl_what_is_missing_is_told(setting: str, missing: str) -> None:
    with pytest.raises(ConfigError, match=f"{missing}.*shape=target --set train.kl.target=20"):
        Config().override([setting])


def test_settings_do_not_change() -> None:
    with pytest.raises(ValueError, match="frozen"):
        KLConfig().maximum = 2.0  # type: ignore[misc]
