"""Molecules to latent vectors and back, with a trained model."""

from collections.abc import Callable, Sequence
from functools import cached_property
from os import PathLike
from pathlib import Path
from typing import Any, Literal, Self, cast

import numpy as np
import pandas as pd
import torch

from molvae.checkpoint import SavedModel, load_model
from molvae.chem import property_table
from molvae.data.attributes import Attribute, restore_table
from molvae.data.batches import pad_sequences
from molvae.data.encoding import Places, encode_by_length
from molvae.errors import GenerationError, MoleculeError
from molvae.generation.checks import check_count, checked_latents, head_names
from molvae.generation.conditions import (
    ConditionResult,
    Conditions,
    compare,
    computed_names,
    own_conditions,
    read_targets,
    target_rows,
)
from molvae.generation.constraint import constraint_for
from molvae.generation.latents import Latents, Reading, read_molecules, reconstruction_table
from molvae.generation.steering import Steering, steer
from molvae.generation.transformer import LatentTransformer
from molvae.generation.writer import BATCH_SIZE, Writer
from molvae.model.batch import Batch
from molvae.model.decoding import Decoding, TokenConstraint
from molvae.model.device import keep_freed_memory, resolve_device, resolve_dtype

Method = Literal["sample", "greedy", "beam"]
Progress = Callable[[int], None]
"""Told the number done so far."""


