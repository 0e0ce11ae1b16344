"""A trained model in use: sample, encode, decode, reconstruct."""

import time
from collections.abc import Callable, Iterator, Sequence
from os import PathLike
from pathlib import Path
from typing import Literal, Self

import numpy as np
import pandas as pd
import torch

from molvae.checkpoint import SavedModel, load_model
from molvae.chem import get_property, parse_expression, property_table, tanimoto_pairs
from molvae.data.batches import pad_sequences
from molvae.errors import GenerationError, MoleculeError
from molvae.generation.checks import check_count, checked_latents
from molvae.generation.latents import Latents, Reading, read_molecules
from molvae.generation.molecules import Molecules, SampleSummary
from molvae.generation.sieve import Sieve, Wanted, check
from molvae.model.decoding import Decoding, decode_tokens
from molvae.model.device import keep_freed_memory, resolve_device, resolve_dtype
from molvae.parallel import ordered_map

BATCH_SIZE = 1_000
WORTH_PROCESSES = 20_000
"""Samples from which on molecules are checked in worker processes."""
TRIES_FOR_EACH = 100
"""Raw samples drawn for each molecule asked for before giving up, unless told otherwise."""
Method = Literal["sample", "greedy", "beam"]
Progress = Callable[[int], None]
"""Told the number done so far."""


