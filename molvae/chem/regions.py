"""Regions of a map that show the same molecule, and the ways from its places to its center."""

from typing import Any

import numpy as np

Forms = Any
"""Canonical SMILES, (rows, columns), an array of objects; empty where there is no molecule."""
Place = tuple[int, int]
"""Row and column."""


def inward(place: Place, center: Place, columns: int) -> list[int]:
    """The indices of the places on the way from `place` to `center`, the nearest first."""
    row, column = place
    way = []
    while (row, column) != center:
        # Along the longer distance, so that one goes to the center nearly straight.
        if abs(row - center[0]) >= abs(column - center[1]):
            row += 1 if row < center[0] else -1
        else:
            column += 1 if column < center[1] else -1
        way.append(row * columns + column)
    return way


def chain_models(forms: Forms, center: Place) -> list[list[int]]:
    """What each place is laid out like: the same molecule nearer the center, or its way there.

    Indices of places in reading order.
    """
    columns = forms.shape[1]
    ways = [inward(place, center, columns) for place in np.ndindex(forms.shape)]
    first: dict[str, int] = {}
    for index in sorted(range(len(ways)), key=[len(way) for way in ways].__getitem__):
        form = forms[divmod(index, columns)]
        if form and first.setdefault(form, index) != index:
            ways[index] = [first[form]]
    return ways


def repeated(forms: Forms) -> dict[str, str]:
    """A letter for each molecule that has several regions of the map, in reading order.

    `forms` (rows, columns) are canonical SMILES, empty where there is no molecule.
    """
    regions: dict[str, int] = {}
    seen: set[Place] = set()
    for place in np.ndindex(forms.shape):
        if place not in seen and forms[place]:
            seen |= _region(forms, place)
            regions[forms[place]] = regions.get(forms[place], 0) + 1
    several = [form for form, count in regions.items() if count > 1]
    return {form: _letters(number) for number, form in enumerate(several)}


def _region(forms: Forms, start: Place) -> set[Place]:
    """The places with the same molecule that hang together with `start`."""
    region, edge = {start}, [start]
    while edge:
        row, column = edge.pop()
        for other in ((row - 1, column), (row + 1, column), (row, column - 1), (row, column + 1)):
            inside = 0 <= other[0] < forms.shape[0] and 0 <= other[1] < forms.shape[1]
            if inside and other not in region and forms[other] == forms[start]:
                region.add(other)
                edge.append(other)
    return region


def _letters(number: int) -> str:
    """A to Z, then AA, AB, ..."""
    letter = chr(ord("A") + number % 26)
    return letter if number < 26 else _letters(number // 26 - 1) + letter
