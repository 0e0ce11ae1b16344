"""Pictures of walks: which of chem's drawings suits which walk, and what goes into its cells."""

from collections.abc import Sequence
from pathlib import Path
from typing import Any

import pandas as pd

from molvae.chem import property_table
from molvae.chem.cells import Cell
from molvae.chem.maps import map_image
from molvae.chem.neighborhoods import neighbors_image
from molvae.chem.strips import strip_image
from molvae.chem.traversals import traverse_image
from molvae.generation.walks.walk import Draw

PICTURED = 50
"""Molecules drawn of a long list."""


def draw_path(table: pd.DataFrame, properties: Sequence[str], path: str | Path) -> None:
    """A strip from start to end, with the share of valid attempts at each step."""
    strip_image(_cells(table, properties, note=_end_note), path)


def draw_neighbors(query: str, keep: str | None) -> Draw:
    """The query and the molecules around it, what changed highlighted."""

    def draw(table: pd.DataFrame, properties: Sequence[str], path: str | Path) -> None:
        cells = _cells(table, properties)
        neighbors_image(_query(query, properties), cells, path, keep=keep, limit=PICTURED)

    return draw


def draw_draws(query: str) -> Draw:
    """The query and the molecules drawn from its posterior, with how often each came up."""

    def draw(table: pd.DataFrame, properties: Sequence[str], path: str | Path) -> None:
        first = table.head(PICTURED)
        cells = _cells(first, properties, note=lambda row: f"{row['share']:.1%} of the draws")
        neighbors_image(_query(query, properties), cells, path)

    return draw


def draw_traverse(table: pd.DataFrame, properties: Sequence[str], path: str | Path) -> None:
    """One row of structures a dimension, the offsets above."""
    groups = list(table.groupby("dimension", sort=False))
    rows = [_cells(rows, properties) for _, rows in groups]
    labels = [f"dimension {dimension}" for dimension, _ in groups]
    offsets = [float(offset) for offset in groups[0][1]["offset"]]
    traverse_image(rows, path, row_labels=labels, positions=offsets)


def draw_grid(across: str, upwards: str) -> Draw:
    """A map, colored by the first property, or by the similarity to the center without one."""

    def draw(table: pd.DataFrame, properties: Sequence[str], path: str | Path) -> None:
        size = int(table["row"].max()) + 1
        cells = _cells(table, properties)
        colored = properties[0] if properties else "similarity"
        values = table[colored].to_numpy(float).reshape(size, -1)
        map_image(
            [cells[start : start + size] for start in range(0, len(cells), size)],
            path,
            values=values.tolist(),
            value_label=properties[0] if properties else "Tanimoto to the center",
            rows_label=upwards,
            columns_label=across,
            row_positions=[float(y) for y in table["y"].unique()],
            column_positions=[float(x) for x in table["x"].unique()],
        )

    return draw


def _cells(table: pd.DataFrame, properties: Sequence[str], note: Any = None) -> list[Cell]:
    rows = table.astype(object).where(table.notna(), None).to_dict("records")
    return [
        Cell(
            smiles=row["smiles"] or "",
            values={name: float("nan") if row[name] is None else row[name] for name in properties},
            note=note(row) if note else "",
            share=row.get("valid"),
            similarity=row.get("similarity"),
        )
        for row in rows
    ]


def _end_note(row: dict[Any, Any]) -> str:
    if row["reproduced"] is None:
        return ""
    return "reproduced" if row["reproduced"] else "not reproduced"


def _query(smiles: str, properties: Sequence[str]) -> Cell:
    values = property_table([smiles], list(properties), workers=1).iloc[0].to_dict()
    return Cell(smiles, {str(name): float(value) for name, value in values.items()}, share=None)