class Codec(LatentTransformer):
    """Moves between molecules and the latent space of a model.

    `saved` is the model as it was read: weights, tokenizer, configuration, training facts. To
    scikit-learn it is a transformer of SMILES into latent vectors.
    """

    def __init__(self, saved: SavedModel, *, device: str = "auto", precision: str = "auto") -> None:
        self._device = resolve_device(device)
        self._dtype = resolve_dtype(precision, self._device)
        self.saved = saved
        self._given = {"device": device, "precision": precision}
        self._model = saved.model.to(self._device).eval()
        self._writer = Writer(saved, self._device, self._dtype)
        self._max_tokens = saved.config.data.max_tokens + 1
        keep_freed_memory()

    @classmethod
    def load(
        cls,
        path_or_name: str | PathLike[str] | None = None,
        *,
        device: str = "auto",
        precision: str = "auto",
    ) -> Self:
        """The generator of a model folder, a run, or a shipped model's name.

        None takes the newest run under `runs/`, else the shipped model. Raises `ModelError`
        for a missing or damaged model and `ConfigError` for an unknown device.
        """
        target = None if path_or_name is None else Path(path_or_name)
        return cls(load_model(target), device=device, precision=precision)

    def __repr__(self) -> str:
        return (
            f"{type(self).__name__} of {self.path}: {self.saved.tokenizer.kind} tokens, "
            f"{self.latent_size} latent dimensions, {self._device}, "
            f"{str(self._dtype).removeprefix('torch.')}"
        )

    @property
    def path(self) -> Path:
        """Where the model lies."""
        return self.saved.path

    @property
    def latent_size(self) -> int:
        """Number of latent dimensions Z."""
        return self._model.latent_size

    @property
    def conditions(self) -> tuple[Attribute, ...]:
        """What the model can be given targets for, C of them; empty for most models."""
        return self.saved.conditions

    @property
    def heads(self) -> tuple[Attribute, ...]:
        """What the model predicts from a latent vector (see `predict`); empty for most models."""
        return self.saved.heads

    def encode(self, smiles: Sequence[str]) -> np.ndarray:
        """Posterior means (N, Z) in float32 of molecules in any SMILES form.

        Raises `MoleculeError` naming the first molecule that cannot be encoded; `latents`
        gives NaN and the reason instead.
        """
        latents = self.latents(smiles)
        if latents.problems:
            index, reason = latents.problems[0].index, latents.problems[0].reason
            raise MoleculeError(f"molecule {index} ({smiles[index]!r}): {reason}")
        return latents.z

    def latents(
        self,
        smiles: Sequence[str],
        *,
        conditions: pd.DataFrame | None = None,
        progress: Progress | None = None,
    ) -> Latents:
        """Posterior means and deviations; NaN rows and reasons for what cannot be encoded.

        A conditional model is told the properties of each molecule, everything else is left
        free, unless `conditions` has a row for each molecule (blanks are free).
        """
        return self._latents(self._read(smiles), conditions, progress)

    def conditions_of(self, smiles: Sequence[str]) -> pd.DataFrame:
        """What a conditional model is told of molecules when it encodes them, (N, C).

        Registered properties are computed; other columns, and the rows of what is no molecule
        or cannot be encoded, are missing, that is free. Can be given to `decode`.
        """
        return own_conditions([form or "" for form in self._read(smiles).smiles], self.conditions)

    def decode(
        self,
        z: np.ndarray,
        n_per_latent: int = 1,
        *,
        seed: int = 0,
        method: Method | None = None,
        temperature: float = 1.0,
        top_k: int = 0,
        top_p: float = 1.0,
        beam_size: int = 5,
        conditions: Conditions | pd.DataFrame | None = None,
        guidance: float = 1.0,
        constrained: bool = False,
    ) -> list[list[str]]:
        """SMILES written from each latent of `z` (N, Z): N lists of `n_per_latent`.

        Raw strings, valid or not. One for each latent is the greedy one unless `method`
        says otherwise; several are sampled. `conditions` are targets for all latents, or a
        table with a row for each; what is not given is free. `guidance` above 1 strengthens
        them. `constrained` masks tokens that cannot lead to a molecule. Raises
        `GenerationError` for another shape, values that are not finite and unknown
        conditions, `ConfigError` for a condition that cannot be read.
        """
        check_count(n_per_latent, "n_per_latent")
        values = checked_latents(z, self.latent_size)
        steering = self._steering(conditions, guidance, constrained, count=len(values))
        if method is None:
            method = "greedy" if n_per_latent == 1 else "sample"
        decoding = Decoding(method, temperature, top_k, top_p, beam_size, self._max_tokens)
        return self._writer.write_all(values, n_per_latent, decoding, steering, seed)

    def draw(self, n: int, *, seed: int = 0) -> np.ndarray:
        """`n` latents (n, Z) in float32 from the model's prior: what new molecules are written of.

        The same seed gives the same latents.
        """
        check_count(n, "n")
        generator = torch.Generator(self._device).manual_seed(seed)
        counts = [min(BATCH_SIZE, n - start) for start in range(0, n, BATCH_SIZE)]
        parts = [self._drawn(count, generator).cpu().numpy() for count in counts]
        return np.concatenate([np.empty((0, self.latent_size), np.float32), *parts])

    def reconstruct(
        self,
        smiles: Sequence[str],
        *,
        method: Method = "greedy",
        constrained: bool = False,
    ) -> pd.DataFrame:
        """Each molecule through the latent space and back.

        Columns: `smiles` as given, `reconstruction`, `exact` (the same molecule) and
        `tanimoto` (Morgan radius 2, 2048 bits; NaN when the reconstruction is not valid).
        Molecules that cannot be encoded are not exact, have no reconstruction, and a `reason`.
        A conditional model is told the same properties of a molecule on both ways.
        """
        reading = self._read(smiles)
        own = own_conditions([form or "" for form in reading.smiles], self.conditions)
        latents = self._latents(reading, own if self.conditions else None)
        rows = reading.readable
        told = own.iloc[rows] if self.conditions else None
        decoded = self.decode(
            latents.z[rows], method=method, conditions=told, constrained=constrained
        )
        written: list[str | None] = [None] * len(smiles)
        for row, (text,) in zip(rows, decoded, strict=True):
            written[row] = text
        return reconstruction_table(smiles, reading, written)

    def compare(
        self, smiles: Sequence[str], conditions: Conditions | None
    ) -> tuple[ConditionResult, ...]:
        """Each target beside the property of the molecules written for it (see `decode`)."""
        targets = read_targets(conditions, self.conditions)
        return compare(targets, property_table(smiles, computed_names(targets)))

    def predict(
        self,
        molecules: "Sequence[str] | np.ndarray[Any, Any]",
        properties: Sequence[str] | None = None,
    ) -> pd.DataFrame:
        """Properties of molecules, or of latents (N, Z), read off the latent vector.

        One column for each of `properties`, else for each of the model's property heads, in its
        own unit; rows of molecules that cannot be encoded are missing. Raises
        `GenerationError` for a model without heads or without one of the name.
        """
        names = head_names(self.heads, properties)
        if isinstance(molecules, np.ndarray) and molecules.dtype.kind in "fiu":
            z = checked_latents(molecules, self.latent_size)
        else:
            z = self.latents(cast("Sequence[str]", molecules)).z
        known = np.isfinite(z).all(axis=1)
        values = np.full((len(z), len(self.heads)), np.nan)
        with torch.inference_mode():
            found = self._model.predict(torch.from_numpy(z[known]).to(self._device))
        values[known] = found.cpu().numpy()
        return restore_table(values, self.heads)[names]

    @torch.no_grad()
    def _drawn(self, count: int, generator: torch.Generator) -> torch.Tensor:
        """`count` latents (count, Z) from the prior, on the device, where `generator` is too."""
        return self._model.prior.sample(count, generator)

    def _read(self, smiles: Sequence[str]) -> Reading:
        if isinstance(smiles, str):
            raise MoleculeError(f"give a list of molecules, such as [{smiles!r}], not one string")
        return read_molecules(smiles, self.saved.tokenizer, self.saved.config)

    def _latents(
        self,
        reading: Reading,
        conditions: pd.DataFrame | None = None,
        progress: Progress | None = None,
    ) -> Latents:
        z = np.full((2, len(reading.smiles), self.latent_size), np.nan, dtype=np.float32)
        told = self._told(reading, conditions)
        rows, done = reading.readable, 0

        def assemble(places: Places) -> Batch:
            some = rows[places]
            batch = pad_sequences([reading.encoded[int(row)] for row in some], self._device)
            if told is None:
                return batch
            return batch._replace(conditions=told[some].to(self._device))

        lengths = reading.encoded.lengths[rows]
        for places, posterior in encode_by_length(
            self._model, lengths, assemble, size=BATCH_SIZE, dtype=self._dtype
        ):
            z[0, rows[places]] = posterior.mu.cpu().numpy()
            z[1, rows[places]] = posterior.std.cpu().numpy()
            done += len(places)
            if progress is not None:
                progress(done)
        return Latents(z[0], z[1], reading.problems)

    def _told(self, reading: Reading, conditions: pd.DataFrame | None) -> torch.Tensor | None:
        """What the encoder is told of each molecule (N, C); None for a model without conditions."""
        if conditions is None:
            if not self.conditions:
                return None
            conditions = own_conditions([form or "" for form in reading.smiles], self.conditions)
        rows = target_rows(conditions, self.conditions, len(reading.smiles))
        return torch.from_numpy(rows)

    @cached_property
    def _constraint(self) -> TokenConstraint | None:
        """What masks tokens that cannot lead to a molecule; None where no token needs it."""
        return constraint_for(self.saved.tokenizer)

    def _steering(
        self,
        conditions: Conditions | pd.DataFrame | None,
        guidance: float,
        constrained: bool,
        *,
        count: int = 0,
    ) -> Steering:
        """What was asked for as the decoder takes it; `count` is the number of latents."""
        steering = steer(conditions, guidance, self.conditions, count=count, device=self._device)
        if constrained and self._constraint is None:
            kind = self.saved.tokenizer.kind
            raise GenerationError(f"nothing to constrain: {kind} tokens always make a molecule")
        return steering._replace(constraint=self._constraint if constrained else None)
