"""A model on disk: a folder with `model.safetensors` and `model.json`, and nothing to run.

`model.json` holds the format version, the configuration, the tokenizer and what is known
of the training. `training_keys.safetensors`, where present, holds a 64-bit key of each
training molecule, so that novelty is known without the training set. There is no pickle:
opening a stranger's model does not run a stranger's code.
"""

import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from importlib import resources
from pathlib import Path
from typing import Any

import numpy as np
import torch
from safetensors import SafetensorError
from safetensors.torch import load_file, save_file
from torch import Tensor

from molvae.config import Config
from molvae.data.attributes import Attribute, kinds
from molvae.errors import ConfigError, ModelError, OutputError, TokenizationError
from molvae.files import atomic_folder
from molvae.model.vae import MolVAE
from molvae.tokenizers import Tokenizer, Vocabulary, build_tokenizer
from molvae.version import version
from molvae.versioned import read_versioned

FORMAT = "molvae-model"
VERSION = 1
RUNS_FOLDER = Path("runs")
_DAMAGE = (ConfigError, TokenizationError, KeyError, TypeError, ValueError, AttributeError)
WEIGHTS, CARD, KEYS = "model.safetensors", "model.json", "training_keys.safetensors"


@dataclass(frozen=True)
class SavedModel:
    """A model as it comes from disk, ready to use; `card` is the rest of `model.json`."""

    path: Path
    model: MolVAE
    tokenizer: Tokenizer
    config: Config
    card: Mapping[str, Any]
    training_keys: np.ndarray | None
    """Sorted int64 keys of the training molecules, or None when they were not saved."""
    conditions: tuple[Attribute, ...] = ()
    """What it can be told beside the molecule, in the order of the model's columns."""
    heads: tuple[Attribute, ...] = ()
    """What it predicts from a latent vector, likewise."""


def save_model(
    folder: str | Path,
    model: MolVAE,
    tokenizer: Tokenizer,
    config: Config,
    *,
    training: Mapping[str, Any],
    training_keys: np.ndarray | None = None,
    dtype: torch.dtype = torch.float32,
    conditions: Sequence[Attribute] = (),
    heads: Sequence[Attribute] = (),
) -> None:
    """Write `model` to `folder`, replacing a model that was there.

    `training` are facts for `model.json`. Weights are stored in `dtype`. `conditions` and
    `heads` describe the columns of the model's conditions and predictions. Raises
    `OutputError` where it cannot be written, or something other than a model is there.
    """
    if Path(folder).exists() and not (Path(folder) / CARD).is_file():
        raise OutputError(f"{folder} exists and is not a model; choose another folder")
    card = {
        "format": FORMAT,
        "version": VERSION,
        "molvae": version(),
        "parameters": sum(parameter.numel() for parameter in model.parameters()),
        "tokenizer": {"kind": tokenizer.kind, "vocabulary": tokenizer.vocabulary.to_dict()},
        "config": config.model_dump(mode="json"),
        "conditions": [attribute.to_dict() for attribute in conditions],
        "heads": [attribute.to_dict() for attribute in heads],
        "training": dict(training),
    }
    with atomic_folder(folder, overwrite=True) as temporary:
        weights = {name: value.to(dtype) for name, value in host_tensors(model).items()}
        save_file(weights, temporary / WEIGHTS)
        if training_keys is not None:
            save_file({"keys": torch.from_numpy(training_keys)}, temporary / KEYS)
        (temporary / CARD).write_text(json.dumps(card, indent=1) + "\n", "utf-8")


