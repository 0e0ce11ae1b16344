"""What a model is told of each molecule of a corpus, and what its heads are to predict.

Values come from the corpus where it has them. Registered properties that it does not have
are computed, in worker processes, and can be kept in a folder for the next time.
"""

import difflib
from collections.abc import Callable, Mapping, Sequence
from pathlib import Path
from typing import NamedTuple

import numpy as np
import numpy.typing as npt
import pandas as pd
import pyarrow as pa

from molvae.chem.properties import property_names
from molvae.chem.property_table import property_table
from molvae.config import ModelConfig
from molvae.data.attributes import Attribute, Values, fit_attributes, standardize_table
from molvae.data.shards import Corpus, Split
from molvae.errors import ConfigError
from molvae.files import atomic_path
from molvae.settings import ColumnsConfig

TRAIN = "train"
WORTH_TELLING = 10_000
Rows = npt.NDArray[np.int64]


class Annotations(NamedTuple):
    """Of N molecules: `conditions` (N, C) and `labels` (N, P), standardized, NaN unknown."""

    conditions: Values | None = None
    labels: Values | None = None


class AttributeGroups(NamedTuple):
    """What the columns of conditions and of labels stand for."""

    conditions: tuple[Attribute, ...] = ()
    heads: tuple[Attribute, ...] = ()


class AnnotatedSplits(NamedTuple):
    """The annotations of some splits, and the attributes that their columns stand for."""

    attributes: AttributeGroups
    splits: Mapping[str, Annotations]


def annotate(
    corpus: Corpus,
    config: ModelConfig,
    *,
    splits: Sequence[str] = (TRAIN, "valid"),
    cache: Path | None = None,
    reuse: bool = False,
    workers: int | None = None,
    former: AttributeGroups | None = None,
    rows: Mapping[str, Rows] | None = None,
    tell: Callable[[str], None] | None = None,
) -> AnnotatedSplits:
    """The conditions and labels that `config` names, with statistics of the training split.

    Those of `former`, the attributes of a model that is trained further, stay as they are; the
    values of one that the corpus does not have are unknown.
    Computed properties are written to `cache`; with `reuse` they are taken from there. With
    `rows` of each split, only these are looked at, and `cache` is not used. `tell` is told
    in words what takes a while.
    Raises `ConfigError` for a name that is neither a property nor a column of the corpus, and
    for a column that cannot be learned from.
    """
    wanted = list(dict.fromkeys(config.condition.names + config.heads.names))
    former = former or AttributeGroups()
    computed = _check_names(corpus, config, [one.name for group in former for one in group])
    tables = {
        name: _table_of_rows(corpus[name], wanted, computed, rows[name], workers)
        if rows is not None
        else _table(corpus[name], wanted, computed, _cache_of(cache, name), reuse, workers, tell)
        for name in (dict.fromkeys((TRAIN, *splits)) if wanted else ())
    }
    known = {*computed, *corpus.config.data.properties}
    conditions = _fit(tables, config.condition, former.conditions, known, "model.condition")
    heads = _fit(tables, config.heads, former.heads, known, "model.heads")
    return AnnotatedSplits(
        AttributeGroups(conditions, heads),
        {
            name: Annotations(
                standardize_table(tables[name], conditions) if conditions else None,
                standardize_table(tables[name], heads) if heads else None,
            )
            for name in splits
        },
    )


def _check_names(corpus: Corpus, config: ModelConfig, former: Sequence[str]) -> list[str]:
    """The named properties that the corpus does not have; it need not have the `former` columns."""
    columns = corpus[TRAIN].columns
    computed: list[str] = []
    for key, group in (("condition", config.condition), ("heads", config.heads)):
        for name in group.names:
            if name in columns or name in computed:
                continue
            if name in property_names():
                computed.append(name)
            elif name not in former:
                raise ConfigError(_unknown(f"model.{key}", name, columns))
    return computed


def _unknown(key: str, name: str, columns: Sequence[str]) -> str:
    known = [*columns, *property_names()]
    close = difflib.get_close_matches(name, known, n=1)
    hint = f"did you mean {close[0]!r}?" if close else f"known are {', '.join(known)}"
    return (
        f"{key}: {name!r} is no column of the corpus (a column of the file must be named in "
        f"data.columns when it is prepared) and no registered property; {hint}"
    )


def _table(
    split: Split,
    wanted: Sequence[str],
    computed: Sequence[str],
    cache: Path | None,
    reuse: bool,
    workers: int | None,
    tell: Callable[[str], None] | None,
) -> pd.DataFrame:
    there = split.columns
    table = split.properties(names=[name for name in wanted if name in there])
    if not computed:
        return table.reindex(columns=list(wanted))
    values = _cached(cache, computed, len(split)) if reuse else None
    if values is None:
        if tell is not None and len(split) >= WORTH_TELLING:
            tell(f"computing {', '.join(computed)} of {len(split):,} molecules")
        values = property_table(split.smiles(), computed, workers=workers)
        if cache is not None:
            with atomic_path(cache) as temporary:
                values.to_parquet(temporary, index=False)
    return table.join(values).reindex(columns=list(wanted))


def _table_of_rows(
    split: Split, wanted: Sequence[str], computed: Sequence[str], rows: Rows, workers: int | None
) -> pd.DataFrame:
    there = split.columns
    table = split.properties(rows, [name for name in wanted if name in there])
    if computed:
        table = table.join(property_table(split.smiles(rows), computed, workers=workers))
    return table.reindex(columns=list(wanted))


def _cache_of(folder: Path | None, split: str) -> Path | None:
    return None if folder is None else folder / f"{split}.parquet"


def _cached(path: Path | None, names: Sequence[str], rows: int) -> pd.DataFrame | None:
    """The table at `path`, or None where it is missing, damaged or of something else."""
    if path is None or not path.is_file():
        return None
    try:
        values = pd.read_parquet(path)
    except (pa.ArrowException, OSError):
        return None
    fits = len(values) == rows and set(names) <= set(values.columns)
    return values[list(names)] if fits else None


def _fit(
    tables: Mapping[str, pd.DataFrame],
    config: ColumnsConfig,
    former: Sequence[Attribute],
    known: set[str],
    key: str,
) -> tuple[Attribute, ...]:
    kept = {attribute.name: attribute for attribute in former}
    properties = [name for name in config.properties if name not in kept]
    classes = [name for name in config.classes if name not in kept]
    if properties or classes:
        computed = [name for name in properties if name in known]
        try:
            new = fit_attributes(tables[TRAIN], properties, classes=classes, computed=computed)
        except ConfigError as error:
            raise ConfigError(f"{key}: {error}") from error
        kept |= {attribute.name: attribute for attribute in new}
    return tuple(kept[name] for name in config.names)
