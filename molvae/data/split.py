"""Which molecules train the model, which watch it and which test it."""

import hashlib

from molvae.config import DataConfig

SPLITS = ("train", "valid", "test")

_NAMES = {
    "train": "train",
    "training": "train",
    "valid": "valid",
    "validation": "valid",
    "val": "valid",
    "dev": "valid",
    "test": "test",
    "testing": "test",
}
_PRECISION = 2.0**64


def assign(key: str, config: DataConfig, seed: int) -> str:
    """The split of all molecules with `key`: the same wherever they stand in any file.

    The key is the canonical SMILES of a random split and the scaffold of a scaffold
    split. Its keyed hash is a number in [0, 1): the lowest part of it tests, the next
    validates, as the fractions of `config` say.
    """
    digest = hashlib.blake2b(key.encode(), digest_size=8, key=str(seed).encode()).digest()
    place = int.from_bytes(digest, "big") / _PRECISION
    if place < config.test_fraction:
        return "test"
    return "valid" if place < config.test_fraction + config.valid_fraction else "train"


def named_split(value: str) -> str | None:
    """The split that a cell of a split column names; None when it names none."""
    return _NAMES.get(value.strip().casefold())
