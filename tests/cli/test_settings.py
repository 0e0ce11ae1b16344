import pytest

from molvae.cli.options import Session, SettingsSource
from molvae.cli.settings import resolve_config
from molvae.cli.terminal import Terminal
from molvae.errors import ConfigError


def session(seed: int | None = None, device: str = "auto") -> Session:
    return Session(seed, device, Terminal())


def resolved(session: Session, assignments=(), *, preset=None, config=None, methods=(), **given):
    source = SettingsSource(preset, config, tuple(assignments), tuple(methods))
    return resolve_config(session, source, **given)


def test_order_is_preset_file_set_options(tmp_path):
    path = tmp_path / "c.toml"
    path.write_text("seed = 5\n[train]\nbatch_size = 7\n[model]\nlatent_size = 9\n")
    config = resolved(
        session(seed=1, device="cpu"), ["train.batch_size=8"], preset="small", config=str(path)
    )
    assert (config.seed, config.train.batch_size, config.model.latent_size) == (1, 8, 9)
    assert config.train.device == "cpu"


def test_methods_lie_between_the_preset_and_the_file(tmp_path):
    path = tmp_path / "c.toml"
    path.write_text("[train.objective]\nsamples = 3\n")
    config = resolved(session(), preset="small", methods=["iwae", "ema"], config=str(path))
    assert (config.train.objective.kind, config.train.objective.samples) == ("iwae", 3)
    assert config.train.ema > 0.0
    assert resolved(session(), methods=["vamp"], base=config).train.objective.kind == "iwae"


def test_options_left_out_change_nothing(tmp_path):
    path = tmp_path / "c.toml"
    path.write_text('seed = 5\n[train]\ndevice = "cpu"\n')
    config = resolved(session(), config=str(path))
    assert (config.seed, config.train.device) == (5, "cpu")


def test_own_options_lie_between_the_file_and_single_settings(tmp_path):
    path = tmp_path / "c.toml"
    path.write_text("[train]\nbatch_size = 7\nmax_steps = 7\n")
    own = ["train.batch_size=8", "train.max_steps=8"]
    config = resolved(session(), ["train.max_steps=9"], config=str(path), own=own)
    assert (config.train.batch_size, config.train.max_steps) == (8, 9)


def test_base_is_where_a_resumed_run_starts():
    base = resolved(session(), ["train.batch_size=3"])
    config = resolved(session(), ["seed=2"], base=base)
    assert (config.train.batch_size, config.seed) == (3, 2)
    assert resolved(session(), preset="small", base=base).train.batch_size != 3


@pytest.mark.parametrize("assignment", ["train.batchsize=3", "train.batch_size=-1", "nonsense"])
def test_wrong_settings_are_typed_errors(assignment):
    with pytest.raises(ConfigError):
        resolved(session(), [assignment])