class Generator:
    """Draws molecules from a model and moves between molecules and its latent space.

    `saved` is the model as it was read: weights, tokenizer, configuration, training facts.
    """

    def __init__(self, saved: SavedModel, *, device: str = "auto", precision: str = "auto") -> None:
        self._device = resolve_device(device)
        self._dtype = resolve_dtype(precision, self._device)
        self.saved = saved
        self._model = saved.model.to(self._device).eval()
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
            f"Generator of {self.path}: {self.saved.tokenizer.kind} tokens, "
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

    def sample(
        self,
        n: int,
        *,
        seed: int = 0,
        temperature: float = 1.0,
        top_k: int = 0,
        top_p: float = 1.0,
        method: Method = "sample",
        valid: bool = True,
        unique: bool = True,
        novel: bool = False,
        where: str | Sequence[str] | None = None,
        properties: Sequence[str] = (),
        max_tries: int | None = None,
        partial: bool = False,
        progress: Progress | None = None,
    ) -> Molecules:
        """Exactly `n` molecules decoded from the prior N(0, I), in the order they were drawn.

        Defaults keep valid, distinct molecules; `where` keeps those whose properties
        fulfil an expression such as "qed > 0.6 and logp < 3". After `max_tries` raw
        samples (100 for each molecule asked for, at least 10,000) a `GenerationError` says what was
        missing, or, with `partial`, what was found is returned. The same seed gives the
        same molecules. Raises `ConfigError` for an unknown property and `ExpressionError` for
        an expression that cannot be read. `progress` is called with the number kept so far.
        """
        check_count(n, "n")
        if max_tries is not None and max_tries < 1:
            raise GenerationError(f"max_tries = {max_tries}: must be 1 or more")
        for name in properties:
            get_property(name)  # a wrong name is told before the work, not after
        decoding = Decoding(method, temperature, top_k, top_p, max_tokens=self._max_tokens)
        sieve = Sieve(self._wanted(valid, unique, novel, where), self.saved.training_keys)
        started = time.perf_counter()
        limit = max_tries if max_tries is not None else max(10_000, TRIES_FOR_EACH * n)
        draws = self._draws(limit, seed, decoding) if n else iter(())
        workers = None if n >= WORTH_PROCESSES else 1
        for raw, checked in ordered_map(_checked, draws, workers=workers):
            sieve.pour(raw, checked)
            if progress is not None:
                progress(min(n, len(sieve.kept)))
            if len(sieve.kept) >= n:
                break
        if len(sieve.kept) < n and not partial:
            raise GenerationError(_shortfall(n, sieve))
        return self._result(n, sieve, properties, seed, time.perf_counter() - started)

    def raw_samples(self, n: int, *, seed: int = 0, progress: Progress | None = None) -> list[str]:
        """`n` strings decoded from N(0, I) at temperature 1 as they were written, valid or not."""
        check_count(n, "n")
        written: list[str] = []
        for some in self._draws(n, seed, Decoding(max_tokens=self._max_tokens)):
            written += some
            if progress is not None:
                progress(len(written))
        return written

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

    def latents(self, smiles: Sequence[str], *, progress: Progress | None = None) -> Latents:
        """Posterior means and deviations; NaN rows and reasons for what cannot be encoded."""
        return self._latents(self._read(smiles), progress)

    def _read(self, smiles: Sequence[str]) -> Reading:
        if isinstance(smiles, str):
            raise MoleculeError(f"give a list of molecules, such as [{smiles!r}], not one string")
        return read_molecules(smiles, self.saved.tokenizer, self.saved.config)

    def _latents(self, reading: Reading, progress: Progress | None = None) -> Latents:
        z = np.full((2, len(reading.smiles), self.latent_size), np.nan, dtype=np.float32)
        rows = reading.readable
        rows = rows[np.argsort(reading.encoded.lengths[rows], kind="stable")]
        for start in range(0, len(rows), BATCH_SIZE):
            some = rows[start : start + BATCH_SIZE]
            batch = pad_sequences([reading.encoded[int(row)] for row in some], self._device)
            with torch.inference_mode():
                posterior = self._model.encode(batch, dtype=self._dtype)
            z[0, some] = posterior.mu.cpu().numpy()
            z[1, some] = torch.exp(0.5 * posterior.logvar).cpu().numpy()
            if progress is not None:
                progress(start + len(some))
        return Latents(z[0], z[1], reading.problems)

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
    ) -> list[list[str]]:
        """SMILES written from each latent of `z` (N, Z): N lists of `n_per_latent`.

        Raw strings, valid or not. One for each latent is the greedy one unless `method`
        says otherwise; several are sampled. Raises `GenerationError` for another shape or
        values that are not finite.
        """
        check_count(n_per_latent, "n_per_latent")
        values = checked_latents(z, self.latent_size)
        if method is None:
            method = "greedy" if n_per_latent == 1 else "sample"
        decoding = Decoding(method, temperature, top_k, top_p, beam_size, self._max_tokens)
        repeated = torch.from_numpy(values).repeat_interleave(n_per_latent, dim=0)
        generator = torch.Generator(self._device).manual_seed(seed)
        flat: list[str] = []
        for start in range(0, len(repeated), BATCH_SIZE):
            some = repeated[start : start + BATCH_SIZE].to(self._device)
            flat.extend(self._write(some, decoding, generator))
        return [flat[i * n_per_latent : (i + 1) * n_per_latent] for i in range(len(values))]

    def reconstruct(self, smiles: Sequence[str], *, method: Method = "greedy") -> pd.DataFrame:
        """Each molecule through the latent space and back.

        Columns: `smiles` as given, `reconstruction`, `exact` (the same molecule) and
        `tanimoto` (Morgan radius 2, 2048 bits; NaN when the reconstruction is not valid).
        Molecules that cannot be encoded are not exact, have no reconstruction, and a `reason`.
        """
        reading = self._read(smiles)
        latents = self._latents(reading)
        written: list[str | None] = [None] * len(smiles)
        rows = reading.readable
        for row, (text,) in zip(rows, self.decode(latents.z[rows], method=method), strict=True):
            written[row] = text
        canonical = check([text or "" for text in written])
        exact = [a is not None and a == b for a, b in zip(reading.smiles, canonical, strict=True)]
        reasons = {problem.index: problem.reason for problem in reading.problems}
        return pd.DataFrame(
            {
                "smiles": list(smiles),
                "reconstruction": written,
                "exact": exact,
                "tanimoto": tanimoto_pairs(reading.smiles, canonical),
                "reason": [reasons.get(row) for row in range(len(smiles))],
            }
        )

    def _draws(self, limit: int, seed: int, decoding: Decoding) -> Iterator[list[str]]:
        """Batches of raw samples from the prior."""
        generator = torch.Generator(self._device).manual_seed(seed)
        for start in range(0, limit, BATCH_SIZE):
            count = min(BATCH_SIZE, limit - start)
            z = torch.empty(count, self.latent_size, device=self._device)
            yield self._write(z.normal_(generator=generator), decoding, generator)

    def _write(self, z: torch.Tensor, decoding: Decoding, generator: torch.Generator) -> list[str]:
        ids = decode_tokens(self._model, z, decoding, generator=generator, dtype=self._dtype)
        return self.saved.tokenizer.decode_batch(ids.cpu().numpy(), workers=1)

    def _wanted(
        self, valid: bool, unique: bool, novel: bool, where: str | Sequence[str] | None
    ) -> Wanted:
        texts = [where] if isinstance(where, str) else list(where or ())
        expressions = tuple(parse_expression(text) for text in texts)
        for name in sorted({name for expression in expressions for name in expression.names}):
            get_property(name)
        if novel and self.saved.training_keys is None:
            raise GenerationError(f"{self.path} does not say what it was trained on: no novelty")
        return Wanted(valid=valid, unique=unique, novel=novel, where=expressions)

    def _result(
        self, n: int, sieve: Sieve, properties: Sequence[str], seed: int, seconds: float
    ) -> Molecules:
        smiles = sieve.kept[:n]
        is_valid = np.array(sieve.kept_valid[:n], dtype=bool)
        columns: dict[str, object] = {"smiles": smiles}
        if not sieve.wanted.valid:
            columns["valid"] = is_valid
        if self.saved.training_keys is not None:
            novel = pd.array(~sieve.known(smiles), dtype="boolean")
            novel[~is_valid] = pd.NA
            columns["novel"] = novel
        table = pd.DataFrame(columns)
        named = {name for expression in sieve.wanted.where for name in expression.names}
        wanted = list(dict.fromkeys([*properties, *sorted(named)]))
        if wanted:
            table = table.join(property_table(smiles, wanted))
        summary = SampleSummary(
            requested=n,
            returned=len(smiles),
            drawn=sieve.drawn,
            validity=sieve.validity,
            uniqueness=sieve.uniqueness,
            novelty=sieve.novelty,
            seed=seed,
            seconds=seconds,
        )
        return Molecules(table, summary)


def _checked(raw: list[str]) -> tuple[list[str], list[str | None]]:
    return raw, check(raw)


def _shortfall(n: int, sieve: Sieve) -> str:
    kept, drawn = len(sieve.kept), sieve.drawn
    return (
        f"found {kept:,} of {n:,} molecules in {drawn:,} raw samples ({sieve.validity:.1%} valid, "
        f"{sieve.uniqueness:.1%} of them distinct, {kept / max(1, drawn):.2%} kept); "
        "ask for fewer, loosen the conditions, raise --max-tries, or keep these with --partial"
    )