def load_model(
    path_or_name: str | Path | None = None, *, device: str | torch.device = "cpu"
) -> SavedModel:
    """Read the model at a path, of a run, or shipped under a name (see `find_model`).

    Raises `ModelError` when it is missing, damaged, or of another format version.
    """
    folder = find_model(path_or_name)
    card = read_card(folder)
    try:
        config = Config.from_mapping(card["config"], source=f"{folder / CARD}")
        vocabulary = Vocabulary.from_dict(card["tokenizer"]["vocabulary"])
        tokenizer = build_tokenizer(card["tokenizer"]["kind"], vocabulary)
        conditions, heads = _attributes(card, "conditions"), _attributes(card, "heads")
    except _DAMAGE as error:
        raise ModelError(f"the model {folder} is damaged: {error}") from error
    with torch.device("meta"):
        model = MolVAE(
            len(vocabulary), config.model, conditions=kinds(conditions), heads=kinds(heads)
        )
    _load_weights(folder, model)
    model = model.to(device).eval()
    keys = _load_keys(folder)
    return SavedModel(folder, model, tokenizer, config, card, keys, conditions, heads)


def find_model(path_or_name: str | Path | None = None) -> Path:
    """The model folder meant by a model's path, a run's path, a shipped name, or None.

    A run stands for its best model, else its last. None stands for the newest run under
    `runs/`, else the model that ships with the package. Raises `ModelError`.
    """
    if path_or_name is None:
        return _newest_run_model() or _shipped_model("default")
    path = Path(path_or_name)
    for folder in (path, path / "best", path / "last"):
        if (folder / CARD).is_file():
            return folder
    if path.exists():
        raise ModelError(f"{path} is not a model or run: it has no {CARD}")
    if path.parent == Path():
        return _shipped_model(path.name)
    raise ModelError(f"no model at {path}: there is no such folder")


def read_card(folder: Path) -> dict[str, Any]:
    """The contents of `model.json`; raises `ModelError`."""
    return read_versioned(
        folder / CARD, name=FORMAT, version=VERSION, what="a molvae model", error=ModelError
    )


def host_tensors(model: torch.nn.Module) -> dict[str, Tensor]:
    """The state of `model` as contiguous tensors in main memory."""
    return {name: value.detach().cpu().contiguous() for name, value in model.state_dict().items()}


def read_tensors(path: Path) -> dict[str, Tensor]:
    """The tensors in a safetensors file; raises `ModelError` when it is missing or damaged."""
    try:
        return load_file(path)
    except (OSError, SafetensorError, ValueError) as error:
        reason = str(error).strip().splitlines()[0] if str(error).strip() else "unreadable"
        raise ModelError(f"{path} is missing or damaged ({reason})") from error


def shipped_models() -> list[str]:
    """Names of the models that come with the package."""
    folder = resources.files("molvae").joinpath("resources", "models")
    return sorted(item.name for item in folder.iterdir()) if folder.is_dir() else []


def _attributes(card: Mapping[str, Any], key: str) -> tuple[Attribute, ...]:
    return tuple(map(Attribute.from_dict, card.get(key, ())))


def _load_weights(folder: Path, model: MolVAE) -> None:
    weights = {name: value.float() for name, value in read_tensors(folder / WEIGHTS).items()}
    try:
        model.load_state_dict(weights, assign=True)
    except RuntimeError as error:
        raise ModelError(
            f"the model {folder} is damaged: its weights do not fit its configuration"
        ) from error


def _load_keys(folder: Path) -> np.ndarray | None:
    if not (folder / KEYS).exists():
        return None
    tensors = read_tensors(folder / KEYS)
    if "keys" not in tensors:
        raise ModelError(f"{folder / KEYS} is damaged: it holds no keys")
    return tensors["keys"].numpy()


def _newest_run_model() -> Path | None:
    runs = (path for path in RUNS_FOLDER.glob("*") if (path / "config.toml").is_file())
    for run in sorted(runs, key=lambda path: path.stat().st_mtime, reverse=True):
        for folder in (run / "best", run / "last"):
            if (folder / CARD).is_file():
                return folder
    return None


def _shipped_model(name: str) -> Path:
    known = shipped_models()
    if name not in known:
        listed = f"the shipped models are {', '.join(known)}" if known else "none is shipped"
        raise ModelError(f"no model called {name!r}: no such folder, and {listed}")
    return Path(str(resources.files("molvae").joinpath("resources", "models", name)))
